"""Numbered migrations: files that are never edited once released."""

import sqlite3
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import aiosqlite
import anyio

from mendloop.errors import Unavailable


async def migrate(connection: aiosqlite.Connection, folder: str, path: Path) -> None:
    """Apply what a file lacks, each in one transaction with the row that records it.

    Several processes may do so at once: each looks again once it holds the lock.

    Raises:
        Unavailable: The file was made by a newer version, or by another program.
    """
    scripts = _scripts(folder)
    if await _done(connection, scripts, path) == scripts.keys():
        return
    for name, script in scripts.items():
        with anyio.CancelScope(shield=True):
            await connection.execute_fetchall("BEGIN IMMEDIATE")
            try:
                if name not in await _done(connection, scripts, path):
                    await _apply(connection, name, script)
                await connection.execute_fetchall("COMMIT")
            except BaseException:
                await connection.rollback()
                raise


async def _apply(connection: aiosqlite.Connection, name: str, script: str) -> None:
    await connection.execute_fetchall(
        "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY NOT NULL) STRICT"
    )
    for statement in _statements(script):
        await connection.execute_fetchall(statement)
    await connection.execute_fetchall("INSERT INTO migrations (name) VALUES (?)", (name,))


async def _done(
    connection: aiosqlite.Connection, scripts: Mapping[str, str], path: Path
) -> set[str]:
    tables = await _names(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")
    if not tables:
        return set()
    if "migrations" not in tables:
        raise Unavailable(
            f"{path} is a database of another program.",
            hint="Name another data folder, or move the file away.",
        )
    done = await _names(connection, "SELECT name FROM migrations")
    if unknown := sorted(done - scripts.keys()):
        raise Unavailable(
            f"{path} was made by a newer version of Mendloop ({', '.join(unknown)} is unknown).",
            hint="Install that version or a later one, or name another data folder.",
        )
    return done


async def _names(connection: aiosqlite.Connection, sql: str) -> set[str]:
    rows = cast("list[tuple[Any, ...]]", await connection.execute_fetchall(sql))
    return {str(name) for (name,) in rows}


def _scripts(folder: str) -> dict[str, str]:
    nodes = (files("mendloop.store") / "migrations" / folder).iterdir()
    scripts = {node.name: node.read_text(encoding="utf-8") for node in nodes}
    return {name: scripts[name] for name in sorted(scripts) if name.endswith(".sql")}


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
