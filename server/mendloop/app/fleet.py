"""Judge every target at once, from what is kept of its calls as they arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Final

import anyio.to_thread

from mendloop.app.service import service
from mendloop.core.deploy.reach import watched
from mendloop.core.deploy.versions import PERSON
from mendloop.core.detect.life import outage_key
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Outage, Slow, Sweep, Verdicts
from mendloop.model import pulse
from mendloop.model.cells import Cells
from mendloop.model.deployment import Deployment, Progress
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding
from mendloop.model.rollup import Heads, KindCount
from mendloop.model.target import Manifest, TargetKind
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.state import State

_MOST_CALLS: Final = 20_000
"""Of a target that was changed, the newest since then."""
_MOST_CELLS: Final = 16 << 20
"""Bytes: 1.4 million failures by five minutes, target and kind."""
_MOST_DEPLOYMENTS: Final = 1_000
"""Far more than the limits allow in any window."""
_MOST_KINDS: Final = 10
TOLD: Final = timedelta(hours=24)
"""An outage is told of for so long after it has ended."""
_BUCKET: Final = Struct("<IB")
"""How an entry of a pulse begins: start and level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The fleet, read and judged."""

    heads: Heads
    """As they are kept; targets that were changed have their older calls in them."""
    calls: Mapping[TargetName, int]
    """Those of the window, or since the newest change of a target."""
    changed: Mapping[TargetName, datetime]
    """When a target that was changed within the window was changed last."""
    cells: Cells
    outages: tuple[Outage, ...]
    findings: tuple[Finding, ...]


@service
class Fleet:
    """Reads what is kept of all targets, in few queries, and judges it in a worker thread."""

    state: State
    history: History
    rule: Rule

    async def look(
        self, manifest: Manifest, *, since: datetime, now: datetime, only: TargetName | None = None
    ) -> Seen:
        """Judge all targets.

        Args:
            manifest: What is declared.
            since: How far to look back.
            now: The time.
            only: Put the findings of this target into words, and no others.
        """
        heads = await self.history.heads()
        cells = await self.history.cells(since=since, limit=_MOST_CELLS)
        changed = await self._changed(manifest, since)
        fresh, latencies = await self._fresh(heads, changed)
        sweep, outages = await anyio.to_thread.run_sync(self._sweep, fresh, cells, since, now)
        verdicts = await self._slowdowns(sweep, fresh, latencies, since, now)
        calls = dict(zip(heads.names, sweep.calls, strict=True))
        return Seen(
            heads=heads,
            calls=calls,
            changed=changed,
            cells=cells,
            outages=outages,
            findings=await self._worded(verdicts, outages, heads, now, only),
        )

    async def _changed(self, manifest: Manifest, since: datetime) -> dict[TargetName, datetime]:
        """When the loop last changed a target's file, or what it uses; calls before say nothing."""
        async with self.state.reading() as tables:
            newest = await tables.deployments.page(limit=_MOST_DEPLOYMENTS)
            adopted = await tables.versions.adopted(by=PERSON, since=since)
        changed: dict[TargetName, datetime] = {}
        for deployment in newest:
            if deployment.at < since:
                break
            if deployment.progress is Progress.COMMITTED:
                for name in _touched(manifest, deployment):
                    changed.setdefault(name, deployment.at)
        for name, at in adopted.items():
            changed[name] = max(at, changed.get(name, at))
        return changed

    async def _fresh(
        self, heads: Heads, changed: Mapping[TargetName, datetime]
    ) -> tuple[Heads, dict[int, bytes]]:
        """The heads, with those of changed targets made of their calls since; and their times."""
        pulses = list(heads.pulses)
        latencies: dict[int, bytes] = {}
        for place, name in enumerate(heads.names):
            if name not in changed:
                continue
            series = await self.history.series(name, since=changed[name], limit=_MOST_CALLS)
            tallies, bins = pulse.tallied(
                (int(at.timestamp()), failed, seconds)
                for at, failed, seconds in zip(
                    series.at, series.failed, series.seconds, strict=True
                )
            )
            pulses[place] = pulse.add(b"", tallies)
            newest = pulse.newest(pulses[place])
            latencies[place] = pulse.add_latencies(b"", bins, before=-1, now=newest)
        return replace(heads, pulses=tuple(pulses)), latencies

    def _sweep(
        self, heads: Heads, cells: Cells, since: datetime, now: datetime
    ) -> tuple[Sweep, tuple[Outage, ...]]:
        from mendloop.core.detect.outage import outages  # noqa: PLC0415  numpy loads with the work
        from mendloop.core.detect.sweep import sweep  # noqa: PLC0415

        found = outages(_anchored(cells, heads), now=now, rule=self.rule)
        return sweep(heads, self.rule, now=now, since=since, outages=found), found

    async def _slowdowns(
        self,
        sweep: Sweep,
        heads: Heads,
        fresh: Mapping[int, bytes],
        since: datetime,
        now: datetime,
    ) -> Verdicts:
        if not sweep.look_at:
            return sweep.verdicts
        kept = [place for place in sweep.look_at if place not in fresh]
        read = await self.history.latencies([heads.names[place] for place in kept])
        latencies = {place: fresh[place] for place in sweep.look_at if place in fresh}
        latencies |= dict(zip(kept, read, strict=True))

        def judge() -> Verdicts:
            from mendloop.core.detect.sweep import (  # noqa: PLC0415  numpy loads with the work
                slowdowns,
            )

            return slowdowns(sweep, latencies, self.rule, now=now, since=since)

        return await anyio.to_thread.run_sync(judge)

    async def _worded(
        self,
        verdicts: Verdicts,
        outages: Sequence[Outage],
        heads: Heads,
        now: datetime,
        only: TargetName | None,
    ) -> tuple[Finding, ...]:
        from mendloop.core.detect.words import finding  # noqa: PLC0415  as heavy as the verdicts

        named = [(heads.names[verdict.target], verdict) for verdict in verdicts.all]
        mine = [(name, each) for name, each in named if only is None or name == only]
        earliest = (now - TOLD).timestamp()
        recent = [
            each
            for each in outages
            if each.stop >= earliest and (only is None or only in each.members)
        ]
        # durations have no kinds
        asked = [(name, each) for name, each in mine if not isinstance(each, Slow)]
        kinds = await self.history.kinds_of(
            [
                *((name, _time(each.since)) for name, each in asked),
                *((each.members[0], _time(each.start)) for each in recent),
            ],
            limit=_MOST_KINDS,
        )
        known = {(name, each.since): some for (name, each), some in zip(asked, kinds, strict=False)}
        return (
            *(finding(each, name, known.get((name, each.since), ())) for name, each in mine),
            *map(_told, recent, kinds[len(asked) :]),
        )


def _told(outage: Outage, kinds: Sequence[KindCount]) -> Finding:
    from mendloop.core.detect.words import outage_finding  # noqa: PLC0415  as heavy as the verdicts

    worded = outage_finding(
        outage, [kind for kind in kinds if kind.fingerprint == outage.fingerprint]
    )
    key = outage_key(outage.fingerprint, outage.start)
    times = {"since": float(outage.start), "until": float(outage.stop)}
    return replace(worded, key=key, numbers={**worded.numbers, **times})


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _touched(manifest: Manifest, deployment: Deployment) -> set[TargetName]:
    """The targets whose calls before a deployment say nothing of how they are now."""
    paths = {file.path for file in deployment.files}
    neighbours = {
        target.name
        for target in manifest.targets.values()
        if target.kind is TargetKind.FUNCTION and target.path in paths
    }
    users = {target.name for target in watched(manifest, deployment.targets)}
    return {*deployment.targets, *users, *neighbours}


def began(heads: Heads) -> datetime | None:
    """A time at which there certainly had been a call: the end of the oldest bucket."""
    ends = [
        start + (pulse.WIDTH << level)
        for start, level in (_BUCKET.unpack_from(each) for each in heads.pulses if each)
    ]
    return datetime.fromtimestamp(min(ends), UTC) if ends else None


def _anchored(cells: Cells, heads: Heads) -> Cells:
    """The failures, known since the first call there was, or since the oldest that were read.

    How unusual it is that many fail together depends on how long they did not, and of the time
    before the first failure no cell tells.
    """
    first = began(heads)
    if first is None:
        return cells
    return replace(cells, since=max(cells.since, int(first.timestamp())))
