"""How the door says no: a status, the header that goes with it, and what to do."""

import json
from collections.abc import Mapping
from math import ceil
from typing import Final

from starlette.responses import Response

from mendloop.core.governance.roles import Leave, least
from mendloop.interfaces.mcp.bearer import Who

_MAKE: Final = "`mendloop tokens new NAME --role {role}` makes one."


def unknown(metadata: str, *, given: bool) -> Response:
    """401: no token, or one that opens nothing (RFC 6750)."""
    error = ', error="invalid_token"' if given else ""
    description = (
        "The token is unknown, revoked, has run out, or is for another server."
        if given
        else "A bearer token is needed: Authorization: Bearer TOKEN."
    )
    return _refusal(
        401,
        "invalid_token",
        f"{description} {_MAKE.format(role='agent')}",
        {"WWW-Authenticate": f'Bearer realm="mendloop"{error}, resource_metadata="{metadata}"'},
    )


def malformed(why: str) -> Response:
    """400: it cannot be told who asks."""
    challenge = 'Bearer realm="mendloop", error="invalid_request"'
    return _refusal(400, "invalid_request", why, {"WWW-Authenticate": challenge})


def large(most: int) -> Response:
    """431: more in the head than anybody needs."""
    return _refusal(431, "invalid_request", f"The headers have {most} bytes at most.", {})


def forbidden(who: Who, leave: Leave) -> Response:
    """403: known, but of a role that may not."""
    role = least(leave).value
    challenge = f'Bearer realm="mendloop", error="insufficient_scope", scope="{leave.value}"'
    return _refusal(
        403,
        "insufficient_scope",
        f"This needs a token of the role {role}; {who.name} is of the role {who.role.value}. "
        + _MAKE.format(role=role),
        {"WWW-Authenticate": challenge},
    )


def too_many(what: str, wait: float) -> Response:
    """429: later."""
    return _refusal(429, "too_many_requests", what, {"Retry-After": str(max(1, ceil(wait)))})


def shut(why: str) -> Response:
    """503: the tokens cannot be read, and nobody comes in unread."""
    return _refusal(503, "unavailable", why, {"Retry-After": "5"})


def _refusal(status: int, error: str, description: str, headers: Mapping[str, str]) -> Response:
    body = json.dumps({"error": error, "error_description": description})
    return Response(body, status, dict(headers), "application/json")
