"""Who a request is from: the SDK's verifier of bearer tokens, over the tokens that are known here.

The SDK's ``TokenVerifier`` and its check of the audience (RFC 8707) are used, and not the rest of
its OAuth: there is no authorization server, so that none is advertised. A client sends a header
that a person has put into its configuration.
"""

from typing import Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, BearerAuthBackend
from mcp.server.auth.provider import AccessToken, TokenVerifier
from pydantic import AnyHttpUrl
from starlette.requests import HTTPConnection
from starlette.types import Scope
from typing_extensions import override

from mendloop.app.doorkeeper import Doorkeeper
from mendloop.core.governance.roles import EVERYTHING, LEAVES, Leave
from mendloop.interfaces.listening.token import Bearer
from mendloop.model.token import Role, Token
from mendloop.noun import dataclass

MOST_HEADER: Final = 8_192
"""Characters of an Authorization header."""
STARTUP: Final = "startup"
"""The client and the name of the token that a server was started with."""


class Malformed(Exception):
    """The request does not say once, and readably, who it is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who a request is from."""

    client: str
    """Differs for different tokens, also of one name: a digest."""
    name: str
    role: Role
    bearer: str
    """As the records name them."""
    may: frozenset[Leave]


class Verifier(TokenVerifier):
    """Knows the one token of the start, and those that a person has made."""

    def __init__(self, startup: str | None, doorkeeper: Doorkeeper | None, resource: str) -> None:
        self._startup = None if startup is None else Bearer(startup)
        self._doorkeeper = doorkeeper
        self._resource = resource

    @override
    async def verify_token(self, token: str) -> AccessToken | None:
        """What a token stands for; its expiry is judged here, by the clock of the house.

        Raises:
            Unavailable: The tokens cannot be read.
        """
        given = token.strip()
        # both are asked, whatever the first one says: the time tells nothing
        startup = self._startup is not None and self._startup.same(given)
        known = None if self._doorkeeper is None else await self._doorkeeper.bearer(given)
        if known is not None:
            return self._access(known)
        if startup:
            return AccessToken(
                token="",
                client_id=STARTUP,
                scopes=sorted(EVERYTHING),
                resource=self._resource,
                subject="agent",
                claims={"name": STARTUP, "role": Role.AGENT.value},
            )
        return None

    def _access(self, token: Token) -> AccessToken:
        return AccessToken(
            token="",
            client_id=token.digest,
            scopes=sorted(LEAVES[token.role]),
            resource=token.resource or self._resource,
            subject=token.bearer,
            claims={"name": token.name, "role": token.role.value},
        )


class Identification:
    """Tells who a request is from, by the SDK's own backend."""

    def __init__(self, startup: str | None, doorkeeper: Doorkeeper | None, resource: str) -> None:
        self.has_startup = startup is not None
        self._backend = BearerAuthBackend(
            Verifier(startup, doorkeeper, resource), resource_server_url=AnyHttpUrl(resource)
        )

    async def user(self, scope: Scope) -> AuthenticatedUser | None:
        """The user that the SDK makes of a good token.

        Raises:
            Malformed: There are several Authorization headers, or one that is too long.
            Unavailable: The tokens cannot be read.
        """
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        if len(given) > 1:
            raise Malformed("There may be one Authorization header, not several.")
        if given and len(given[0]) > MOST_HEADER:
            raise Malformed(f"An Authorization header has {MOST_HEADER} characters at most.")
        found = await self._backend.authenticate(HTTPConnection(scope))
        return None if found is None else found[1]


def who_of(user: object) -> Who | None:
    """Who the user of a request is; ``None`` where nobody had to say."""
    if not isinstance(user, AuthenticatedUser):
        return None
    access = user.access_token
    claims = access.claims or {}
    return Who(
        client=access.client_id,
        name=str(claims["name"]),
        role=Role(claims["role"]),
        bearer=access.subject or "agent",
        may=frozenset(Leave(scope) for scope in access.scopes),
    )
