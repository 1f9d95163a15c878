"""What is counted of the calls, read without reading one."""

from collections.abc import Sequence
from datetime import datetime

from mendloop.model.cells import Cells
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Heads, Hour, KindCount
from mendloop.noun import dataclass
from mendloop.store.cells import read_cells
from mendloop.store.columns import get_text, get_time
from mendloop.store.heads import SUMMARIES
from mendloop.store.hour_rows import read_hours
from mendloop.store.reads import read_heads, read_kinds, read_latencies
from mendloop.store.sqlite import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSummary:
    """All calls of one target, counted."""

    target: TargetName
    calls: int
    failures: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of an open history. Every method may raise ``Unavailable``."""

    database: Database

    async def summaries(self) -> tuple[TargetSummary, ...]:
        """Every target that was ever called, in the order of their names."""
        return tuple(
            TargetSummary(
                target=TargetName(get_text(target)),
                calls=calls,
                failures=failures,
                last=get_time(last),
            )
            for target, calls, failures, last in await self.database.glance(SUMMARIES)
        )

    async def heads(self) -> Heads:
        """The pulse of every target that was ever called."""
        return await read_heads(self.database)

    async def latencies(self, names: Sequence[TargetName]) -> tuple[bytes, ...]:
        """How long the calls of targets took, as ``model.pulse`` packs it; empty where unknown."""
        return await read_latencies(self.database, names)

    async def hours(self, target: TargetName | None, *, since: datetime) -> tuple[Hour, ...]:
        """The hours of a target by version, oldest first, from the one that ``since`` is in.

        Hours older than 30 days were merged into days by ``compact``. For ``None`` those of all
        targets together, without versions, callers and kinds.
        """
        return await read_hours(self.database, target, since)

    async def cells(self, *, since: datetime, limit: int) -> Cells:
        """Failures by five minutes, target and kind: the newest, as many as ``limit`` bytes hold.

        Of five minutes all are there or none. Failures without a fingerprint have no kind, and are
        in none.
        """
        return await read_cells(self.database, since, limit)

    async def kinds(
        self, target: TargetName, *, since: datetime, limit: int = 10
    ) -> tuple[KindCount, ...]:
        """How a target fails, most frequent first: counted from the hour that ``since`` is in.

        ``first`` and ``last`` are of all times.
        """
        [found] = await self.kinds_of([(target, since)], limit=limit)
        return found

    async def kinds_of(
        self, wanted: Sequence[tuple[TargetName, datetime]], *, limit: int = 10
    ) -> tuple[tuple[KindCount, ...], ...]:
        """The same of many targets, each since a time of its own, in one query."""
        return await read_kinds(self.database, wanted, limit)
