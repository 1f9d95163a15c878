"""Make and revoke bearer tokens: a person's business, on the command line alone."""

import re
import secrets
from datetime import timedelta
from typing import Final

from mendloop.app.doorkeeper import digest_of_secret
from mendloop.app.ports import Clock
from mendloop.app.resource import check_url
from mendloop.app.service import service
from mendloop.errors import Conflict, InvalidInput, NotFound
from mendloop.model.token import Role, Token
from mendloop.store.state import State

PREFIX: Final = "mendloop_"
"""By which scanners for secrets know one that was left lying about."""
_BYTES: Final = 32
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@service
class TokenMaker:
    """Keeps the tokens, and the audit log of them."""

    state: State
    clock: Clock

    async def new(
        self, name: str, role: Role, *, lasts: timedelta | None, resource: str = "", by: str
    ) -> tuple[Token, str]:
        """Make one.

        Args:
            name: By which the records will know its bearer.
            role: What its bearer may do.
            lasts: How long it is good; ``None`` for ever.
            resource: The URL of the one server that it is for; empty for any of the workspace.
            by: Who makes it.

        Returns:
            It, and its secret, which is nowhere else.

        Raises:
            InvalidInput: The name or the URL is not acceptable.
            Conflict: Another one in force has the name.
        """
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{name[:80]!r} cannot name a token.",
                hint="Use lower-case letters, digits, dots, dashes and underscores: ci-bot.",
            )
        check_url(resource)
        now, secret = self.clock.now(), PREFIX + secrets.token_urlsafe(_BYTES)
        token = Token(
            name=name,
            role=role,
            digest=digest_of_secret(secret),
            at=now,
            by=by,
            expires=None if lasts is None else now + lasts,
            resource=resource,
        )
        async with self.state.transaction() as tables:
            if await tables.tokens.named(name) is not None:
                raise Conflict(
                    f"There is a token {name} already.",
                    hint=f"Choose another name, or `mendloop tokens revoke {name}` first.",
                )
            await tables.tokens.add(token)
            await tables.audit.append(
                "token_made",
                {
                    "name": name,
                    "role": role.value,
                    "expires": None if token.expires is None else token.expires.isoformat(),
                    "resource": resource,
                    "by": by,
                },
                at=now,
            )
        return token, secret

    async def all(self) -> tuple[Token, ...]:
        """Every token that was ever made, the newest first."""
        async with self.state.reading() as tables:
            return await tables.tokens.page()

    async def revoke(self, name: str, *, by: str) -> Token:
        """Let one open nothing any more, from this moment, in every server.

        Raises:
            NotFound: There is none of that name that is not revoked.
        """
        now = self.clock.now()
        async with self.state.transaction() as tables:
            token = await tables.tokens.named(name)
            if token is None:
                raise NotFound(
                    f"There is no token {name[:80]!r} that could be revoked.",
                    hint="`mendloop tokens list` names them.",
                )
            await tables.tokens.revoke(token.digest, at=now)
            await tables.audit.append(
                "token_revoked", {"name": name, "role": token.role.value, "by": by}, at=now
            )
        return token
