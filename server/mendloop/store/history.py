"""``history.db``: every recorded call, by the hundred thousand."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from mendloop.errors import NotFound
from mendloop.model.execution import Execution, Outcome, Series
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.value import Encoded
from mendloop.store import queries
from mendloop.store.columns import (
    get_real,
    get_text,
    get_time,
    put_bound,
    put_text,
    put_time,
    put_value,
)
from mendloop.store.executions import INSERT, execution, inserted
from mendloop.store.sqlite import Database, Kind

_KIND: Final = Kind(
    migrations="history",
    # Readers never wait; a power cut may cost the last moments, but never an older call.
    journal_mode="wal",
    pragmas=("synchronous = NORMAL", "trusted_schema = OFF", "journal_size_limit = 67108864"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One execution, and the number under which it was kept: later ones have larger numbers."""

    seq: int
    execution: Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSummary:
    """All calls of one target, counted."""

    target: TargetName
    calls: int
    failures: int
    last: datetime


@dataclass(frozen=True, slots=True)
class History:
    """The open file. Every method may raise ``Unavailable``."""

    database: Database

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncGenerator[Self]:
        """Open the file, make it if need be, and bring it up to date.

        Raises:
            Unavailable: It cannot be opened, is damaged, or is of a newer version.
        """
        async with Database.open(path, _KIND) as database:
            yield cls(database)

    async def add(self, executions: Sequence[Execution]) -> int:
        """Keep calls, all or none; those with an id that is known are passed over.

        Returns:
            How many were new.

        Raises:
            InvalidInput: A value is not one that JSON with tags can hold.
        """
        async with self.database.transaction() as statements:
            return await statements.many(INSERT, inserted(executions))

    async def get(self, wanted: ExecutionId) -> Execution:
        """The call with this id.

        Raises:
            NotFound: There is none.
        """
        rows = await self.database.glance(queries.BY_ID, put_text(wanted))
        if not rows:
            raise _unknown(wanted)
        return execution(rows[0])

    async def label(self, wanted: ExecutionId, *, expected: Encoded, known: bool) -> Execution:
        """Note that a call answered wrongly, and the right answer where it is known.

        Raises:
            NotFound: There is none with this id.
        """
        async with self.database.transaction() as statements:
            rows = await statements.fetch(
                queries.LABEL, put_text(wanted), known, put_value(expected)
            )
        if not rows:
            raise _unknown(wanted)
        return execution(rows[0])

    async def recent(
        self,
        target: TargetName,
        *,
        outcomes: Collection[Outcome] | None = None,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[Row, ...]:
        """Calls of a target, those kept last first; ``before`` is the number to go on from."""
        rows = await self.database.glance(
            *queries.recent(target, outcomes=outcomes, since=since, before=before, limit=limit)
        )
        return tuple(Row(seq=row[0], execution=execution(row[1:])) for row in rows)

    async def after(self, target: TargetName, seq: int, *, limit: int) -> tuple[Row, ...]:
        """Calls of a target with larger numbers, those kept first first."""
        rows = await self.database.glance(queries.AFTER, put_text(target), put_bound(seq), limit)
        return tuple(Row(seq=row[0], execution=execution(row[1:])) for row in rows)

    async def distinct(
        self,
        target: TargetName,
        *,
        outcomes: Collection[Outcome],
        limit: int,
        since: datetime | None = None,
    ) -> tuple[Execution, ...]:
        """Of each distinct call that was kept whole the one kept last, newest first."""
        rows = await self.database.glance(
            *queries.distinct(target, outcomes=outcomes, since=since, limit=limit)
        )
        return tuple(execution(row) for row in rows)

    async def series(self, target: TargetName, *, since: datetime, limit: int) -> Series:
        """The newest calls of a target since a time, the oldest first."""
        rows = await self.database.glance(queries.SERIES, put_text(target), put_time(since), limit)
        rows.reverse()
        return Series(
            target=target,
            at=tuple(get_time(at) for at, _, _, _ in rows),
            failed=tuple(Outcome(outcome).failed for _, outcome, _, _ in rows),
            seconds=tuple(get_real(seconds) for _, _, seconds, _ in rows),
            fingerprints=tuple(get_text(fingerprint) for _, _, _, fingerprint in rows),
        )

    async def summaries(self) -> tuple[TargetSummary, ...]:
        """Every target that was ever called, in the order of their names."""
        return tuple(
            TargetSummary(
                target=TargetName(get_text(target)),
                calls=calls,
                failures=failures,
                last=get_time(last),
            )
            for target, calls, failures, last in await self.database.glance(queries.SUMMARIES)
        )

    async def last_seq(self) -> int:
        """The number of the call kept last; zero where there is none."""
        rows = await self.database.glance("SELECT coalesce(max(seq), 0) FROM executions")
        return int(rows[0][0])

    async def matching_ids(self, prefix: str, limit: int) -> tuple[ExecutionId, ...]:
        """The ids that begin so, in order."""
        rows = await self.database.glance(queries.MATCHING_IDS, put_text(prefix), limit)
        return tuple(ExecutionId(get_text(row[0])) for row in rows)


def _unknown(wanted: ExecutionId) -> NotFound:
    return NotFound(
        f"There is no execution {wanted!r}.",
        hint="The history of its target lists the ids.",
    )
