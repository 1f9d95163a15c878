"""Keep incidents: what a look has found, what has ended, and what a person says of them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import Final

from mendloop.app.ports import Clock, Ids
from mendloop.app.service import service
from mendloop.core.detect import life
from mendloop.core.detect.life import Identity, Step, identity
from mendloop.core.detect.rule import Rule
from mendloop.errors import Conflict, InvalidInput
from mendloop.model.execution import Series
from mendloop.model.ids import DeploymentId, IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState, settled
from mendloop.model.value import Encoded
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.state import State, Tables

_MENDED: Final = frozenset(
    {
        IncidentKind.FAILING,
        IncidentKind.DEGRADED,
        IncidentKind.RECURRING,
        IncidentKind.FORECAST,
    }
)
"""What a deployment that fails less often has ended."""
_OF_ONE_ERROR: Final = frozenset({IncidentKind.RECURRING, IncidentKind.CORRELATED})
_MOST_CALLS: Final = 1_000
_MOST_TARGETS: Final = 20
_LONGEST: Final = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is on record after a look."""

    live: tuple[Incident, ...]
    """Open and muted, the most urgent first."""
    resolved: int
    """Incidents that the look has ended."""


@service
class Keeper:
    """Gives every problem one incident, for as long as it lasts."""

    state: State
    history: History
    clock: Clock
    ids: Ids
    rule: Rule

    async def keep(self, findings: Sequence[Finding], over: Callable[[Incident], str]) -> Kept:
        """Keep what one look has found.

        Args:
            findings: What is the matter.
            over: Why an incident that is not among them has ended; empty where nobody can say.
        """
        proven = await self._proven(findings)
        async with self.state.transaction() as tables:
            now = self.clock.now()
            live = await tables.incidents.live()
            before = await tables.incidents.ended(since=now - life.BACK)
            steps = self._steps(findings, live, before, proven)
            still = {step.incident.id for step in steps}
            ends = [
                life.ended(incident, why, now=now)
                for incident in live
                if incident.id not in still
                if (why := over(incident))
            ]
            # what has ended makes room for what is new
            await _note_all(tables, [*ends, *steps], by="detect", at=now)
            return Kept(live=await tables.incidents.live(), resolved=len(ends))

    async def mute(self, wanted: IncidentId, *, until: datetime | None, by: str) -> Incident:
        """Hear no more of an incident until a time, or for as long as it lasts.

        Raises:
            NotFound: There is none.
            Conflict: It has ended.
            InvalidInput: The time is over already.
        """
        now = self.clock.now()
        if until is not None and until <= now:
            raise InvalidInput(
                f"{until.isoformat(timespec='minutes')} is over already.",
                hint="Name a time to come.",
            )
        async with self.state.transaction() as tables:
            incident = _lasting(await tables.incidents.get(wanted))
            return await _note(tables, life.muted(incident, until, now=now), by=by, at=now)

    async def unmute(self, wanted: IncidentId, *, by: str) -> Incident:
        """Hear of an incident again.

        Raises:
            NotFound: There is none.
            Conflict: It is not muted.
        """
        now = self.clock.now()
        async with self.state.transaction() as tables:
            incident = _lasting(await tables.incidents.get(wanted))
            if incident.state is not IncidentState.MUTED:
                raise Conflict(f"{wanted} is not muted.", hint="It is in the list already.")
            return await _note(tables, life.unmuted(incident, now=now), by=by, at=now)

    async def resolve(self, wanted: IncidentId, reason: str, *, by: str) -> Incident:
        """Say that an incident has ended. It comes back only with new failures.

        Raises:
            NotFound: There is none.
            Conflict: It has ended already.
            InvalidInput: No reason is given.
        """
        why = reason.encode(errors="backslashreplace").decode().replace("\0", "").strip()
        if not why:
            raise InvalidInput(
                "An incident is not ended without a reason.", hint="Say what was done about it."
            )
        now = self.clock.now()
        async with self.state.transaction() as tables:
            incident = _lasting(await tables.incidents.get(wanted))
            step = life.ended_by_person(incident, by, why[:_LONGEST], now=now)
            return await _note(tables, step, by=by, at=now)

    async def resolved_by(
        self, tables: Tables, deployment: DeploymentId, target: TargetName
    ) -> None:
        """End what a deployment has mended, in the transaction that finds it healthy and better.

        What calls are not hurt by, and what several targets share, goes on.
        """
        now = self.clock.now()
        steps = [
            life.ended(incident, f"deployment {deployment}", now=now)
            for incident in await tables.incidents.live()
            if incident.finding.kind in _MENDED and incident.finding.target == target
        ]
        await _note_all(tables, steps, by="monitor", at=now)

    def _steps(
        self,
        findings: Iterable[Finding],
        live: Sequence[Incident],
        before: Sequence[Incident],
        proven: frozenset[IncidentId],
    ) -> list[Step]:
        """What becomes of every finding; each problem once, the most urgent finding of it."""
        now = self.clock.now()
        known = {identity(incident.finding): incident for incident in live}
        ended = {identity(incident.finding): incident for incident in reversed(before)}
        taken: set[Identity] = set()
        steps: list[Step] = []
        for raw in sorted(findings, key=lambda found: -found.priority):
            finding = life.known_as(
                raw, (each for each in (*live, *before) if identity(each.finding) not in taken)
            )
            name = identity(finding)
            if name in taken:
                continue
            taken.add(name)
            if name in known:
                steps.append(life.seen(known[name], finding, now=now))
            elif name not in ended or not life.comes_back(ended[name], now=now):
                steps.append(life.opened(IncidentId(self.ids.new("i")), finding, now=now))
            elif not settled(ended[name]) or ended[name].id in proven:
                steps.append(life.again(ended[name], finding, now=now))
        return steps

    async def _proven(self, findings: Sequence[Finding]) -> frozenset[IncidentId]:
        """Of the incidents that a person has ended, those that newer calls show to be so again."""
        async with self.state.reading() as tables:
            before = await tables.incidents.ended(since=self.clock.now() - life.BACK)
        closed = [incident for incident in before if settled(incident)]
        found = {identity(life.known_as(each, closed)): each for each in findings}
        return frozenset(
            [
                incident.id
                for incident in closed
                if identity(incident.finding) in found
                if await self._shown_again(incident, found[identity(incident.finding)])
            ]
        )

    async def _shown_again(self, incident: Incident, finding: Finding) -> bool:
        match finding.kind:
            case IncidentKind.DUPLICATE:
                return False
            case IncidentKind.UNUSED:
                return finding.numbers["since"] > incident.updated.timestamp()
            case _:
                pass
        for target in finding.targets[:_MOST_TARGETS]:
            series = await self.history.series(target, since=incident.updated, limit=_MOST_CALLS)
            if _shows(series, finding, self.rule):
                return True
        return False


def _shows(newer: Series, finding: Finding, rule: Rule) -> bool:
    """Whether calls after its end show the problem."""
    if finding.kind is IncidentKind.SLOW:
        took = [
            seconds
            for seconds, failed in zip(newer.seconds, newer.failed, strict=True)
            if not failed and seconds > 0
        ]
        before = finding.numbers.get("baseline_seconds", 0.0)
        return len(took) >= rule.least_calls and median(took) >= rule.slow_factor * before
    if finding.kind in _OF_ONE_ERROR and finding.fingerprints:
        return not set(finding.fingerprints).isdisjoint(newer.fingerprints)
    return any(newer.failed)


def _lasting(incident: Incident) -> Incident:
    """The incident, which must not have ended.

    Raises:
        Conflict: It has.
    """
    if incident.state is IncidentState.RESOLVED:
        raise Conflict(
            f"{incident.id} has ended ({incident.ended or 'resolved'}).",
            hint="`mendloop detect` lists those that have not.",
        )
    return incident


async def _note(tables: Tables, step: Step, *, by: str, at: datetime) -> Incident:
    await _note_all(tables, [step], by=by, at=at)
    return step.incident


async def _note_all(tables: Tables, steps: Sequence[Step], *, by: str, at: datetime) -> None:
    """Keep what became of incidents, and say so in the audit log where it is news."""
    await tables.incidents.store([step.incident for step in steps])
    for step in steps:
        if step.event is not None:
            await tables.audit.append(step.event.value, _facts(step, by), at=at)


def _facts(step: Step, by: str) -> dict[str, Encoded]:
    finding = step.incident.finding
    facts: dict[str, Encoded] = {
        "incident": step.incident.id,
        "kind": finding.kind.value,
        "target": finding.target,
        "by": by,
    }
    return facts | ({"why": step.why} if step.why else {})
