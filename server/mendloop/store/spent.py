"""What is used up of the limits; and numbers of which only the newest counts."""

from datetime import datetime
from enum import StrEnum

from mendloop.model.spend import Spending, Spent
from mendloop.noun import dataclass
from mendloop.store.columns import get_time, put_text, put_time
from mendloop.store.sqlite import Statements


class Mark(StrEnum):
    """What a number is of."""

    TOKENS_READ = "tokens_read"
    """Up to which execution of the history reported tokens are counted."""
    DISK_BYTES = "disk_bytes"
    """Of the state folder, when it was last measured."""
    CIRCUITS_CLOSED = "circuits_closed"
    """When a person has last closed every circuit, in microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class SpentTable:
    """The tables of what is spent, and of the marks."""

    statements: Statements

    async def add(self, what: Spending, spent: Spent, *, name: str) -> int:
        """Count something; gives its number."""
        rows = await self.statements.fetch(
            "INSERT INTO spent (what, at, amount, name) VALUES (?, ?, ?, ?) RETURNING seq",
            what.value,
            put_time(spent.at),
            spent.amount,
            put_text(name),
        )
        return int(rows[0][0])

    async def settle(self, number: int, amount: int) -> None:
        """Say how much it really was; nothing happens where it is forgotten."""
        await self.statements.fetch(
            "UPDATE spent SET amount = ? WHERE seq = ? RETURNING 1", amount, number
        )

    async def since(self, what: Spending, since: datetime) -> tuple[Spent, ...]:
        """All of one sort since a time, the oldest first."""
        rows = await self.statements.fetch(
            "SELECT at, amount FROM spent WHERE what = ? AND at >= ? ORDER BY at",
            what.value,
            put_time(since),
        )
        return tuple(Spent(get_time(at), amount) for at, amount in rows)

    async def forget(self, before: datetime) -> None:
        """Remove what no limit asks for any more."""
        for what in Spending:
            await self.statements.fetch(
                "DELETE FROM spent WHERE what = ? AND at < ? RETURNING 1",
                what.value,
                put_time(before),
            )

    async def mark(self, name: Mark) -> int:
        """The number kept under a name; 0 where there is none."""
        row = await self.statements.first("SELECT value FROM marks WHERE name = ?", name.value)
        return 0 if row is None else int(row[0])

    async def set_mark(self, name: Mark, value: int) -> None:
        """Keep a number instead of the one before."""
        await self.statements.fetch(
            "INSERT INTO marks (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value RETURNING 1",
            name.value,
            value,
        )
