"""Find records by the beginning of their id: a person types no whole one."""

from typing import Literal

from mendloop.store.columns import get_text, put_text
from mendloop.store.sqlite import Statements

_Table = Literal["calls", "deployments", "incidents", "proposals"]


def beginning(table: _Table) -> str:
    """The query for the ids of a table that begin so, in order: a prefix, and how many."""
    return (
        f"SELECT id FROM {table} WHERE id >= ?1 AND id < ?1 || char(1114111)"  # noqa: S608  names of ours
        " ORDER BY id LIMIT ?2"
    )


async def matching(
    statements: Statements, table: _Table, prefix: str, limit: int
) -> tuple[str, ...]:
    """The ids of a table that begin so, in order."""
    rows = await statements.fetch(beginning(table), put_text(prefix), limit)
    return tuple(get_text(row[0]) for row in rows)
