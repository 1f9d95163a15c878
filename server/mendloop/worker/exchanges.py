"""Answers over HTTP that a recorded call got, played by vcrpy where the interpreter has it."""

from __future__ import annotations

import importlib
from typing import Any, Optional

from mendloop.worker import misses


class _Played:
    """What is answered to the case that runs."""

    __slots__ = ("left", "loose", "on")

    def __init__(self) -> None:
        self.on = False
        self.loose = False
        """Whether another address is answered, too: the first that is left of the method."""
        self.left: list[dict[str, Any]] = []
        """Exchanges that have not been played yet, in the order in which they were made."""


_NOW = _Played()
_INSTALLED: list[Any] = []


def install() -> None:
    """Have all that speaks HTTP ask here.

    Raises:
        ImportError: vcrpy is not installed.
    """
    vcr: Any = importlib.import_module("vcr.cassette")
    patch: Any = importlib.import_module("vcr.patch")
    importlib.import_module("logging").getLogger("vcr").setLevel("WARNING")
    kind = type(
        "Playing",
        (vcr.Cassette,),
        {
            "append": staticmethod(_ignore),
            "can_play_response_for": staticmethod(_known),
            "play_response": staticmethod(_play),
            "write_protected": False,  # where no case has its own world, the sandbox says no
        },
    )
    cassette = kind("mendloop", record_mode=vcr.RecordMode.NONE)
    for patcher in patch.CassettePatcherBuilder(cassette).build():
        patcher.__enter__()
        _INSTALLED.append(patcher)


def _ignore(_request: Any, _response: Any) -> None:
    """Nothing is recorded here."""


def begin(recorded: list[dict[str, Any]], *, loose: bool) -> None:
    """Answer with these."""
    _NOW.loose = loose
    _NOW.left = list(recorded)
    _NOW.on = True


def clear() -> None:
    """Answer with none."""
    _NOW.left = []
    _NOW.on = False


def _addresses() -> Any:
    """What takes an address apart; vcrpy has loaded it."""
    return importlib.import_module("urllib.parse")


def _known(request: Any) -> bool:
    """Whether a question is answered.

    Raises:
        NotRecordedError: Nobody has recorded an answer.
    """
    if not _NOW.on:
        return False
    if _place(request) is not None:
        return True
    parts = _addresses().urlsplit(str(request.uri))
    raise misses.missed(f"{request.method} {parts.scheme}://{parts.netloc}{parts.path}")


def _play(request: Any) -> dict[str, Any]:
    place = _place(request)
    if place is None:
        raise misses.missed(f"{request.method} {request.uri}")
    return _response(_NOW.left.pop(place), str(request.uri))


def _place(request: Any) -> Optional[int]:
    """Which of those that are left answers a question, if any does."""
    for place, one in enumerate(_NOW.left):
        if _matches(one, request):
            return place
    alike = [place for place, one in enumerate(_NOW.left) if one["method"] == request.method]
    return alike[0] if alike and _NOW.loose else None


def _response(one: dict[str, Any], uri: str) -> dict[str, Any]:
    """The form in which vcrpy keeps an answer."""
    headers: dict[str, list[str]] = {}
    for name, value in one["headers"]:
        headers.setdefault(name, []).append(value)
    return {
        "status": {"code": one["status"], "message": one["reason"]},
        "headers": headers,
        "body": {"string": _bytes(one["answer"])},
        "url": uri,
    }


def _matches(one: dict[str, Any], request: Any) -> bool:
    """Whether a question is the one that was recorded: address, method, and what was sent."""
    if one["method"] != request.method:
        return False
    hidden = one.get("hidden", ())
    return _address(one["uri"], hidden) == _address(str(request.uri), hidden) and _sent(
        one.get("asked"), request.body
    )


def _address(uri: str, hidden: Any) -> tuple[Any, ...]:
    parts = _addresses().urlsplit(uri)
    pairs = _addresses().parse_qsl(parts.query, keep_blank_values=True)
    host = parts.netloc.rpartition("@")[2]
    return parts.scheme, host, parts.path, sorted(pair for pair in pairs if pair[0] not in hidden)


def _sent(asked: Any, body: Any) -> bool:
    """Whether the same was sent; of what was not kept nobody can say."""
    if isinstance(asked, dict) and "$opaque" in asked:
        return True
    if isinstance(body, str):
        body = body.encode("utf-8")
    if body is not None and not isinstance(body, (bytes, bytearray)):
        return False
    return bytes(body or b"") == (b"" if asked is None else _bytes(asked))


def _bytes(content: Any) -> bytes:
    return content.encode("utf-8") if isinstance(content, str) else bytes.fromhex(content["$b"])
