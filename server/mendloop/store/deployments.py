"""Deployments: every transaction of files."""

from datetime import datetime
from typing import Final

from mendloop.errors import NotFound
from mendloop.model.deployment import (
    Attempt,
    Deployment,
    DeploymentKind,
    Progress,
    Result,
    WatchState,
)
from mendloop.model.ids import DeploymentId, ProposalId, TargetName
from mendloop.model.in_git import GitMode, GitRecord, GitState
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_json,
    get_optional,
    get_text,
    get_time,
    put_json,
    put_optional,
    put_text,
    put_time,
)
from mendloop.store.prefixes import matching
from mendloop.store.proposals import get_files, put_files
from mendloop.store.sqlite import Parameter, Row, Statements

_SELECT: Final = (
    "SELECT id, kind, targets, files, proposal, undoes, progress, at, author, reason, conflicts,"
    " git.mode, git.state, git.branch, git.oid, git.why"
    " FROM deployments LEFT JOIN commits AS git ON git.deployment = deployments.id"
)
_ATTEMPTS: Final = (
    "SELECT id, at, progress,"
    " (SELECT max(back.at) FROM deployments AS back WHERE back.undoes = deployments.id"
    " AND back.kind = 'rollback' AND back.progress = 'committed'),"
    " (SELECT group_concat(state) FROM watches WHERE deployment = deployments.id)"
    " FROM deployments"
)
_ATTEMPTS_IN_ALL: Final = (
    f"{_ATTEMPTS} WHERE kind = 'deploy' AND progress <> 'aborted' ORDER BY seq DESC LIMIT ?"
)
_ATTEMPTS_OF_ONE: Final = (
    f"{_ATTEMPTS} JOIN deployment_targets AS touched ON touched.deployment = seq"
    " WHERE touched.target = ? AND kind = 'deploy' AND progress <> 'aborted'"
    " ORDER BY touched.deployment DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Deployments:
    """The table of deployments, and those of their targets and paths."""

    statements: Statements

    async def add(self, deployment: Deployment) -> None:
        """Keep a new one."""
        rows = await self.statements.fetch(
            "INSERT INTO deployments (id, kind, targets, files, proposal, undoes, progress, at,"
            " author, reason, conflicts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq",
            *_row(deployment),
        )
        seq = rows[0][0]
        await self.statements.many(
            "INSERT INTO deployment_targets (target, deployment) VALUES (?, ?)",
            [(put_text(target), seq) for target in sorted(set(deployment.targets))],
        )
        await self.statements.many(
            "INSERT INTO deployment_paths (path, deployment) VALUES (?, ?)",
            [(put_text(path), seq) for path in sorted({file.path for file in deployment.files})],
        )
        await self._keep_git(deployment)

    async def update(self, deployment: Deployment) -> None:
        """Note how far it has come, what was left alone, and its commit; the rest never changes.

        Raises:
            NotFound: There is none with this id.
        """
        rows = await self.statements.fetch(
            "UPDATE deployments SET progress = ?, conflicts = ? WHERE id = ? RETURNING 1",
            deployment.progress.value,
            put_json(deployment.conflicts),
            put_text(deployment.id),
        )
        if not rows:
            raise _unknown(deployment.id)
        await self._keep_git(deployment)

    async def _keep_git(self, deployment: Deployment) -> None:
        if (git := deployment.git) is not None:
            await self.statements.fetch(
                "INSERT INTO commits (deployment, mode, state, branch, oid, why)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (deployment) DO UPDATE SET"
                " state = excluded.state, branch = excluded.branch, oid = excluded.oid,"
                " why = excluded.why",
                put_text(deployment.id),
                git.mode.value,
                git.state.value,
                put_text(git.branch),
                put_text(git.commit),
                put_text(git.why),
            )

    async def get(self, wanted: DeploymentId) -> Deployment:
        """The one with this id.

        Raises:
            NotFound: There is none.
        """
        row = await self.statements.first(f"{_SELECT} WHERE id = ?", put_text(wanted))
        if row is None:
            raise _unknown(wanted)
        return _deployment(row)

    async def page(self, *, target: TargetName | None = None, limit: int) -> tuple[Deployment, ...]:
        """The newest first."""
        if target is None:
            rows = await self.statements.fetch(f"{_SELECT} ORDER BY seq DESC LIMIT ?", limit)
        else:
            rows = await self.statements.fetch(
                f"{_SELECT} JOIN deployment_targets AS touched ON touched.deployment = seq"
                " WHERE touched.target = ? ORDER BY touched.deployment DESC LIMIT ?",
                put_text(target),
                limit,
            )
        return tuple(_deployment(row) for row in rows)

    async def unfinished(self) -> tuple[Deployment, ...]:
        """Those that a crash may have left half done, the oldest first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE progress IN ('prepared', 'applying') ORDER BY seq"
        )
        return tuple(_deployment(row) for row in rows)

    async def uncommitted(self) -> tuple[Deployment, ...]:
        """Those in place whose commit is still to be made, the oldest first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE git.state = 'wanted' AND progress = 'committed' ORDER BY seq"
        )
        return tuple(_deployment(row) for row in rows)

    async def handed_over(self, *, limit: int) -> tuple[Deployment, ...]:
        """The newest that wait on a branch, the oldest of them first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE progress = 'handed_over' ORDER BY seq DESC LIMIT ?", limit
        )
        return tuple(_deployment(row) for row in reversed(rows))

    async def count(self, *, since: datetime, target: TargetName | None = None) -> int:
        """How many deployments began since a time, and were not undone; rollbacks do not count."""
        if target is None:
            rows = await self.statements.fetch(
                "SELECT count(*) FROM deployments WHERE kind = 'deploy' AND at >= ?"
                " AND progress IN ('prepared', 'applying', 'committed', 'handed_over')",
                put_time(since),
            )
        else:
            rows = await self.statements.fetch(
                "SELECT count(*) FROM deployment_targets AS touched"
                " JOIN deployments ON deployments.seq = touched.deployment"
                " WHERE touched.target = ? AND kind = 'deploy' AND at >= ?"
                " AND progress IN ('prepared', 'applying', 'committed', 'handed_over')",
                put_text(target),
                put_time(since),
            )
        return int(rows[0][0])

    async def times(
        self, *, since: datetime, target: TargetName | None = None
    ) -> tuple[datetime, ...]:
        """When those that ``count`` counts were begun, the oldest first."""
        name = None if target is None else put_text(target)
        rows = await self.statements.fetch(
            "SELECT at FROM deployments WHERE kind = 'deploy' AND at >= ?1"
            " AND progress IN ('prepared', 'applying', 'committed')"
            " AND (?2 IS NULL OR EXISTS (SELECT 1 FROM deployment_targets"
            " WHERE deployment = deployments.seq AND target = ?2)) ORDER BY at",
            put_time(since),
            name,
        )
        return tuple(get_time(at) for (at,) in rows)

    async def being_made(self) -> int:
        """How many deployments have begun and not come to an end."""
        rows = await self.statements.fetch(
            "SELECT count(*) FROM deployments"
            " WHERE progress IN ('prepared', 'applying') AND kind = 'deploy'"
        )
        return int(rows[0][0])

    async def attempts(
        self, *, target: TargetName | None = None, limit: int
    ) -> tuple[Attempt, ...]:
        """The newest deployments with what came of each; one that never began is none."""
        if target is None:
            rows = await self.statements.fetch(_ATTEMPTS_IN_ALL, limit)
        else:
            rows = await self.statements.fetch(_ATTEMPTS_OF_ONE, put_text(target), limit)
        return tuple(_attempt(row) for row in rows)

    async def last_rollback(self, target: TargetName) -> datetime | None:
        """When a change to a target was last taken back."""
        rows = await self.statements.fetch(
            "SELECT max(at) FROM deployment_targets AS touched"
            " JOIN deployments ON deployments.seq = touched.deployment"
            " WHERE touched.target = ? AND kind = 'rollback' AND progress = 'committed'",
            put_text(target),
        )
        return None if rows[0][0] is None else get_time(rows[0][0])

    async def latest_on(self, path: str) -> Deployment | None:
        """The newest one that has put something in place at a path."""
        row = await self.statements.first(
            f"{_SELECT} JOIN deployment_paths AS touched ON touched.deployment = seq"
            " WHERE touched.path = ? AND progress = 'committed'"
            " ORDER BY touched.deployment DESC LIMIT 1",
            put_text(path),
        )
        return None if row is None else _deployment(row)

    async def matching_ids(self, prefix: str, limit: int) -> tuple[DeploymentId, ...]:
        """The ids that begin so, in order."""
        found = await matching(self.statements, "deployments", prefix, limit)
        return tuple(DeploymentId(each) for each in found)


def _unknown(wanted: DeploymentId) -> NotFound:
    return NotFound(
        f"There is no deployment {wanted!r}.", hint="status names those that are watched."
    )


def _row(deployment: Deployment) -> tuple[Parameter, ...]:
    return (
        put_text(deployment.id),
        deployment.kind.value,
        put_json(deployment.targets),
        put_files(deployment.files),
        put_optional(deployment.proposal),
        put_optional(deployment.undoes),
        deployment.progress.value,
        put_time(deployment.at),
        put_text(deployment.by),
        put_text(deployment.reason),
        put_json(deployment.conflicts),
    )


def _deployment(row: Row) -> Deployment:
    kept, kind, targets, files, proposal, undoes, progress, at, author, reason, conflicts = row[:11]
    deployed = get_optional(proposal)
    undone = get_optional(undoes)
    return Deployment(
        id=DeploymentId(get_text(kept)),
        kind=DeploymentKind(kind),
        targets=tuple(TargetName(target) for target in get_json(targets)),
        files=get_files(files),
        proposal=None if deployed is None else ProposalId(deployed),
        undoes=None if undone is None else DeploymentId(undone),
        progress=Progress(progress),
        at=get_time(at),
        by=get_text(author),
        reason=get_text(reason),
        conflicts=tuple(get_json(conflicts)),
        git=_git(row[11:]),
    )


def _git(row: Row) -> GitRecord | None:
    mode, state, branch, oid, why = row
    if mode is None:
        return None
    return GitRecord(
        mode=GitMode(mode),
        state=GitState(state),
        branch=get_text(branch),
        commit=get_text(oid),
        why=get_text(why),
    )


def _attempt(row: Row) -> Attempt:
    kept, at, progress, taken_back, states = row
    begun = get_time(at)
    watches: set[str] = set() if states is None else {*states.split(",")}
    undone = progress == Progress.UNDONE.value
    if taken_back is not None or undone:
        result = Result.FAILED
    elif progress != Progress.COMMITTED.value or WatchState.WATCHING.value in watches:
        result = Result.PENDING
    elif WatchState.HEALTHY.value in watches:
        result = Result.HEALTHY
    else:
        result = Result.UNCLEAR
    return Attempt(
        deployment=DeploymentId(get_text(kept)),
        at=begun,
        result=result,
        ended=begun if taken_back is None else get_time(taken_back),
    )
