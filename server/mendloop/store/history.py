"""``history.db``: every recorded call, by the million, and what is counted of them."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, Self

import anyio.from_thread

from mendloop.errors import NotFound
from mendloop.model.execution import Execution, Outcome, Series
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.rollup import Mark, Quarantined
from mendloop.model.value import Encoded
from mendloop.noun import dataclass
from mendloop.store import quarantine as aside
from mendloop.store import queries
from mendloop.store.columns import get_text, put_bound, put_text, put_value
from mendloop.store.counted import Counted
from mendloop.store.distinct import distinct
from mendloop.store.executions import bodies, execution
from mendloop.store.interned import Names
from mendloop.store.keep import Batch, keep
from mendloop.store.labels import label
from mendloop.store.reads import few_since, read_series
from mendloop.store.rebuilding import rebuild, rebuild_if_stale
from mendloop.store.retention import Compacted, Retention, compacting, one_step
from mendloop.store.sqlite import Database, Kind
from mendloop.store.writer import Writer

_PRAGMAS: Final = (
    "auto_vacuum = INCREMENTAL",
    "synchronous = NORMAL",
    "trusted_schema = OFF",
    "journal_size_limit = 67108864",
)
_TO_WRITE: Final = (
    *_PRAGMAS,
    # The index of the ids is written to all over: what of it does not fit is read again and again.
    "cache_size = -49152",
    # Pages are written to the log many times, to the file once.
    "wal_autocheckpoint = 8000",
)
_KIND: Final = Kind(
    migrations="history",
    # Readers never wait; a power cut may cost the last moments, but never an older call.
    journal_mode="wal",
    pragmas=_PRAGMAS,
)


class Progress(Protocol):
    """Where long work says how far it has come."""

    async def __call__(self, done: float, total: float, message: str) -> None:
        """Note one step."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One execution, and the number under which it was kept: later ones have larger numbers."""

    seq: int
    execution: Execution


@dataclass(frozen=True, slots=True)
class History(Counted):
    """The open file. Every method may raise ``Unavailable``."""

    path: Path
    writer: Writer
    names: Names

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncGenerator[Self]:
        """Open the file, make it if need be, and bring it up to date.

        Raises:
            Unavailable: It cannot be opened, is damaged, or is of a newer version.
        """
        async with (
            Database.open(path, _KIND) as database,
            Writer.open(path, _TO_WRITE) as writer,
        ):
            if (await database.glance("SELECT stale FROM ledger"))[0][0]:
                await writer.transact(rebuild_if_stale)
            yield cls(database, path, writer, Names())

    async def add(self, executions: Sequence[Execution]) -> int:
        """Keep calls, all or none.

        Of two records of one call (those with one id) the one whose source saw more is kept, in
        the place of the first; a label on it stays.

        Returns:
            How many were new.

        Raises:
            InvalidInput: A value is not one that JSON with tags can hold.
        """
        return await self.ingest(executions, mark=None) or 0

    async def ingest(
        self,
        executions: Sequence[Execution],
        *,
        mark: Mark | None,
        quarantined: Sequence[Quarantined] = (),
    ) -> int | None:
        """Keep calls as ``add`` does, and with them how far their file has been read.

        Returns:
            How many were new; ``None``, with nothing kept, where the file has not been read as far
            as ``mark.before`` says, but less, or by another process further.

        Raises:
            InvalidInput: A value is not one that JSON with tags can hold.
        """
        batch = Batch(
            executions=executions,
            bodies=list(bodies(executions)),
            mark=mark,
            quarantined=quarantined,
        )
        kept = await self.writer.transact(lambda connection: keep(connection, batch, self.names))
        if kept is None:
            return None
        new, found = kept
        self.names.learn(found)
        return new

    async def marks(self) -> Mapping[str, int]:
        """How many bytes of each file have been read, by its name."""
        return {get_text(name): at for name, at in await self.database.glance(aside.MARKS)}

    async def forget(self, name: str) -> None:
        """Let go of the mark of a file that is gone."""
        await self.writer.transact(lambda db: db.execute(aside.FORGET, (put_text(name),)))

    async def quarantine(
        self, *, limit: int, before: int | None = None
    ) -> tuple[tuple[int, Quarantined], ...]:
        """Records that could not be read with their numbers, the newest first.

        Args:
            limit: How many.
            before: The number to go on from.
        """
        bound = put_bound(before if before is not None else 2**63 - 1)
        rows = await self.database.glance(aside.PAGE, bound, limit)
        return tuple(aside.quarantined(row) for row in rows)

    async def quarantined(self) -> int:
        """How many records are kept aside."""
        return int((await self.database.glance(aside.COUNT))[0][0])

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
        text = put_value(expected) if known else None

        if not await self.writer.transact(lambda db: label(db, wanted, text)):
            raise _unknown(wanted)
        return await self.get(wanted)

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
        few = since is not None and await few_since(self.database, target, since)
        rows = await self.database.glance(
            *queries.recent(
                target, outcomes=outcomes, since=since, before=before, limit=limit, few=few
            )
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
        """Of each distinct call that was kept whole the one kept last, newest first.

        Failures are looked for among all that are kept, successful calls among the newest 20,000
        calls of the target.
        """
        return await distinct(self.database, target, outcomes=outcomes, limit=limit, since=since)

    async def series(self, target: TargetName, *, since: datetime, limit: int) -> Series:
        """The newest calls of a target since a time, the oldest first."""
        return await read_series(self.database, target, since, limit)

    async def rebuild(self, progress: Progress | None = None) -> None:
        """Make all rollups anew from the calls, in one transaction: others wait with writing.

        Raises:
            Refused: Calls were removed by ``compact``: the rollups are the only record of them.
        """

        def note(done: int, total: int) -> None:
            if progress is not None:
                anyio.from_thread.run(progress, done, total, "counting the calls anew")

        await self.writer.transact(lambda connection: rebuild(connection, note))

    async def compact(
        self, retention: Retention, *, now: datetime, dry_run: bool = False
    ) -> Compacted:
        """Remove old calls; what was counted of them stays.

        Of each target the newest 2,000 calls stay, the newest failures and at least three of each
        kind, a sample of distinct calls that can be replayed, and what was labelled with the right
        answer. Others write meanwhile; it may be killed at any point, and goes on the next time.
        """
        async with Writer.open(self.path, _PRAGMAS) as own:
            steps = await own.run(lambda db: compacting(db, retention, now=now, dry_run=dry_run))
            while (done := await own.run(lambda _: one_step(steps))) is None:
                pass
            return done

    async def last_seq(self) -> int:
        """The number of the call kept last; zero where there is none."""
        rows = await self.database.glance(queries.LAST_SEQ)
        return int(rows[0][0])

    async def called_after(self, seq: int) -> tuple[TargetName, ...]:
        """The targets of the calls with larger numbers, in the order of their names."""
        rows = await self.database.glance(queries.CALLED_AFTER, put_bound(seq))
        return tuple(TargetName(get_text(row[0])) for row in rows)

    async def matching_ids(self, prefix: str, limit: int) -> tuple[ExecutionId, ...]:
        """The ids that begin so, in order."""
        rows = await self.database.glance(queries.MATCHING_IDS, put_text(prefix), limit)
        return tuple(ExecutionId(get_text(row[0])) for row in rows)


def _unknown(wanted: ExecutionId) -> NotFound:
    return NotFound(
        f"There is no execution {wanted!r}.",
        hint="The history of its target lists the ids.",
    )
