"""Standing approvals, as they were signed."""

from datetime import datetime
from typing import Final

from mendloop.errors import NotFound
from mendloop.model.ids import Digest
from mendloop.model.standing import StandingApproval, StandingId
from mendloop.noun import dataclass
from mendloop.store.columns import get_text, get_time, put_text, put_time
from mendloop.store.sqlite import Row, Statements

_SELECT: Final = (
    "SELECT id, author, signer, policy, at, expires, text, signature, revoked FROM standings"
)


@dataclass(frozen=True, slots=True)
class Standings:
    """The table of standing approvals, and the name of the records."""

    statements: Statements

    async def records(self) -> str:
        """The name of these records, made once at random."""
        row = await self.statements.first("SELECT name FROM records")
        return "" if row is None else get_text(row[0])

    async def add(self, given: StandingApproval) -> None:
        """Keep a new one."""
        await self.statements.fetch(
            "INSERT INTO standings (id, author, signer, policy, at, expires, text, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            put_text(given.id),
            put_text(given.by),
            put_text(given.key),
            put_text(given.policy),
            put_time(given.at),
            put_time(given.expires),
            put_text(given.text),
            put_text(given.signature),
        )

    async def revoke(self, wanted: StandingId, *, at: datetime) -> None:
        """Let one count no more; the first time is kept."""
        await self.statements.fetch(
            "UPDATE standings SET revoked = ? WHERE id = ? AND revoked IS NULL",
            put_time(at),
            put_text(wanted),
        )

    async def get(self, wanted: StandingId) -> StandingApproval:
        """The one with this id.

        Raises:
            NotFound: There is none.
        """
        row = await self.statements.first(f"{_SELECT} WHERE id = ?", put_text(wanted))
        if row is None:
            raise NotFound(
                f"There is no standing approval {wanted!r}.",
                hint="`mendloop standing` lists them.",
            )
        return _standing(row)

    async def all(self) -> tuple[StandingApproval, ...]:
        """All that were ever given, oldest first."""
        return tuple(
            _standing(row) for row in await self.statements.fetch(f"{_SELECT} ORDER BY seq")
        )

    async def live(self, now: datetime) -> tuple[StandingApproval, ...]:
        """Those that are neither revoked nor expired, oldest first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE revoked IS NULL AND expires > ? ORDER BY seq", put_time(now)
        )
        return tuple(_standing(row) for row in rows)


def _standing(row: Row) -> StandingApproval:
    name, author, signer, policy, at, expires, text, signature, revoked = row
    return StandingApproval(
        id=StandingId(get_text(name)),
        by=get_text(author),
        key=get_text(signer),
        policy=Digest(get_text(policy)),
        at=get_time(at),
        expires=get_time(expires),
        text=get_text(text),
        signature=get_text(signature),
        revoked=None if revoked is None else get_time(revoked),
    )
