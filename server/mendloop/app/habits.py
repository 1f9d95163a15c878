"""Find what needs no statistics of the fleet: errors that recur, code that is shared, disuse."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import anyio.to_thread

from mendloop.app.fleet import Seen, began
from mendloop.app.service import service
from mendloop.core.detect.recurring import Repeat, recurring
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.shared import Flagged, innermost, shared
from mendloop.core.detect.unused import unused
from mendloop.model.execution import FAILED
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding, IncidentKind
from mendloop.model.target import Manifest, TargetKind
from mendloop.store.history import History
from mendloop.store.state import State

_MOST_ASKED: Final = 100
"""Targets whose failures are read, at most: the ones that hurt most."""
_MOST_FAILURES: Final = 200
_EXAMPLES: Final = 20
"""Failures among which one of the most frequent kind is looked for."""
_TROUBLES: Final = frozenset({IncidentKind.FAILING, IncidentKind.DEGRADED, IncidentKind.RECURRING})


@service
class Habits:
    """Looks at what is kept, and at few failures of the targets that are in question."""

    state: State
    history: History
    rule: Rule

    async def recurring(
        self, seen: Seen, *, since: datetime, now: datetime, only: TargetName | None
    ) -> list[Finding]:
        """The errors that come again and again on targets that are otherwise well."""
        known = {
            found.target
            for found in seen.findings
            if found.kind in {IncidentKind.FAILING, IncidentKind.DEGRADED}
        }
        together = {
            (member, outage.fingerprint) for outage in seen.outages for member in outage.members
        }
        candidates = [
            each
            for each in await anyio.to_thread.run_sync(_repeats, seen)
            if each.target not in known and (only is None or each.target == only)
            if (each.target, each.fingerprint) not in together
        ]
        sessions: dict[TargetName, Mapping[str, set[str]]] = {}
        found: list[Finding] = []
        for each in candidates[:_MOST_ASKED]:
            if each.days < self.rule.recurring_days and each.target not in sessions:
                start = max(since, seen.changed.get(each.target, since))
                sessions[each.target] = await self._sessions(each.target, start)
            within = sessions.get(each.target, {}).get(each.fingerprint, set[str]())
            if recurring(each, within, "", self.rule, now=now) is None:
                continue  # only what is told needs a name
            told = recurring(each, within, await self._name(each), self.rule, now=now)
            found += [] if told is None else [told]
        return found

    async def shared(self, findings: Sequence[Finding], manifest: Manifest) -> tuple[Finding, ...]:
        """The code that several targets in trouble have in common."""
        troubled = sorted(
            (found for found in findings if found.kind in _TROUBLES),
            key=lambda found: -found.priority,
        )
        return shared([await self._flagged(each, manifest) for each in troubled[:_MOST_ASKED]])

    async def unused(self, seen: Seen, manifest: Manifest, *, now: datetime) -> list[Finding]:
        """The functions that nobody calls."""
        functions = {
            name for name, target in manifest.targets.items() if target.kind is TargetKind.FUNCTION
        }
        declared = await self._declared(functions, now)
        last = {
            name: datetime.fromtimestamp(at, UTC)
            for name, at in zip(seen.heads.names, seen.heads.last, strict=True)
        }
        return list(unused(declared, last, self.rule, began=began(seen.heads), now=now))

    async def _sessions(self, target: TargetName, since: datetime) -> Mapping[str, set[str]]:
        """The sessions of the newest failures, by kind."""
        rows = await self.history.recent(target, outcomes=FAILED, since=since, limit=_MOST_FAILURES)
        sessions: dict[str, set[str]] = {}
        for row in rows:
            if row.execution.session:
                found = sessions.setdefault(row.execution.fingerprint, set())
                found.add(row.execution.session)
        return sessions

    async def _name(self, repeat: Repeat) -> str:
        since = datetime.fromtimestamp(repeat.first, UTC)
        for kind in await self.history.kinds(repeat.target, since=since, limit=_MOST_ASKED):
            if kind.fingerprint == repeat.fingerprint:
                return kind.name
        return f"kind {repeat.fingerprint}"

    async def _flagged(self, finding: Finding, manifest: Manifest) -> Flagged:
        target = manifest.targets.get(finding.target)
        rows = await self.history.recent(finding.target, outcomes=FAILED, limit=_EXAMPLES)
        wanted = finding.fingerprints[:1]
        frames = next(
            (
                row.execution.error.frames
                for row in rows
                if row.execution.error is not None and row.execution.fingerprint in wanted
            ),
            (),
        )
        return Flagged(
            finding=finding,
            path="" if target is None else target.path,
            function="" if target is None else target.selector,
            frame=innermost(frames),
        )

    async def _declared(
        self, names: Collection[TargetName], now: datetime
    ) -> Mapping[TargetName, datetime]:
        """Since when each function is known to be declared; notes those that are new."""
        async with self.state.reading() as tables:
            known = await tables.incidents.declared()
        new = sorted(set(names) - known.keys())
        gone = sorted(known.keys() - set(names))
        if new or gone:
            async with self.state.transaction() as tables:
                await tables.incidents.declare(new, gone, at=now)
                known = await tables.incidents.declared()
        return {name: known.get(name, now) for name in names}


def _repeats(seen: Seen) -> tuple[Repeat, ...]:
    from mendloop.core.detect.repeats import repeats  # noqa: PLC0415  numpy loads with the work

    return repeats(seen.cells, seen.changed)
