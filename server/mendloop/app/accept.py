"""What a person does about a file that was changed outside the loop: keep it, or take it back."""

from collections.abc import Sequence
from dataclasses import replace

import anyio.to_thread

from mendloop.app.drift import Warden
from mendloop.app.ports import Blobs, Clock, Workspace
from mendloop.app.returns import Plan
from mendloop.app.rollback import Roller
from mendloop.app.service import service
from mendloop.app.targets import find_target
from mendloop.app.transact import Transactor
from mendloop.core.deploy.versions import PERSON, adopted
from mendloop.errors import Conflict
from mendloop.model.deployment import Deployment, Version, WatchState
from mendloop.model.drift import TrackedFile
from mendloop.model.ids import TargetName
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.noun import dataclass
from mendloop.store.state import State, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """One file that is now taken as it is."""

    path: str
    versions: tuple[Version, ...]
    """The new version of each target in it."""
    ended: tuple[TargetName, ...]
    """Targets whose watch has ended: what it watched is in force no more."""


@service
class Accepter:
    """Ends a drift. Only the desk has one: an agent that could would escape its own watch."""

    state: State
    workspace: Workspace
    blobs: Blobs
    warden: Warden
    transactor: Transactor
    roller: Roller
    clock: Clock

    async def adopt(self, names: Sequence[str], *, by: str) -> tuple[Adopted, ...]:
        """Take the files of some targets as they are: a new version of every target in them.

        No file is changed. Watches over what stood there before end, and decide nothing.

        Args:
            names: Targets; a file is adopted whole, with all targets in it.
            by: The person, for the audit.

        Raises:
            NotFound: There is no such target.
            Conflict: A file was not changed outside the loop, or is gone. Nothing was adopted.
            Unavailable: The disk or the database does not work.
        """
        async with self.transactor.alone():
            files = await self._drifted(names)
            for file in files:
                await self._keep_bytes(file)
            async with self.state.transaction() as tables:
                return tuple([await self._adopt(tables, file, by) for file in files])

    async def restore(self, names: Sequence[str], *, reason: str, by: str) -> Deployment:
        """Take the files of some targets back to what the loop knows of them, all or nothing.

        It is a rollback, on record as one, and what stood there is kept as a version by
        ``unknown``. The watch over what is restored goes on.

        Args:
            names: Targets; a file is restored whole, with all targets in it.
            reason: Why.
            by: The person.

        Raises:
            NotFound: There is no such target, or the bytes to restore are not kept.
            Conflict: A file was not changed outside the loop, or is changed right now.
            Unavailable: The disk or the database does not work. Nothing was changed.
        """
        async with self.transactor.alone():
            files = await self._drifted(names)
            changes = tuple(
                FileChange(
                    path=file.path,
                    old=None if file.held == NO_FILE else file.held,
                    new=file.expected,
                )
                for file in files
            )
            targets = tuple(dict.fromkeys(name for file in files for name in file.targets))
            return await self.roller.put_back(
                Plan(targets=targets, files=changes, undoes=None), reason, by
            )

    async def _drifted(self, names: Sequence[str]) -> tuple[TrackedFile, ...]:
        manifest = await anyio.to_thread.run_sync(self.workspace.manifest)
        wanted = dict.fromkeys(find_target(manifest, name).path for name in names)
        drifted = {file.path: file for file in await self.warden.look(set(wanted))}
        for path in wanted:
            if path not in drifted:
                raise Conflict(
                    f"{path} is as the loop knows it: nobody has changed it outside.",
                    hint="`mendloop status` lists the files that somebody has changed.",
                )
        return tuple(drifted[path] for path in wanted)

    async def _keep_bytes(self, file: TrackedFile) -> None:
        def keep() -> bool:
            content = self.workspace.read(file.path)
            return self.blobs.put(content) == file.held

        if file.held == NO_FILE:
            raise Conflict(
                f"{file.path} is gone, so that there is nothing to adopt.",
                hint="Bring it back with `mendloop restore TARGET`, or take its targets out of "
                "mendloop.toml and run `mendloop maintain`.",
            )
        if not await anyio.to_thread.run_sync(keep):
            raise Conflict(
                f"{file.path} was changed again right now.", hint="Run `mendloop adopt` again."
            )

    async def _adopt(self, tables: Tables, file: TrackedFile, by: str) -> Adopted:
        now = self.clock.now()
        await tables.files.accept(file.path, file.held, at=now)
        made: list[Version] = []
        for name in file.targets:
            known = await tables.versions.page(name)
            versions = adopted(known, file, name, by=PERSON, at=now)
            for version in versions:
                await tables.versions.add(version)
            made.append(versions[-1])
            await tables.audit.append(
                "adopted",
                {
                    "target": name,
                    "path": file.path,
                    "old": file.expected,
                    "new": file.held,
                    "version": versions[-1].number,
                    "by": by,
                },
                at=now,
            )
        ended = await self._end_watches(tables, file, by)
        return Adopted(path=file.path, versions=tuple(made), ended=ended)

    async def _end_watches(
        self, tables: Tables, file: TrackedFile, by: str
    ) -> tuple[TargetName, ...]:
        """End what watched the bytes that are gone; that says neither good nor bad of them."""
        ended: list[TargetName] = []
        for watch in await tables.watches.active():
            deployment = await tables.deployments.get(watch.deployment)
            if watch.target in file.targets or file.path in {
                each.path for each in deployment.files
            }:
                summary = (
                    f"{by} has adopted an edit of {file.path} after {watch.calls} calls: what was "
                    "deployed is in force no more, and nothing was decided about it."
                )
                await tables.watches.update(replace(watch, state=WatchState.ENDED, summary=summary))
                ended.append(watch.target)
        return tuple(ended)
