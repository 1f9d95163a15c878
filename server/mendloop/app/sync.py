"""Bring workspace, records and kept contents back into step, and say what does not fit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.drift import Sight, Warden
from mendloop.app.moves import Moved, Old, moved
from mendloop.app.odd import Odd, odd_contents, odd_files, odd_proposals, odd_watches
from mendloop.app.ports import Blobs, Clock, KeptBlob, Workspace
from mendloop.app.service import service
from mendloop.app.transact import Transactor
from mendloop.core.deploy.versions import UNKNOWN
from mendloop.errors import InvalidInput, NotFound, Unavailable
from mendloop.model.deployment import Version, Watch
from mendloop.model.drift import TrackedFile
from mendloop.model.ids import Digest, TargetName, digest_of
from mendloop.model.proposal import NO_FILE, Proposal
from mendloop.model.target import Manifest
from mendloop.noun import dataclass
from mendloop.store.state import State, Tables

GRACE: Final = timedelta(days=1)
"""A content that no record names yet may belong to work that is under way."""
_MOST_PROPOSALS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What was brought into step, or would be."""

    added: tuple[TargetName, ...]
    """Targets whose file was not known: it is kept as it is now."""
    moved: tuple[Moved, ...]
    """Targets that live elsewhere, or go by another name: their versions go with them."""
    removed: tuple[TargetName, ...]
    """Targets that are declared no more; their versions stay."""
    odd: tuple[Odd, ...]
    orphans: tuple[KeptBlob, ...]
    """Contents that nothing names, let go of after a day."""
    healed: tuple[Digest, ...]
    """Contents that were missing or damaged, and stood in a file."""
    missing: tuple[Digest, ...]
    """Contents that are needed and nowhere to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Workspace and records, as they were read."""

    manifest: Manifest
    present: Mapping[str, bytes]
    """The declared files."""
    files: tuple[TrackedFile, ...]
    newest: Mapping[TargetName, Version]
    proposals: tuple[Proposal, ...]
    """Those that wait."""
    watches: tuple[Watch, ...]
    needed: frozenset[Digest]
    named: frozenset[Digest]


@service
class Syncer:
    """Compares all three. It changes no file of the workspace, and forgets no version."""

    state: State
    workspace: Workspace
    blobs: Blobs
    warden: Warden
    transactor: Transactor
    clock: Clock

    async def sync(self, *, dry_run: bool = False) -> Synced:
        """Bring into step what can be, while no deployment is under way.

        Args:
            dry_run: Only say what would be done.

        Raises:
            InvalidInput: ``mendloop.toml`` cannot be read: nothing could be told from it.
            Unavailable: The disk or the database does not work.
        """
        sights = await self.warden.survey()
        if dry_run:
            return await self._compare(sights)
        async with self.transactor.alone():
            await self.warden.look(most_new=len(sights))
            found = await self._compare(sights)
            await anyio.to_thread.run_sync(self._heal, found.healed)
            async with self.state.transaction() as tables:
                for path in await self._left(tables):
                    await tables.files.forget(path)
                for move in found.moved:
                    await self._move(tables, move)
            dropped = await anyio.to_thread.run_sync(self._drop, found.orphans)
            return replace(found, orphans=dropped)

    async def _compare(self, sights: Sequence[Sight]) -> Synced:
        seen = await self._read()
        return await anyio.to_thread.run_sync(self._compared, seen, sights)

    async def _read(self) -> _Seen:
        manifest = await anyio.to_thread.run_sync(self.workspace.manifest)
        present = await anyio.to_thread.run_sync(self._present, manifest)
        async with self.state.reading() as tables:
            names = await tables.versions.names()
            current = [await tables.versions.current(name) for name in names]
            return _Seen(
                manifest=manifest,
                present=present,
                files=await tables.files.all(),
                newest={each.target: each for each in current if each is not None},
                proposals=await tables.proposals.waiting(limit=_MOST_PROPOSALS),
                watches=await tables.watches.active(),
                needed=await tables.references.needed(),
                named=await tables.references.named(),
            )

    def _present(self, manifest: Manifest) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for target in manifest.targets.values():
            try:
                found[target.path] = self.workspace.read(target.path)
            except (InvalidInput, NotFound):
                continue  # nothing of it can be kept; ``_held`` tells that it is gone
        return found

    def _compared(self, seen: _Seen, sights: Sequence[Sight]) -> Synced:
        manifest, kept = seen.manifest, self.blobs.kept()
        olds = [
            Old(
                name=name,
                path=version.path,
                selector=version.selector,
                content=self._content(version.digest),
            )
            for name, version in seen.newest.items()
        ]
        moves = moved(olds, manifest, seen.present.get)
        gone = {old.name for old in olds} - manifest.targets.keys() - {each.old for each in moves}
        present = {digest_of(content) for content in seen.present.values()}
        lost = {digest for digest in seen.needed if self._content(digest) is None}
        before = self.clock.now() - GRACE
        return Synced(
            added=tuple(name for s in sights if s.before is None for name in s.now.targets),
            moved=moves,
            removed=tuple(sorted(gone)),
            odd=self._odd(seen, lost - present),
            orphans=tuple(
                blob
                for blob in kept
                if blob.since < before and blob.digest not in seen.named | present
            ),
            healed=tuple(sorted(lost & present)),
            missing=tuple(sorted(lost - present)),
        )

    def _odd(self, seen: _Seen, missing: Collection[Digest]) -> tuple[Odd, ...]:
        declared = {target.path for target in seen.manifest.targets.values()}
        proposed = {file.path for each in seen.proposals for file in each.files}
        held = {path: self._held(path) for path in declared | proposed}
        return (
            *odd_files(seen.manifest, seen.files, held),
            *odd_proposals(seen.proposals, held),
            *odd_watches(seen.watches, seen.manifest),
            *odd_contents(sorted(missing)),
        )

    def _held(self, path: str) -> Digest:
        try:
            return self.workspace.digest(path) or NO_FILE
        except InvalidInput:
            return NO_FILE  # a folder or a device in its place is no file

    def _content(self, digest: Digest) -> bytes | None:
        """A content that is kept, where it is whole."""
        try:
            return None if digest == NO_FILE else self.blobs.get(digest)
        except (NotFound, Unavailable):
            return None  # told as missing by who asked

    def _heal(self, wanted: Collection[Digest]) -> None:
        if not wanted:
            return
        for content in self._present(self.workspace.manifest()).values():
            if digest_of(content) in wanted:
                self.blobs.put(content)

    def _drop(self, orphans: Sequence[KeptBlob]) -> tuple[KeptBlob, ...]:
        before = self.clock.now() - GRACE
        return tuple(blob for blob in orphans if self.blobs.drop(blob.digest, before=before))

    async def _left(self, tables: Tables) -> tuple[str, ...]:
        """Files that are known, and in which nothing is declared any more."""
        declared = {target.path for target in self.workspace.manifest().targets.values()}
        return tuple(
            file.path
            for file in await tables.files.all()
            if file.targets and file.path not in declared
        )

    async def _move(self, tables: Tables, move: Moved) -> None:
        """Let the versions of a target go with it; under its old name they stay too."""
        now = self.clock.now()
        known = await tables.versions.page(move.old)
        if move.new != move.old:
            for version in known:
                await tables.versions.add(replace(version, target=move.new))
        if move.path != known[0].path:
            await tables.versions.add(
                replace(
                    known[0],
                    number=known[0].number + 1,
                    target=move.new,
                    path=move.path,
                    digest=move.digest,
                    parent=known[0].number,
                    deployment=None,
                    report=None,
                    at=now,
                    by=UNKNOWN,
                )
            )
        facts = {"target": move.new, "old": move.old, "path": move.path, "how": move.how}
        await tables.audit.append("moved", facts, at=now)
