"""Change files and records together: all of it, or nothing, whatever comes in between."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TypeAlias

import anyio
import anyio.to_thread

from mendloop.app.committing import Committer
from mendloop.app.gate import Gate
from mendloop.app.ports import Clock, Workspace
from mendloop.app.service import service
from mendloop.errors import Conflict, MendloopError, Unavailable
from mendloop.model.deployment import Deployment, Progress
from mendloop.model.proposal import NO_FILE
from mendloop.model.value import Encoded
from mendloop.store.state import State, Tables

Check: TypeAlias = Callable[[], Awaitable[Mapping[str, Encoded]]]
"""Looks at the files in place, and raises where they will not do; gives what belongs on record of
how it was looked."""
Keep: TypeAlias = Callable[[Tables, Deployment], Awaitable[None]]
"""Adds what else belongs on record, in the transaction that commits."""


@service
class Transactor:
    """Runs one transaction of files at a time on the whole machine."""

    state: State
    workspace: Workspace
    gate: Gate
    committer: Committer
    clock: Clock

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[tuple[Deployment, ...]]:
        """Keep every other transaction out, and first end those that a crash has left.

        Yields:
            What was left and has been ended now.

        Raises:
            Unavailable: Another one takes too long, or what was left cannot be ended.
        """
        async with self.workspace.locked():
            # who holds the lock knows that whoever began these is dead
            async with self.state.reading() as tables:
                left = await tables.deployments.unfinished()
            ended = tuple([await self._end(deployment) for deployment in left])
            await self.committer.catch_up()
            yield ended

    async def hand_over(self, prepared: Deployment) -> Deployment:
        """Put a deployment onto a branch, inside ``alone``; no file of the workspace is touched.

        Raises:
            Refused: The policy does not allow it now.
            Conflict: The repository does not hold what was tested; there is no branch then.
        """
        prepared = await self.committer.to_hand_over(prepared)
        permit = await self.gate.admit(prepared)
        try:
            handed = await self.committer.hand_over(permit, prepared)
            async with self.state.transaction() as tables:
                await tables.deployments.update(handed)
                await self._note(tables, handed, {})
        except MendloopError as error:
            ended = await self._after(prepared, error)
            if ended.progress is Progress.HANDED_OVER:
                return ended
            raise
        except BaseException:
            with suppress(MendloopError):  # as in ``run``
                await self._settle(prepared)
            raise
        return handed

    async def run(self, prepared: Deployment, *, check: Check, keep: Keep) -> Deployment:
        """Run one transaction, inside ``alone``, and commit it in the repository if that is wanted.

        Args:
            prepared: What is to be done; the old and new bytes must be kept as blobs.
            check: Called with the new files in place, before they count.
            keep: Called inside the transaction that makes them count.

        Returns:
            The committed deployment.

        Raises:
            Refused: The policy does not allow it now.
            MendloopError: It failed, and was undone; the message says what of it was not.
        """
        prepared = self.committer.begun(prepared)
        permit = await self.gate.admit(prepared)
        applying = replace(prepared, progress=Progress.APPLYING)
        try:
            async with self.state.transaction() as tables:
                await tables.deployments.update(applying)
            await anyio.to_thread.run_sync(self.workspace.apply, permit, applying)
            facts = await check()
            await anyio.to_thread.run_sync(self._still_there, prepared)
            committed = await self._commit(prepared, keep, facts)
        except MendloopError as error:
            committed = await self._after(prepared, error)
            if committed.progress is not Progress.COMMITTED:
                raise _undone(error, committed) from error
        except BaseException:
            # cancelled, or a fault of ours: what cannot be undone now is left to recovery
            with suppress(MendloopError):
                await self._settle(prepared)
            raise
        return await self.committer.keep(committed)

    def _still_there(self, prepared: Deployment) -> None:
        """What is committed must be what was checked: an edit on top is not."""
        for file in prepared.files:
            if (self.workspace.digest(file.path) or NO_FILE) != file.new:
                raise Conflict(
                    f"{file.path} was edited while it was being deployed.",
                    hint="Call propose_fix again for the file as it stands, then test_fix.",
                )

    async def _commit(
        self, prepared: Deployment, keep: Keep, facts: Mapping[str, Encoded]
    ) -> Deployment:
        committed = replace(prepared, progress=Progress.COMMITTED)
        async with self.state.transaction() as tables:
            await tables.deployments.update(committed)
            await tables.files.wrote(committed.files, at=self.clock.now())
            await keep(tables, committed)
            await self._note(tables, committed, facts)
        return committed

    async def _after(self, prepared: Deployment, error: MendloopError) -> Deployment:
        try:
            return await self._settle(prepared)
        except MendloopError as second:
            raise Unavailable(
                f"{error.message} It could not be undone either: {second.message}",
                hint=f"{second.hint} Then run `mendloop recover`, before anything else changes.",
            ) from error

    async def _settle(self, prepared: Deployment) -> Deployment:
        """Ask the database how far it came, and end it.

        A commit that returned an error may have taken place all the same: the journal can be gone
        before the folder that held it could be flushed. So nothing is assumed, and where the
        database cannot be asked, nothing is undone.
        """
        async with _shielded():
            async with self.state.reading() as tables:
                known = await tables.deployments.get(prepared.id)
            return await self._end(known)

    async def _end(self, deployment: Deployment) -> Deployment:
        if not deployment.progress.unfinished:
            return deployment
        handed = await self.committer.found(deployment)
        ended = handed or replace(deployment, progress=Progress.ABORTED)
        if deployment.progress is Progress.APPLYING:
            permit = await self.gate.admit_undo(deployment)
            alone = await anyio.to_thread.run_sync(self.workspace.undo, permit, deployment)
            ended = replace(deployment, progress=Progress.UNDONE, conflicts=alone)
        async with self.state.transaction() as tables:
            await tables.deployments.update(ended)
            await self._note(tables, ended, {})
        return ended

    async def _note(
        self, tables: Tables, deployment: Deployment, facts: Mapping[str, Encoded]
    ) -> None:
        await tables.audit.append(
            f"{deployment.kind}_{deployment.progress}",
            {"deployment": deployment.id, "conflicts": [*deployment.conflicts], **facts},
            at=self.clock.now(),
        )


@asynccontextmanager
async def _shielded() -> AsyncGenerator[None]:
    """Let no cancellation in: half undone is worse than late."""
    with anyio.CancelScope(shield=True):
        yield


def _undone(error: MendloopError, ended: Deployment) -> MendloopError:
    return type(error)(f"{error.message} {_left(ended)}", hint=error.hint)


def _left(ended: Deployment) -> str:
    if not ended.conflicts:
        return "Everything is as it was before."
    return (
        f"Everything of it was undone, except {', '.join(ended.conflicts)}: somebody else has "
        "changed that meanwhile, and it was left as it is."
    )
