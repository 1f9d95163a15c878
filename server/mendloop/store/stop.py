"""Whether everything is stopped."""

from mendloop.model.stop import Stopped
from mendloop.noun import dataclass
from mendloop.store.columns import get_text, get_time, put_text, put_time
from mendloop.store.sqlite import Statements


@dataclass(frozen=True, slots=True)
class Stop:
    """The table of the one stop."""

    statements: Statements

    async def current(self) -> Stopped | None:
        """The stop in force, if any."""
        row = await self.statements.first("SELECT at, author, reason FROM stop")
        if row is None:
            return None
        at, author, reason = row
        return Stopped(at=get_time(at), by=get_text(author), reason=get_text(reason))

    async def set(self, stopped: Stopped) -> None:
        """Stop; a later stop takes the place of the one in force."""
        await self.statements.fetch(
            "INSERT INTO stop (one, at, author, reason) VALUES (1, ?, ?, ?)"
            " ON CONFLICT (one) DO UPDATE SET at = excluded.at, author = excluded.author,"
            " reason = excluded.reason",
            put_time(stopped.at),
            put_text(stopped.by),
            put_text(stopped.reason),
        )

    async def clear(self) -> None:
        """Go on."""
        await self.statements.fetch("DELETE FROM stop")
