"""Stage 2: notice what fails or has grown worse."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Clock, Ids, Workspace
from mendloop.app.replay import FAILED
from mendloop.app.targets import find_target
from mendloop.core.detect.rule import Rule
from mendloop.model.execution import Execution, Outcome, Series
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentState
from mendloop.store.history import History
from mendloop.store.state import State, Tables

_MOST_CALLS: Final = 20_000
"""Of each target, the newest of the window."""


_NAMED: Final = 100
"""Failures that are read to learn what their kinds are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What one look has shown."""

    incidents: tuple[Incident, ...]
    """Open ones, most urgent first."""
    targets: int
    calls: int
    resolved: int
    """Incidents that this look has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """The detect stage."""

    state: State
    history: History
    workspace: Workspace
    clock: Clock
    ids: Ids
    rule: Rule
    window: timedelta

    async def detect(
        self, target: str | None = None, *, window: timedelta | None = None
    ) -> Detected:
        """Look at every target's newest calls, or at those of one.

        Calls before the newest deployment of a target do not count: they say nothing of the
        version in force.

        Raises:
            NotFound: There is no such target, neither declared nor recorded.
        """
        since = self.clock.now() - (window or self.window)
        names = await self._names(target)
        series = [await self._series(name, since) for name in names]
        findings = await anyio.to_thread.run_sync(self._examine, series)
        async with self.state.transaction() as tables:
            resolved = await self._keep(tables, series, findings)
            incidents = [
                incident
                for name in names
                for incident in await tables.incidents.page(
                    state=IncidentState.OPEN, target=name, limit=10
                )
            ]
        incidents.sort(key=lambda found: (-found.finding.priority, found.id))
        return Detected(
            incidents=tuple(incidents),
            targets=len(names),
            calls=sum(len(each.failed) for each in series),
            resolved=resolved,
        )

    async def _names(self, wanted: str | None) -> list[TargetName]:
        recorded = [summary.target for summary in await self.history.summaries()]
        if wanted is None:
            return recorded
        if wanted in recorded:
            return [TargetName(wanted)]
        return [find_target(self.workspace.manifest(), wanted).name]

    async def _series(self, target: TargetName, since: datetime) -> Series:
        async with self.state.reading() as tables:
            version = await tables.versions.current(target)
        start = since if version is None else max(since, version.at)
        series = await self.history.series(target, since=start, limit=_MOST_CALLS)
        failed = await self.history.recent(target, outcomes=FAILED, limit=_NAMED)
        return replace(
            series, names={row.execution.fingerprint: _name(row.execution) for row in failed}
        )

    def _examine(self, series: Sequence[Series]) -> tuple[Finding, ...]:
        from mendloop.core.detect.examine import (  # noqa: PLC0415  numpy loads with the work
            examine,
            ranked,
        )

        now = self.clock.now()
        return ranked([finding for each in series for finding in examine(each, self.rule, now=now)])

    async def _keep(
        self, tables: Tables, series: Sequence[Series], findings: Sequence[Finding]
    ) -> int:
        """Give every finding its incident, and end those that are no longer so."""
        now = self.clock.now()
        for finding in findings:
            known = await tables.incidents.find_open(finding.kind, finding.target)
            if known is not None:
                await tables.incidents.update(replace(known, finding=finding, updated=now))
                continue
            incident = Incident(
                id=IncidentId(self.ids.new("i")),
                finding=finding,
                state=IncidentState.OPEN,
                opened=now,
                updated=now,
            )
            await tables.incidents.add(incident)
            await tables.audit.append(
                "incident_opened",
                {"incident": incident.id, "kind": finding.kind.value, "target": finding.target},
                at=now,
            )
        return await self._resolve(tables, series, findings)

    async def _resolve(
        self, tables: Tables, series: Sequence[Series], findings: Sequence[Finding]
    ) -> int:
        still = {(finding.kind, finding.target) for finding in findings}
        judged = {each.target for each in series if len(each.failed) >= self.rule.least_calls}
        now = self.clock.now()
        resolved = 0
        # too few calls to say is no recovery: such an incident stays open
        for target in judged:
            for incident in await tables.incidents.page(
                state=IncidentState.OPEN, target=target, limit=10
            ):
                if (incident.finding.kind, target) not in still:
                    ended = replace(incident, state=IncidentState.RESOLVED, updated=now)
                    await tables.incidents.update(ended)
                    resolved += 1
        return resolved


def _name(execution: Execution) -> str:
    """What a kind of failure is called: the type alone, since a message is a stranger's text."""
    if execution.error is None:
        return "wrong answers" if execution.outcome is Outcome.WRONG else "timeouts"
    name = execution.error.type.rpartition(".")[2]
    return name if name.isidentifier() else f"kind {execution.fingerprint}"
