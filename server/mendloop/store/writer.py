"""The connection that writes the history: whole transactions in one hop to a thread."""

import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, Self, TypeVar, final

import anyio
import anyio.to_thread

from mendloop.store.failures import plainly

_PATIENCE: Final = 10.0
"""Seconds that a statement waits for another process."""

P = ParamSpec("P")
T = TypeVar("T")


@final
class Writer:
    """Runs plain functions on one connection, one at a time.

    A function that has begun runs to its end, also when its caller is cancelled: it has done all
    or nothing by the time the caller hears of it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._one_at_a_time = anyio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, pragmas: Sequence[str]) -> AsyncGenerator[Self]:
        """Open a file that is there and up to date.

        Raises:
            Unavailable: It cannot be opened, or is damaged.
        """
        with plainly(path):
            connection = await anyio.to_thread.run_sync(_connect, path, pragmas)
        try:
            yield cls(path, connection)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(connection.close)

    async def transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function in one transaction: commit when it returns, roll back when it raises.

        Raises:
            Unavailable: Another process holds the file, or the disk does not work. After a commit
                that failed so, only the file knows whether it took place.
        """
        return await self.run(lambda connection: transacted(connection, work))

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function that sees to its transactions itself.

        Raises:
            Unavailable: Another process holds the file, or the disk does not work.
        """
        async with self._one_at_a_time:
            with plainly(self._path):
                return await anyio.to_thread.run_sync(work, self._connection)


def transacted(
    connection: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """What a function gives, run in a transaction that takes the write lock at once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = work(connection, *args, **kwargs)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return done


def _connect(path: Path, pragmas: Sequence[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=_PATIENCE, check_same_thread=False
    )
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection
