"""Take one deployment back from among later ones: as a proposal, which is tested like any other.

Nothing is merged into a file of the workspace. Where the later changes and the one that is to go
touch different lines, the text without it is proposed; it was never in place and never tested, so
the gate asks of it what it asks of every change.
"""

from collections.abc import Mapping
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Blobs, Clash, Merger, Workspace
from mendloop.app.propose import Proposer, Why
from mendloop.app.returns import Buried, Returns
from mendloop.app.service import service
from mendloop.errors import Conflict, InvalidInput, NotFound
from mendloop.model.deployment import Deployment
from mendloop.model.ids import TargetName
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.model.target import Manifest, Target
from mendloop.store.state import State

ORIGIN: Final = "revert"


class _Entangled(Exception):
    """It cannot be taken back alone; the text says why."""


@service
class Untangler:
    """Parts one change from those that were made upon it."""

    state: State
    workspace: Workspace
    blobs: Blobs
    merger: Merger
    proposer: Proposer
    returns: Returns

    async def told(self, buried: Buried, *, reason: str) -> Conflict:
        """Say why a deployment was not taken back, with a proposal that would do it if there is.

        Raises:
            Unavailable: The disk or the database does not work.
        """
        deployment = buried.deployment
        outside = await self._outside(buried)
        if outside is not None:
            return await self.returns.edited(outside, None)
        async with self.state.reading() as tables:
            latest = await tables.deployments.latest_on(buried.path)
        first = "" if latest is None or latest.id == deployment.id else latest.id
        before = f"{buried.path} was changed since by {first or 'somebody'}"
        try:
            made = await self._proposed(buried, reason)
        except _Entangled as error:
            return Conflict(
                f"{before}, so that {deployment.id} cannot be taken back alone: {error}.",
                hint=(
                    f"Roll {first} back first: it was deployed on top."
                    if first
                    else "Propose the text as it should be with propose_fix."
                ),
            )
        on_top = f", or roll {first} back first" if first else ""
        return Conflict(
            f"{before}. Nothing was taken back; {made} would take {deployment.id} alone back, and "
            "has yet to be tested.",
            hint=f"Call test_fix for {made}, then deploy_fix{on_top}.",
        )

    async def _outside(self, buried: Buried) -> str | None:
        """A file that holds what neither the loop nor a person has put on record."""
        async with self.state.reading() as tables:
            for file in buried.deployment.files:
                held = buried.held[file.path] or NO_FILE
                if held in {file.new, file.old or NO_FILE}:
                    continue
                version = await tables.versions.latest_on(file.path)
                latest = await tables.deployments.latest_on(file.path)
                known = [] if latest is None else [each.new for each in latest.files]
                if held not in known and (version is None or version.digest != held):
                    return file.path
        return None

    async def _proposed(self, buried: Buried, reason: str) -> str:
        """The id of the proposal.

        Raises:
            _Entangled: There is none to make.
        """
        try:
            manifest = await anyio.to_thread.run_sync(self.workspace.manifest)
            texts = await anyio.to_thread.run_sync(self._texts, buried)
            target = _target(manifest, buried.deployment, texts)
            draft = await self.proposer.draft(
                target,
                texts,
                Why(rationale=f"Takes {buried.deployment.id} alone back: {reason}", origin=ORIGIN),
            )
        except InvalidInput as error:
            raise _Entangled(error.message.rstrip(".")) from error
        return (await self.proposer.keep(draft)).proposal.id

    def _texts(self, buried: Buried) -> Mapping[str, bytes]:
        """The files without what the deployment has done to them."""
        texts: dict[str, bytes] = {}
        for file in buried.deployment.files:
            held = buried.held[file.path]
            if (held or NO_FILE) != (file.old or NO_FILE):
                texts[file.path] = self._text(file)
                if texts[file.path] == self.workspace.read(file.path):
                    del texts[file.path]
        if not texts:
            raise _Entangled("nothing of it is left in the files")
        return texts

    def _text(self, file: FileChange) -> bytes:
        if file.old is None:
            raise _Entangled(f"it has made {file.path}, and a proposal takes no file away")
        try:
            now = self.workspace.read(file.path)
        except NotFound as error:
            raise _Entangled(f"{file.path} is gone") from error
        merged = self.merger.merge(self.blobs.get(file.new), now, self.blobs.get(file.old))
        if isinstance(merged, Clash):
            raise _Entangled(f"{file.path}: {merged.reason}")
        return merged


def _target(manifest: Manifest, deployment: Deployment, texts: Mapping[str, bytes]) -> Target:
    """A declared target of the deployment, in a file that would be changed if there is one."""
    declared = [manifest.targets[name] for name in deployment.targets if name in manifest.targets]
    inside = [target for target in declared if target.path in texts]
    found = (*inside, *declared)
    if not found:
        raise _Entangled(f"{_named(deployment.targets)} is declared no more")
    return found[0]


def _named(targets: tuple[TargetName, ...]) -> str:
    return ", ".join(targets) or "its target"
