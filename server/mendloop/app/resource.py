"""How a server is named, as OAuth has its resources named (RFC 8707)."""

from urllib.parse import urlsplit

from mendloop.errors import InvalidInput


def check_url(url: str) -> None:
    """Refuse what cannot name a server, empty names none.

    Raises:
        InvalidInput: It is no absolute URL of HTTP, or has a query, a fragment or a user in it.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good, parts = False, urlsplit("")
    extra = parts.query or parts.fragment or "@" in parts.netloc
    if url and (not good or extra or not url.isascii() or not url.isprintable() or " " in url):
        raise InvalidInput(
            f"{url[:200]!r} names no server.", hint="Name one like https://mend.example.com/mcp."
        )
