"""What ``status`` says of the state, in one query."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Final

from mendloop.model.audit import GENESIS
from mendloop.model.ids import DeploymentId, Digest, IncidentId, ProposalId, TargetName
from mendloop.model.incident import IncidentKind
from mendloop.model.report import Verdict
from mendloop.model.spend import Spending
from mendloop.model.standing import StandingId
from mendloop.model.stop import Stopped
from mendloop.noun import dataclass
from mendloop.store.columns import get_json, get_real, get_text, get_time
from mendloop.store.sqlite import Row

OVERVIEW: Final = """
SELECT 'open', count(*), NULL, NULL, NULL, NULL FROM incidents WHERE state = 'open'
UNION ALL
SELECT 'muted', count(*), NULL, NULL, NULL, NULL FROM incidents WHERE state = 'muted'
UNION ALL
SELECT 'incident', id, kind, target, priority, summary FROM (
    SELECT id, kind, target, priority, summary FROM incidents WHERE state = 'open'
    ORDER BY priority DESC, updated DESC, id LIMIT 10
)
UNION ALL
SELECT 'proposal', id, targets, (
    SELECT verdict FROM reports WHERE proposal = id ORDER BY reports.seq DESC LIMIT 1
), NULL, NULL FROM (
    SELECT id, targets FROM (
            SELECT id, targets, files FROM proposals WHERE waiting = 1 ORDER BY seq DESC LIMIT 50
        ) WHERE NOT EXISTS (
            -- made for bytes that a later deployment has replaced
            SELECT 1 FROM json_each(files) AS file
            WHERE json_extract(file.value, '$.old') <> (
                SELECT digest FROM versions WHERE path = json_extract(file.value, '$.path')
                ORDER BY at DESC LIMIT 1
            )
        ) LIMIT 10
)
UNION ALL
SELECT 'watch', deployment, target, calls, summary, NULL FROM (
    SELECT deployment, target, calls, summary FROM watches WHERE state = 'watching' ORDER BY seq
)
UNION ALL
SELECT 'drift', path, targets, NULL, NULL, NULL FROM (
    SELECT path, targets FROM files WHERE held <> expected AND targets <> '{}' LIMIT 20
)
UNION ALL
SELECT 'stopped', at, author, reason, NULL, NULL FROM stop
UNION ALL
SELECT 'audit', seq, digest, NULL, NULL, NULL FROM audit_head
UNION ALL
SELECT 'standing', id, author, policy, expires, NULL FROM standings WHERE revoked IS NULL
UNION ALL
SELECT 'deployed', count(*) FILTER (WHERE at >= ?1), count(*), NULL, NULL, NULL FROM deployments
WHERE kind = 'deploy' AND at >= ?2
    AND progress IN ('prepared', 'applying', 'committed', 'handed_over')
UNION ALL
SELECT 'spent', what, coalesce(sum(amount) FILTER (WHERE at >= ?1), 0), sum(amount), NULL, NULL
FROM spent WHERE what IN ('cycle', 'tokens') AND at >= ?2 GROUP BY what
UNION ALL
SELECT 'spent', what, sum(amount), 0, NULL, NULL
FROM spent WHERE what IN ('test', 'cpu') AND at >= ?1 GROUP BY what
UNION ALL
SELECT 'disk', value, NULL, NULL, NULL, NULL FROM marks WHERE name = 'disk_bytes'
"""
"""Asks with the times of an hour and a day ago. The first column says what a row is; JSON made by
SQLite would cost the floats their last digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """One incident, in a line."""

    id: IncidentId
    kind: IncidentKind
    target: TargetName
    priority: float
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingProposal:
    """One proposal that is neither deployed nor rejected."""

    id: ProposalId
    targets: tuple[TargetName, ...]
    verdict: Verdict | None
    """Of its latest report; ``None`` where it was never tested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveWatch:
    """One watch that has not come to an end."""

    deployment: DeploymentId
    target: TargetName
    calls: int
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """A file that somebody has changed outside the loop."""

    path: str
    targets: tuple[TargetName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLine:
    """One standing approval that nobody has revoked, as the records have it."""

    id: StandingId
    by: str
    policy: Digest
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The state at a glance."""

    open_incidents: int
    incidents: tuple[OpenIncident, ...]
    """The ten most urgent."""
    proposals: tuple[WaitingProposal, ...]
    """The ten newest."""
    watches: tuple[ActiveWatch, ...]
    """The oldest first."""
    stopped: Stopped | None
    audit_seq: int
    audit_head: Digest
    deployed_last_hour: int
    deployed_last_day: int
    standing: tuple[StandingLine, ...] = ()
    """Those that have run out, too."""
    muted: int = 0
    """Incidents that a person wants to hear no more of; they are in no list."""
    spent: Mapping[Spending, tuple[int, int]] = field(
        default_factory=dict[Spending, tuple[int, int]]
    )
    """What was used in the last hour, and in the last day; the day is known of cycles and tokens
    only. Nothing is there that is not used."""
    disk_bytes: int = 0
    """Of the state folder when it was last measured."""
    drifted: tuple[Drifted, ...] = ()
    """The first twenty, by path."""


def overview_of(rows: Iterable[Row]) -> Overview:
    """The answer to ``OVERVIEW``."""
    found: dict[str, list[Row]] = {}
    for what, *columns in rows:
        found.setdefault(what, []).append(tuple(columns))
    seq, digest, *_ = found.get("audit", [(0, GENESIS)])[0]
    hour, day, *_ = found["deployed"][0]
    stopped = [_stopped(row) for row in found.get("stopped", ())]
    return Overview(
        open_incidents=found["open"][0][0],
        incidents=tuple(_incident(row) for row in found.get("incident", ())),
        proposals=tuple(_proposal(row) for row in found.get("proposal", ())),
        watches=tuple(_watch(row) for row in found.get("watch", ())),
        stopped=stopped[0] if stopped else None,
        audit_seq=seq,
        audit_head=Digest(digest),
        deployed_last_hour=hour,
        deployed_last_day=day,
        standing=tuple(_standing(row) for row in found.get("standing", ())),
        muted=found["muted"][0][0],
        spent={Spending(what): (hour, day) for what, hour, day, *_ in found.get("spent", ())},
        disk_bytes=found.get("disk", [(0,)])[0][0],
        drifted=tuple(_drifted(row) for row in found.get("drift", ())),
    )


def _incident(row: Row) -> OpenIncident:
    name, kind, target, priority, summary = row
    return OpenIncident(
        id=IncidentId(get_text(name)),
        kind=IncidentKind(kind),
        target=TargetName(get_text(target)),
        priority=get_real(priority),
        summary=get_text(summary),
    )


def _proposal(row: Row) -> WaitingProposal:
    name, targets, verdict, *_ = row
    return WaitingProposal(
        id=ProposalId(get_text(name)),
        targets=tuple(TargetName(target) for target in get_json(targets)),
        verdict=None if verdict is None else Verdict(verdict),
    )


def _watch(row: Row) -> ActiveWatch:
    deployment, target, calls, summary, *_ = row
    return ActiveWatch(
        deployment=DeploymentId(get_text(deployment)),
        target=TargetName(get_text(target)),
        calls=calls,
        summary=get_text(summary),
    )


def _drifted(row: Row) -> Drifted:
    path, targets, *_ = row
    return Drifted(
        path=get_text(path),
        targets=tuple(TargetName(get_text(name)) for name in sorted(get_json(targets))),
    )


def _standing(row: Row) -> StandingLine:
    name, by, policy, expires, *_ = row
    return StandingLine(
        id=StandingId(get_text(name)),
        by=get_text(by),
        policy=Digest(get_text(policy)),
        expires=get_time(expires),
    )


def _stopped(row: Row) -> Stopped:
    at, author, reason, *_ = row
    return Stopped(at=get_time(at), by=get_text(author), reason=get_text(reason))
