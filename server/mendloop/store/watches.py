"""Watches: what the monitor has seen of each target of each deployment."""

from collections.abc import Collection
from typing import Final

from mendloop.errors import NotFound
from mendloop.model.deployment import Watch, WatchState
from mendloop.model.ids import DeploymentId, Digest, TargetName
from mendloop.noun import dataclass
from mendloop.store.columns import get_text, get_time, put_json, put_text, put_time
from mendloop.store.sqlite import Parameter, Row, Statements

_SELECT: Final = (
    "SELECT deployment, target, state, started, version, baseline_calls, baseline_failures, calls,"
    " failures, cursor, evidence, summary FROM watches"
)


@dataclass(frozen=True, slots=True)
class Watches:
    """The table of watches."""

    statements: Statements

    async def add(self, watch: Watch) -> None:
        """Begin one."""
        await self.statements.fetch(
            "INSERT INTO watches (deployment, target, state, started, version, baseline_calls,"
            " baseline_failures, calls, failures, cursor, evidence, summary)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *_row(watch),
        )

    async def update(self, watch: Watch) -> None:
        """Keep what it has come to.

        Raises:
            NotFound: There is none for this deployment and target.
        """
        deployment, target, *others = _row(watch)
        rows = await self.statements.fetch(
            "UPDATE watches SET state = ?, started = ?, version = ?, baseline_calls = ?,"
            " baseline_failures = ?, calls = ?, failures = ?, cursor = ?, evidence = ?,"
            " summary = ? WHERE deployment = ? AND target = ? RETURNING 1",
            *others,
            deployment,
            target,
        )
        if not rows:
            raise NotFound(
                f"Nobody watches {watch.target} for deployment {watch.deployment}.",
                hint="status names the deployments that are watched.",
            )

    async def get(self, deployment: DeploymentId, target: TargetName) -> Watch | None:
        """The one over this target of this deployment."""
        row = await self.statements.first(
            f"{_SELECT} WHERE deployment = ? AND target = ?", put_text(deployment), put_text(target)
        )
        return None if row is None else _watch(row)

    async def active(self) -> tuple[Watch, ...]:
        """Those that have not come to an end, the oldest first."""
        rows = await self.statements.fetch(f"{_SELECT} WHERE state = 'watching' ORDER BY seq")
        return tuple(_watch(row) for row in rows)

    async def active_for(self, target: TargetName) -> Watch | None:
        """The newest one over a target that has not come to an end."""
        row = await self.statements.first(
            f"{_SELECT} WHERE state = 'watching' AND target = ? ORDER BY seq DESC LIMIT 1",
            put_text(target),
        )
        return None if row is None else _watch(row)

    async def rollouts(self, *, but: Collection[TargetName]) -> int:
        """How many deployments have a watch that lasts, over something else than these targets."""
        rows = await self.statements.fetch(
            "SELECT count(DISTINCT deployment) FROM watches WHERE state = 'watching'"
            " AND target NOT IN (SELECT value FROM json_each(?))",
            put_json(sorted(but)),
        )
        return int(rows[0][0])

    async def of(self, deployment: DeploymentId) -> tuple[Watch, ...]:
        """All of one deployment, in the order of their targets."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE deployment = ? ORDER BY target", put_text(deployment)
        )
        return tuple(_watch(row) for row in rows)


def _row(watch: Watch) -> tuple[Parameter, ...]:
    return (
        put_text(watch.deployment),
        put_text(watch.target),
        watch.state.value,
        put_time(watch.started),
        put_text(watch.version),
        watch.baseline_calls,
        watch.baseline_failures,
        watch.calls,
        watch.failures,
        watch.cursor,
        put_text(watch.evidence),
        put_text(watch.summary),
    )


def _watch(row: Row) -> Watch:
    deployment, target, state, started, version, *numbers, evidence, summary = row
    baseline_calls, baseline_failures, calls, failures, cursor = numbers
    return Watch(
        deployment=DeploymentId(get_text(deployment)),
        target=TargetName(get_text(target)),
        state=WatchState(state),
        started=get_time(started),
        version=Digest(get_text(version)),
        baseline_calls=baseline_calls,
        baseline_failures=baseline_failures,
        calls=calls,
        failures=failures,
        cursor=cursor,
        evidence=get_text(evidence),
        summary=get_text(summary),
    )
