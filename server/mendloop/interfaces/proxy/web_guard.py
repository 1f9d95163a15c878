"""Who may speak to the HTTP proxy: a page in a browser may not, nor a stranger on the network.

The token stands in ``Proxy-Authorization``, which is for a proxy and ends there: ``Authorization``
belongs to the server behind.
"""

from collections.abc import Collection, Mapping

from mendloop.interfaces.listening.binding import authorities
from mendloop.interfaces.listening.token import Bearer
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class Denied:
    """A request is not let through."""

    status: int
    reason: str


class Guard:
    """Looks at the head of each request, before its body is read."""

    def __init__(self, host: str, port: int, names: Collection[str], token: str | None) -> None:
        self._hosts = {name.lower() for name in authorities(host, port, names)}
        self._bearer = None if token is None else Bearer(token)

    def look(self, headers: Mapping[bytes, bytes]) -> Denied | None:
        """Why a request is not let through, where it is not."""
        if _text(headers.get(b"host", b"")) not in self._hosts:
            return Denied(421, "This is not the host that was asked for.")
        origin = headers.get(b"origin")
        if origin is not None and _text(origin) not in {f"http://{host}" for host in self._hosts}:
            return Denied(403, "Pages of other origins may not ask here.")
        given = headers.get(b"proxy-authorization", b"").decode("latin-1")
        if self._bearer is not None and not self._bearer.in_header(given):
            return Denied(407, "A bearer token is needed in Proxy-Authorization.")
        return None


def _text(header: bytes) -> str:
    return header.decode("latin-1").strip().lower()
