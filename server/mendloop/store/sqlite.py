"""One SQLite file: how it is opened, read, and written to."""

import sqlite3
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self, TypeAlias, cast, final

import aiosqlite
import anyio
import anyio.to_thread

from mendloop.errors import Unavailable
from mendloop.noun import dataclass
from mendloop.store.failures import plainly, primary_code
from mendloop.store.migrate import migrate

Row: TypeAlias = tuple[Any, ...]
"""One row, in the order of the columns asked for."""
Parameter: TypeAlias = str | int | float | bytes | None
"""What a column can hold."""

_PATIENCE: Final = 10.0
"""Seconds that a statement waits for another process."""
_PAUSE: Final = 0.05
"""Seconds between two tries where SQLite does not wait by itself."""
_MOST_READERS: Final = 4


def library_version() -> str:
    """Of the SQLite that runs in this process."""
    return sqlite3.sqlite_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What sort of file it is."""

    migrations: str
    """The folder of its migrations."""
    journal_mode: str
    pragmas: tuple[str, ...]
    """For every connection."""


@final
class Statements:
    """Runs statements inside one block of reading or writing, and not after it."""

    __slots__ = ("_connection", "_over")

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._over = False

    async def fetch(self, sql: str, *parameters: Parameter) -> list[Row]:
        """Run one statement, and give all of its rows."""
        return cast("list[Row]", await self._alive().execute_fetchall(sql, parameters))

    async def first(self, sql: str, *parameters: Parameter) -> Row | None:
        """Run one statement, and give its first row."""
        rows = await self.fetch(sql, *parameters)
        return rows[0] if rows else None

    async def many(self, sql: str, rows: Iterable[tuple[Parameter, ...]]) -> int:
        """Run one statement for each row, in the thread of the connection.

        Returns:
            How many rows of the table were changed.
        """
        return (await self._alive().executemany(sql, rows)).rowcount

    def end(self) -> None:
        """Run no more: after its transaction a statement would be kept whatever follows."""
        self._over = True

    def _alive(self) -> aiosqlite.Connection:
        if self._over:
            raise RuntimeError("the transaction of these tables has ended")
        return self._connection


@final
class Database:
    """An open file: one connection that writes, and others that only read.

    A connection runs what it is given one after the other in a thread of its own, also when nobody
    waits for the answer any more. So a rollback always comes after the statement that was
    cancelled, and the next transaction after both.
    """

    _writer: aiosqlite.Connection
    _glance: aiosqlite.Connection

    def __init__(self, path: Path, kind: Kind) -> None:
        self._path = path
        self._kind = kind
        self._one_writer = anyio.Lock()
        self._readers = anyio.Semaphore(_MOST_READERS)
        self._idle: list[aiosqlite.Connection] = []
        self._connections: list[aiosqlite.Connection] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, kind: Kind) -> AsyncGenerator[Self]:
        """Open the file, make it if need be, and apply the migrations it lacks.

        Raises:
            Unavailable: It cannot be opened, is damaged, or is of a newer version.
        """
        database = cls(path, kind)
        try:
            with plainly(path):
                await anyio.to_thread.run_sync(_make, path)
                database._writer = await database._connect()
                await _set_journal_mode(database._writer, kind.journal_mode, path)
                await migrate(database._writer, kind.migrations, path)
                database._glance = await database._connect(query_only=True)
            yield database
        finally:
            with anyio.CancelScope(shield=True):
                for connection in database._connections:
                    await connection.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Statements]:
        """Commit when the block ends; roll back when it raises or is cancelled. One at a time.

        Raises:
            Unavailable: Another process holds the file, or the disk does not work. After a commit
                that failed so, only the file knows whether it took place.
        """
        async with self._one_writer:
            statements = Statements(self._writer)
            with plainly(self._path):
                try:
                    await self._writer.execute_fetchall("BEGIN IMMEDIATE")
                    yield statements
                    statements.end()
                    with anyio.CancelScope(shield=True):
                        await self._writer.execute_fetchall("COMMIT")
                except BaseException:
                    statements.end()
                    with anyio.CancelScope(shield=True):
                        await self._writer.rollback()
                    raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Statements]:
        """See the file as it stood at the first statement, on a connection of its own.

        Keep it short, and open no transaction in it: where the journal is not a WAL, a commit has
        to wait for the readers.

        Raises:
            Unavailable: The file is locked for long, or damaged.
        """
        async with self._readers:
            with plainly(self._path):
                connection = (
                    self._idle.pop() if self._idle else await self._connect(query_only=True)
                )
                statements = Statements(connection)
                try:
                    await connection.execute_fetchall("BEGIN DEFERRED")
                    yield statements
                finally:
                    statements.end()
                    with anyio.CancelScope(shield=True):
                        await connection.rollback()
                    self._idle.append(connection)

    async def glance(self, sql: str, *parameters: Parameter) -> list[Row]:
        """Run one query by itself, in one hop to a thread.

        Raises:
            Unavailable: The file is locked for long, or damaged.
        """
        with plainly(self._path):
            return cast("list[Row]", await self._glance.execute_fetchall(sql, parameters))

    async def _connect(self, *, query_only: bool = False) -> aiosqlite.Connection:
        pragmas = (*self._kind.pragmas, *(("query_only = ON",) if query_only else ()))
        connection = aiosqlite.connect(self._path, isolation_level=None, timeout=_PATIENCE)
        self._connections.append(connection)
        with anyio.CancelScope(shield=True):  # one half open would keep its thread for ever
            await connection
            for pragma in pragmas:
                await connection.execute_fetchall(f"PRAGMA {pragma}")
        return connection


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be made ({error.strerror}).",
            hint="Name a data folder that you may write to.",
        ) from error
    # What cannot be opened fails here, and not in a connection's thread, which would stay behind.
    sqlite3.connect(path).close()


async def _set_journal_mode(connection: aiosqlite.Connection, mode: str, path: Path) -> None:
    found = await _patiently(connection, f"PRAGMA journal_mode = {mode}")
    if found != [(mode,)]:
        raise Unavailable(
            f"{path} cannot be used with journal mode {mode}, but with {found[0][0]} only.",
            hint="Name a data folder on a local disk.",
        )


async def _patiently(connection: aiosqlite.Connection, sql: str) -> list[Row]:
    # SQLite does not wait by itself here: several servers that start at once would fail.
    tries = int(_PATIENCE / _PAUSE)
    while True:
        try:
            return cast("list[Row]", await connection.execute_fetchall(sql))
        except sqlite3.OperationalError as error:
            if not tries or primary_code(error) != sqlite3.SQLITE_BUSY:
                raise
        tries -= 1
        await anyio.sleep(_PAUSE)
