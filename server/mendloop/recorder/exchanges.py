"""The HTTP exchanges of a call, through vcrpy, where the user's interpreter has it.

vcrpy puts its own connections in the place of those of the libraries, for the whole process. That
is done while at least one call keeps its exchanges, and each exchange goes to the call that its
context belongs to; what nobody asked for passes through. Nothing that identifies somebody is kept:
no header of what was asked, no parameter with a telling name, no cookie.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
import threading
from collections.abc import Generator
from typing import Any, Optional
from urllib.parse import SplitResult, parse_qsl, quote_plus, urlsplit, urlunsplit

from mendloop.recorder.patterns import likely_key, sure_key
from mendloop.recorder.view import ACTIVE, MOST_EXCHANGES, View, text_or_bytes

_KIND = "network"
_MOST_ASKED = 16 * 1024
"""Bytes of a body that is sent."""
_MOST_URI = 4_000
_MOST_HEADERS = 60
_MOST_HEADER = 2_000
_PRIVATE = frozenset({"set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate"})
_HOPS = frozenset({"connection", "transfer-encoding", "content-encoding", "content-length"})
"""Of the connection and of how the body was sent; it is kept as it was meant."""


class _Patches:
    """What of the process passes through vcrpy, and for how many calls."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.watched = False
        self.calls = 0
        self.stack: Optional[contextlib.ExitStack] = None


_PATCHES = _Patches()
_inside = threading.local()
"""Whether vcrpy itself is at work in this thread: it takes its connections out meanwhile, and what
other threads ask just then goes past it."""
_active = ACTIVE.get


def begin() -> bool:
    """Have exchanges pass by here; false where vcrpy is not installed."""
    try:
        vcr: Any = importlib.import_module("vcr.cassette")
        patch: Any = importlib.import_module("vcr.patch")
    except ImportError:
        return False
    with _PATCHES.lock:
        if not _PATCHES.watched:
            _PATCHES.watched = True
            patch.force_reset = _telling(patch.force_reset)
            sys.addaudithook(_hook)
        if _PATCHES.stack is None:
            logging.getLogger("vcr").setLevel(logging.WARNING)
            stack = contextlib.ExitStack()
            for patcher in patch.CassettePatcherBuilder(_passing(vcr)).build():
                stack.enter_context(patcher)
            _PATCHES.stack = stack
        _PATCHES.calls += 1
    return True


def end() -> None:
    """Let exchanges go their own way again, once no call wants them. Never raises."""
    with _PATCHES.lock, contextlib.suppress(Exception):
        _PATCHES.calls -= 1
        stack = _PATCHES.stack
        if _PATCHES.calls == 0 and stack is not None:
            _PATCHES.stack = None
            stack.close()


def _hook(event: str, _arguments: tuple[Any, ...]) -> None:
    """Find out what goes past vcrpy. A hook stays for ever, so it looks at little."""
    if event != "http.client.send":
        return
    view = _active()
    if view is not None and view.patched and not getattr(_inside, "depth", 0):
        view.lose(_KIND, "another call asked at the same time")


def _telling(force_reset: Any) -> Any:
    """What vcrpy takes its connections out with, known to be at work."""

    @contextlib.contextmanager
    def telling() -> Generator[None, None, None]:
        _inside.depth = getattr(_inside, "depth", 0) + 1
        try:
            with force_reset():
                yield
        finally:
            _inside.depth -= 1

    return telling


def _passing(vcr: Any) -> Any:
    """A cassette that plays nothing, and hands each exchange to the call that made it."""

    def append(_cassette: Any, request: Any, response: Any) -> None:
        view = ACTIVE.get()
        if view is None or _KIND in view.lost or _KIND not in view.wanted:
            return
        token = ACTIVE.set(None)
        try:
            _keep(view, request, response)
        except Exception as error:
            view.lose(_KIND, type(error).__name__)
        finally:
            ACTIVE.reset(token)

    def plays(_cassette: Any, _request: Any) -> bool:
        return False

    kind = type("Passing", (vcr.Cassette,), {"append": append, "can_play_response_for": plays})
    return kind("mendloop", record_mode=vcr.RecordMode.ALL)


def _keep(view: View, request: Any, response: Any) -> None:
    if len(view.exchanges) >= MOST_EXCHANGES:
        view.lose(_KIND, f"it made more than {MOST_EXCHANGES} exchanges")
        return
    whole = _decoded(response)
    body = whole["body"]["string"]
    answer = body.encode() if isinstance(body, str) else bytes(body or b"")
    uri, hidden = _uri(str(request.uri))
    asked = _asked(request.body)
    if len(uri) > _MOST_URI or not view.spend(_KIND, len(answer) + len(uri)):
        view.lose(_KIND, "it asked for more than is kept")
        return
    exchange = {
        "method": str(request.method),
        "uri": uri,
        "status": int(whole["status"]["code"]),
        "reason": str(whole["status"].get("message") or "")[:200],
        "headers": _headers(whole["headers"]),
        "answer": text_or_bytes(answer),
    }
    if asked is not None:
        exchange["asked"] = asked
    if hidden:
        exchange["hidden"] = hidden
    view.exchanges.append(exchange)


def _decoded(response: Any) -> Any:
    """A response whose body is not compressed, so that secrets in it can be seen."""
    filters: Any = importlib.import_module("vcr.filters")
    return filters.decode_response(response)


def _asked(body: Any) -> Any:
    """The body that was sent, or that it cannot be kept; ``None`` is none."""
    if body is None or body in {b"", ""}:
        return None
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, (bytes, bytearray)) or len(body) > _MOST_ASKED:
        return {"$opaque": "not kept"}
    return text_or_bytes(bytes(body))


def _uri(uri: str) -> tuple[str, list[str]]:
    """An address without what identifies somebody, and the names of the parameters left out."""
    parts = urlsplit(uri)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    hidden = sorted({name for name, _ in pairs if sure_key(name) or likely_key(name)})
    host = parts.netloc.rpartition("@")[2]
    if not hidden:
        return urlunsplit(SplitResult(parts.scheme, host, parts.path, parts.query, "")), []
    kept = "&".join(
        f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs if name not in hidden
    )
    return urlunsplit(SplitResult(parts.scheme, host, parts.path, kept, "")), hidden


def _listed(values: Any) -> Any:
    """The values of a header, which may be one."""
    return [values] if isinstance(values, (str, bytes)) else values


def _headers(headers: Any) -> list[list[str]]:
    """The headers of an answer that a tool may look at."""
    kept: list[list[str]] = []
    every: dict[Any, Any] = dict(headers)
    for name, values in every.items():
        low = str(name).lower()
        if low in _PRIVATE or low in _HOPS or sure_key(low) or likely_key(low):
            continue
        kept.extend([str(name), str(value)[:_MOST_HEADER]] for value in _listed(values))
    return kept[:_MOST_HEADERS]
