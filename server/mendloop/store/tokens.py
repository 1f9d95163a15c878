"""Tokens: who may speak to the server over HTTP."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mendloop.model.ids import Digest
from mendloop.model.token import Role, Token
from mendloop.noun import dataclass
from mendloop.store.columns import get_text, get_time, put_text, put_time
from mendloop.store.sqlite import Row, Statements

_SELECT: Final = (
    "SELECT digest, name, role, at, author, expires, resource, used, revoked FROM tokens"
)
FIND: Final = f"{_SELECT} WHERE digest = ?"
"""By its digest: how long the look takes says something of the digest alone, which whoever guesses
cannot steer."""
EVER: Final = "SELECT EXISTS (SELECT 1 FROM tokens)"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The table of tokens."""

    statements: Statements

    async def add(self, token: Token) -> None:
        """Keep a new one; its name must not be that of another which is not revoked."""
        await self.statements.fetch(
            "INSERT INTO tokens (digest, name, role, at, author, expires, resource)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            token.digest,
            put_text(token.name),
            token.role.value,
            put_time(token.at),
            put_text(token.by),
            None if token.expires is None else put_time(token.expires),
            put_text(token.resource),
        )

    async def named(self, name: str) -> Token | None:
        """The one of this name that is not revoked."""
        return token_of(
            await self.statements.fetch(
                f"{_SELECT} WHERE name = ? AND revoked IS NULL", put_text(name)
            )
        )

    async def page(self) -> tuple[Token, ...]:
        """All of them, the newest first, the revoked ones too."""
        rows = await self.statements.fetch(f"{_SELECT} ORDER BY at DESC, name")
        return tuple(_token(row) for row in rows)

    async def revoke(self, digest: Digest, *, at: datetime) -> None:
        """Let it open nothing any more."""
        await self.statements.fetch(
            "UPDATE tokens SET revoked = ? WHERE digest = ?", put_time(at), digest
        )

    async def note_use(self, digest: Digest, *, day: datetime) -> None:
        """Note the day of its last use."""
        await self.statements.fetch(
            "UPDATE tokens SET used = ?1 WHERE digest = ?2 AND (used IS NULL OR used < ?1)",
            put_time(day),
            digest,
        )


def token_of(rows: Iterable[Row]) -> Token | None:
    """The answer to ``FIND``."""
    return next((_token(row) for row in rows), None)


def _token(row: Row) -> Token:
    digest, name, role, at, author, expires, resource, used, revoked = row
    return Token(
        digest=Digest(digest),
        name=get_text(name),
        role=Role(role),
        at=get_time(at),
        by=get_text(author),
        expires=_time(expires),
        resource=get_text(resource),
        used=_time(used),
        revoked=_time(revoked),
    )


def _time(kept: int | None) -> datetime | None:
    return None if kept is None else get_time(kept)
