"""Stage 7: judge every call after a deployment, and take the change back when it got worse."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from mendloop.app.drift import Warden
from mendloop.app.incidents import Keeper
from mendloop.app.learn import Learner
from mendloop.app.ports import Clock
from mendloop.app.rollback import Roller
from mendloop.app.service import service
from mendloop.core.monitor.over import over
from mendloop.errors import Conflict, MendloopError
from mendloop.model.deployment import Watch, WatchState
from mendloop.model.drift import TrackedFile
from mendloop.model.execution import Execution
from mendloop.model.ids import TargetName
from mendloop.store.history import History, Row
from mendloop.store.state import State, Tables

_BATCH: Final = 500


@service
class Monitor:
    """The monitor stage."""

    state: State
    history: History
    roller: Roller
    learner: Learner
    keeper: Keeper
    warden: Warden
    clock: Clock

    async def catch_up(self, targets: Collection[TargetName] | None = None) -> tuple[Watch, ...]:
        """Judge what was recorded since the last time, in order, each call once.

        The evidence and the number of the last call judged are kept in one transaction, so that
        a crash at any point repeats nothing and forgets nothing: an alarm that was kept but not
        acted upon is acted upon by the next call of this.

        Args:
            targets: Only the watches over these; all by default.

        Returns:
            The watches that came to an end.
        """
        async with self.state.reading() as tables:
            active = await tables.watches.active()
        ended = [
            done
            for watch in active
            if targets is None or watch.target in targets
            if (done := await self._advance(watch)) is not None
        ]
        return tuple(ended)

    async def count_late_failure(self, execution: Execution) -> None:
        """Count a call that was judged as good and has turned out wrong as one more failure."""
        async with self.state.transaction() as tables:
            watch = await tables.watches.active_for(execution.target)
            if watch is None or execution.at < watch.started:
                return
            files = await _files(tables, watch)
            if not _of_version(watch, execution, files):
                return
            await tables.watches.update(self._feed(watch, [True], watch.cursor))
        await self.catch_up({execution.target})

    async def _advance(self, seen: Watch) -> Watch | None:
        looked = self.clock.now()
        async with self.state.reading() as tables:
            paths = {file.path for file in await _files(tables, seen)}
        await self.warden.look(paths)
        async with self.state.transaction() as tables:
            watch = await tables.watches.get(seen.deployment, seen.target)
            if watch is None or watch.state is not WatchState.WATCHING:
                return None
            rows = await self.history.after(watch.target, watch.cursor, limit=_BATCH)
            if not rows and not over(watch.evidence):
                return None
            files = await _files(tables, watch)
            while rows:
                watch = self._feed(watch, _outcomes(watch, rows, files), rows[-1].seq)
                rows = await self.history.after(watch.target, watch.cursor, limit=_BATCH)
            watch, alarm = await self._judge(tables, watch)
            await tables.watches.update(watch)
            await tables.files.sure(paths, at=looked)
        if alarm:
            watch = await self._take_back(watch)
        return watch if watch.state is not WatchState.WATCHING else None

    async def _take_back(self, watch: Watch) -> Watch:
        """Roll the deployment back. What cannot be done now is tried again at the next call."""
        try:
            await self.roller.rollback(
                deployment=watch.deployment, reason=watch.summary, by="monitor"
            )
        except Conflict as error:
            # somebody's edit stands there now, so the version that was watched is not in force
            await self._note(watch, WatchState.ENDED, error)
        except MendloopError as error:
            await self._note(watch, WatchState.WATCHING, error)
        async with self.state.reading() as tables:
            return await tables.watches.get(watch.deployment, watch.target) or watch

    async def _note(self, watch: Watch, state: WatchState, error: MendloopError) -> None:
        async with self.state.transaction() as tables:
            now = await tables.watches.get(watch.deployment, watch.target)
            if now is None or now.state is not WatchState.WATCHING:
                return
            summary = f"{watch.summary} Not taken back: {error.message}"
            await tables.watches.update(replace(now, state=state, summary=summary))
            await tables.audit.append(
                "rollback_failed",
                {"deployment": watch.deployment, "code": error.code, "why": error.message[:500]},
                at=self.clock.now(),
            )

    def _feed(self, watch: Watch, outcomes: Collection[bool], cursor: int) -> Watch:
        from mendloop.core.monitor import watch as test  # noqa: PLC0415  numpy loads with the work

        evidence = test.from_text(watch.evidence)
        for failed in outcomes:
            evidence = test.feed(evidence, failed=failed)
        return replace(
            watch,
            evidence=test.to_text(evidence),
            cursor=cursor,
            calls=watch.calls + len(outcomes),
            failures=watch.failures + sum(outcomes),
        )

    async def _judge(self, tables: Tables, watch: Watch) -> tuple[Watch, bool]:
        """What the test says now, and whether it is an alarm."""
        from mendloop.core.monitor import watch as test  # noqa: PLC0415  numpy loads with the work

        match test.judge(test.from_text(watch.evidence)):
            case test.Worse(summary=summary):
                # stays WATCHING until the rollback is done, so that a crash here loses no alarm
                return replace(watch, summary=summary), True
            case test.Healthy(summary=summary, better=better):
                healthy = replace(watch, state=WatchState.HEALTHY, summary=summary)
                await self._accept(tables, healthy, better=better)
                return healthy, False
            case test.Watching(summary=summary):
                return replace(watch, summary=summary), False

    async def _accept(self, tables: Tables, watch: Watch, *, better: bool) -> None:
        now = self.clock.now()
        await self.learner.note(tables, watch, rolled_back=False)
        if better:  # one that is merely no worse has not ended what it was made for
            await self.keeper.resolved_by(tables, watch.deployment, watch.target)
        await tables.audit.append(
            "watch_healthy",
            {
                "deployment": watch.deployment,
                "target": watch.target,
                "calls": watch.calls,
                "failures": watch.failures,
            },
            at=now,
        )


async def _files(tables: Tables, watch: Watch) -> tuple[TrackedFile, ...]:
    """What makes the version that is watched: the deployed files, and the target's own."""
    deployment = await tables.deployments.get(watch.deployment)
    own = await tables.files.of(watch.target)
    paths = {file.path for file in deployment.files}
    if own is not None:
        paths.add(own.path)
    return await tables.files.among(paths)


def _outcomes(watch: Watch, rows: Collection[Row], files: Collection[TrackedFile]) -> list[bool]:
    return [
        row.execution.outcome.failed for row in rows if _of_version(watch, row.execution, files)
    ]


def _of_version(watch: Watch, execution: Execution, files: Collection[TrackedFile]) -> bool:
    """Whether a call was one of the deployed version, as far as the record says.

    What a record says of the file that ran decides about that file. Of others, and where it says
    nothing, the time decides: calls from when somebody's edit may have stood there do not count.
    """
    told = execution.version is not None
    if told and execution.version != watch.version:
        return False
    if not told and execution.at < watch.started:
        return False
    return all(
        file.ours_at(execution.at) for file in files if not (told and watch.target in file.targets)
    )
