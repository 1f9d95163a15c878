"""Find out what to put back, so that something deployed is taken back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import anyio.to_thread

from mendloop.app.actor import is_machine
from mendloop.app.ports import Workspace
from mendloop.app.service import service
from mendloop.core.deploy.reversal import Edited, in_force, reversal
from mendloop.core.deploy.versions import ancestors
from mendloop.errors import Conflict, InvalidInput, NotFound, Refused
from mendloop.model.deployment import Deployment, DeploymentKind, Progress, Version
from mendloop.model.ids import DeploymentId, Digest, TargetName
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.store.state import State, Tables

_LOOK_BACK: Final = 100
"""So many of a target's deployments are searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to put back."""

    targets: tuple[TargetName, ...]
    files: tuple[FileChange, ...]
    undoes: DeploymentId | None
    """The deployment that is taken back by it, whole."""


@service
class Returns:
    """Reads the records and the files; changes nothing."""

    state: State
    workspace: Workspace

    async def of_deployment(self, wanted: DeploymentId) -> Plan | Deployment:
        """The way back from a deployment, or the rollback that has gone it already.

        Raises:
            NotFound: There is no such deployment.
            InvalidInput: It is a rollback itself.
            Conflict: It has changed nothing, or its files hold something else by now.
        """
        async with self.state.reading() as tables:
            deployment = await tables.deployments.get(wanted)
            done = await _already(tables, deployment)
        _check(deployment)
        now = await self._held([file.path for file in deployment.files])
        changes = reversal(deployment, now)
        if isinstance(changes, Edited):
            raise await self._edited(changes.path, deployment)
        if done is not None and all(change.old == change.new for change in changes):
            return done
        return Plan(targets=deployment.targets, files=changes, undoes=deployment.id)

    async def of_target(self, target: TargetName) -> Plan | Deployment:
        """The way back from the newest deployment of a target that is in place.

        Raises:
            NotFound: There is none.
        """
        async with self.state.reading() as tables:
            deployments = await tables.deployments.page(target=target, limit=_LOOK_BACK)
        now = await self._held([file.path for each in deployments for file in each.files])
        found = in_force(deployments, now)
        if found is None:
            raise NotFound(
                f"No deployment of {target} is in place as it was deployed.",
                hint=f"`mendloop versions {target}` lists what there was: name a version, or a "
                "deployment.",
            )
        return await self.of_deployment(found.id)

    async def of_version(self, target: TargetName, number: int, by: str) -> Plan:
        """The way to an earlier version of a target's file.

        Raises:
            NotFound: There is no such version.
            Refused: It was itself taken back, and it is no person that asks.
            Conflict: The file holds what nobody has deployed.
        """
        async with self.state.reading() as tables:
            known = await tables.versions.page(target)
            wanted = next((each for each in known if each.number == number), None)
            if wanted is None:
                raise NotFound(
                    f"{target} has no version {number}.",
                    hint=f"`mendloop versions {target}` lists {len(known)}.",
                )
            undoes = await _alone_in(tables, known[0])
        if is_machine(by) and wanted not in (known[0], *ancestors(known)):
            raise Refused(
                f"The version in force of {target} is not built upon version {number}, which was "
                "taken back.",
                hint="Deploy its proposal again with deploy_fix; a person can roll to any version.",
            )
        held = (await self._held([wanted.path]))[wanted.path]
        if (held or NO_FILE) not in {known[0].digest, wanted.digest}:
            raise await self._edited(wanted.path, None)
        change = FileChange(path=wanted.path, old=held, new=wanted.digest)
        return Plan(targets=(target,), files=(change,), undoes=undoes)

    async def _held(self, paths: Collection[str]) -> Mapping[str, Digest | None]:
        def read() -> Mapping[str, Digest | None]:
            return {path: self.workspace.digest(path) for path in dict.fromkeys(paths)}

        return await anyio.to_thread.run_sync(read)

    async def _edited(self, path: str, deployment: Deployment | None) -> Conflict:
        async with self.state.reading() as tables:
            latest = await tables.deployments.latest_on(path)
        hint = "Undo that edit by hand, then roll back again; nothing was changed."
        if latest is not None and deployment is not None and latest.id != deployment.id:
            hint = f"Roll {latest.id} back first: it was deployed on top, or has edits upon it."
        return Conflict(
            f"{path} holds neither what was deployed nor what was there before.", hint=hint
        )


def _check(deployment: Deployment) -> None:
    if deployment.kind is DeploymentKind.ROLLBACK:
        raise InvalidInput(
            f"{deployment.id} is itself a rollback.",
            hint="Deploy the proposal again with deploy_fix, which asks the policy again.",
        )
    if deployment.progress is not Progress.COMMITTED:
        raise Conflict(
            f"{deployment.id} never took effect: it is {deployment.progress}.",
            hint="There is nothing to take back.",
        )


async def _already(tables: Tables, deployment: Deployment) -> Deployment | None:
    if not deployment.targets:
        return None
    for each in await tables.deployments.page(target=deployment.targets[0], limit=_LOOK_BACK):
        if each.undoes == deployment.id and each.progress is Progress.COMMITTED:
            return each
    return None


async def _alone_in(tables: Tables, current: Version) -> DeploymentId | None:
    """The deployment of a version, where that version is all that it made."""
    if current.deployment is None:
        return None
    deployment = await tables.deployments.get(current.deployment)
    alone = deployment.kind is DeploymentKind.DEPLOY and len(deployment.files) == 1
    return deployment.id if alone else None
