"""``state.db``: everything that must not be lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from mendloop.model.ids import Digest
from mendloop.model.token import Token
from mendloop.noun import dataclass
from mendloop.store.approvals import Approvals
from mendloop.store.audit import Audit
from mendloop.store.columns import put_time
from mendloop.store.counts import Counts
from mendloop.store.deployments import Deployments
from mendloop.store.diagnoses import Diagnoses
from mendloop.store.files import Files
from mendloop.store.incidents import Incidents
from mendloop.store.lessons import Lessons
from mendloop.store.overview import OVERVIEW, Overview, overview_of
from mendloop.store.proposals import Proposals
from mendloop.store.references import References
from mendloop.store.reports import Reports
from mendloop.store.spent import SpentTable
from mendloop.store.sqlite import Database, Kind, Statements
from mendloop.store.standings import Standings
from mendloop.store.stop import Stop
from mendloop.store.tokens import EVER, FIND, Tokens, token_of
from mendloop.store.versions import Versions
from mendloop.store.watches import Watches

_KIND: Final = Kind(
    migrations="state",
    # A rollback journal whose folder is synced too: what was committed outlives a power cut.
    journal_mode="delete",
    pragmas=(
        "synchronous = EXTRA",
        "fullfsync = ON",
        "foreign_keys = ON",
        "trusted_schema = OFF",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables, for as long as one block of reading or writing lasts."""

    incidents: Incidents
    diagnoses: Diagnoses
    proposals: Proposals
    reports: Reports
    approvals: Approvals
    standings: Standings
    deployments: Deployments
    watches: Watches
    versions: Versions
    files: Files
    references: References
    lessons: Lessons
    audit: Audit
    stop: Stop
    spent: SpentTable
    counts: Counts
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class State:
    """The open file."""

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

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tables]:
        """Write: all of the block is kept, or nothing. One at a time on the whole machine.

        Await nothing in it but the tables: everybody else waits meanwhile.

        Raises:
            Unavailable: Another process holds the file, or the disk does not work. After a commit
                that failed so, only the file knows whether it took place: read it again.
        """
        async with self.database.transaction() as statements:
            yield _tables(statements)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Tables]:
        """Read, as the file stood at the first query. Open no transaction in it.

        Raises:
            Unavailable: The file is locked for long, or damaged.
        """
        async with self.database.reading() as statements:
            yield _tables(statements)

    async def overview(self, *, hour_ago: datetime, day_ago: datetime) -> Overview:
        """The state at a glance.

        Raises:
            Unavailable: The file is locked for long, or damaged.
        """
        rows = await self.database.glance(OVERVIEW, put_time(hour_ago), put_time(day_ago))
        return overview_of(rows)

    async def token(self, digest: Digest) -> Token | None:
        """The token of this digest, in force or not; in one hop, for every request asks.

        Raises:
            Unavailable: The file is locked for long, or damaged.
        """
        return token_of(await self.database.glance(FIND, digest))

    async def tokens_ever(self) -> bool:
        """Whether a token was ever made.

        Raises:
            Unavailable: The file is locked for long, or damaged.
        """
        return bool((await self.database.glance(EVER))[0][0])


def _tables(statements: Statements) -> Tables:
    return Tables(
        incidents=Incidents(statements),
        diagnoses=Diagnoses(statements),
        proposals=Proposals(statements),
        reports=Reports(statements),
        approvals=Approvals(statements),
        standings=Standings(statements),
        deployments=Deployments(statements),
        watches=Watches(statements),
        versions=Versions(statements),
        files=Files(statements),
        references=References(statements),
        lessons=Lessons(statements),
        audit=Audit(statements),
        stop=Stop(statements),
        spent=SpentTable(statements),
        counts=Counts(statements),
        tokens=Tokens(statements),
    )
