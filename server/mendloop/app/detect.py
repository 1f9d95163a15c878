"""Stage 2: notice what fails or has grown worse, over the whole fleet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mendloop.app.drift import Warden
from mendloop.app.fleet import TOLD, Fleet, Seen
from mendloop.app.habits import Habits
from mendloop.app.hold import Holder
from mendloop.app.incidents import Keeper
from mendloop.app.ingest import Ingester
from mendloop.app.likeness import Alike, Likeness
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Clock, Workspace
from mendloop.app.service import service
from mendloop.app.targets import find_target
from mendloop.core.detect.life import is_outage
from mendloop.model.drift import TrackedFile
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.model.target import Manifest
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What one look has shown."""

    incidents: tuple[Incident, ...]
    """Open ones, most urgent first."""
    targets: int
    calls: int
    resolved: int
    """Incidents that this look has ended."""
    muted: int = 0
    """Incidents that a person wants to hear no more of; they are not among the others."""


@service
class Detector:
    """The detect stage."""

    ingester: Ingester
    holder: Holder
    fleet: Fleet
    habits: Habits
    likeness: Likeness
    keeper: Keeper
    warden: Warden
    workspace: Workspace
    clock: Clock
    window: timedelta
    observer: Observer = SILENT

    @observed(Act.DETECT)
    async def detect(
        self, target: str | None = None, *, window: timedelta | None = None
    ) -> Detected:
        """Look at every target, or at one beside all others.

        Calls before the newest deployment of a target do not count: they say nothing of the
        version in force. Nothing that is asked of the stores grows with the number of targets,
        but for the few that are found to be in trouble.

        Raises:
            NotFound: There is no such target, neither declared nor recorded.
            InvalidInput: ``mendloop.toml`` cannot be read.
        """
        await self.ingester.catch_up()
        await self.holder.check(target)
        now = self.clock.now()
        since = now - (window or self.window)
        manifest = self.workspace.manifest()
        only = None if target is None else TargetName(target)
        seen = await self.fleet.look(manifest, since=since, now=now, only=only)
        if only is not None and only not in seen.calls:
            find_target(manifest, only)
        habits = await self.habits.recurring(seen, since=since, now=now, only=only)
        findings: list[Finding] = [*seen.findings, *habits]
        alike = None
        if only is None:
            alike = await self.likeness.look(manifest, seen.heads, now=now)
            findings += await self.habits.shared(findings, manifest)
            findings += await self.habits.unused(seen, manifest, now=now)
            findings += alike.findings
        judged = _Judged(
            seen=seen,
            manifest=manifest,
            alike=alike,
            only=only,
            since=since,
            now=now,
            least_calls=self.keeper.rule.least_calls,
        )
        drifted = await self.warden.look()
        kept = await self.keeper.keep(_told(findings, drifted), judged.over)
        return _detected(kept.live, judged, resolved=kept.resolved)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """How far a look has reached: what it has not found there is no longer so."""

    seen: Seen
    manifest: Manifest
    alike: Alike | None
    """``None`` where the look was at one target, so that none were compared."""
    only: TargetName | None
    since: datetime
    now: datetime
    least_calls: int

    def over(self, incident: Incident) -> str:
        """Why an incident that was not found has ended; empty where nobody can say."""
        finding = incident.finding
        if not self.within(finding):
            return ""
        if all(self._gone(name) for name in finding.targets):
            return "neither declared nor recorded any more"
        special = {
            IncidentKind.CORRELATED: self._apart,
            IncidentKind.DUPLICATE: self._differ,
            IncidentKind.UNUSED: self._used,
        }
        return special.get(finding.kind, self._well)(finding)

    def within(self, finding: Finding) -> bool:
        """Whether the look was at what it is about."""
        return self.only is None or self.only in finding.targets

    def _known(self, name: TargetName) -> bool:
        return self.seen.calls.get(name, 0) >= self.least_calls

    def _gone(self, name: TargetName) -> bool:
        return name not in self.seen.calls and name not in self.manifest.targets

    def _well(self, finding: Finding) -> str:
        # too few calls to say is no recovery
        return "recovered" if self._known(finding.target) else ""

    def _used(self, _: Finding) -> str:
        return "" if self.only is not None else "called again, or no longer declared"

    def _apart(self, finding: Finding) -> str:
        if is_outage(finding):
            # one that lies outside the window was not looked for
            seen = finding.numbers["until"] > self.since.timestamp()
            return "over" if seen or self._long_over(finding) else ""
        if self.only is not None or not all(self._known(name) for name in finding.targets):
            return ""
        return "recovered"

    def _long_over(self, outage: Finding) -> bool:
        return outage.numbers["until"] <= (self.now - TOLD).timestamp()

    def _differ(self, finding: Finding) -> str:
        if self.alike is None:
            return ""
        read = self.alike.answers if finding.key.startswith("answers ") else self.alike.code
        if all(name in read or name not in self.manifest.targets for name in finding.targets):
            return "no longer alike"
        return ""


def _told(findings: Sequence[Finding], drifted: Sequence[TrackedFile]) -> list[Finding]:
    """The findings; those of a file that somebody has changed say that it is not the loop's."""
    paths = {name: file.path for file in drifted for name in file.targets}
    return [
        replace(
            each,
            summary=f"{each.summary}; {paths[each.target]} was changed outside the loop, so that "
            "the version in force is not the loop's",
        )
        if each.target in paths
        else each
        for each in findings
    ]


def _detected(live: Sequence[Incident], judged: _Judged, *, resolved: int) -> Detected:
    mine = [incident for incident in live if judged.within(incident.finding)]
    calls = judged.seen.calls
    only = judged.only
    return Detected(
        incidents=tuple(each for each in mine if each.state is IncidentState.OPEN),
        targets=len(calls) if only is None else 1,
        calls=sum(calls.values()) if only is None else calls.get(only, 0),
        resolved=resolved,
        muted=sum(each.state is IncidentState.MUTED for each in mine),
    )
