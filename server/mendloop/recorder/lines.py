"""One call as one line of JSON, without secrets."""

from __future__ import annotations

import itertools
import os
import re
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

from mendloop.recorder.encode import Encoded, encoded, holds_opaque, text_of
from mendloop.recorder.place import redaction_key, secrets
from mendloop.recorder.redact import Redactor
from mendloop.recorder.sites import Site
from mendloop.recorder.snapshot import MOST_CHARACTERS, TOO_LARGE

_NO_ID = re.compile(r"[^A-Za-z0-9_-]")
_MOST_ID = 100
_MOST_NAME = 200
_SEEN = {"exchanges": "network", "files": "reads_files"}
"""Parts of a world that hold what others wrote, and of which kind each is."""
_MOST_WORLD = 700_000
"""Characters of JSON: a line must not be too long for the spool, or the call itself is lost."""
_TOO_LARGE = encoded(TOO_LARGE)
_TOO_LARGE_TEXT = _TOO_LARGE.text.encode("ascii")


class Known(NamedTuple):
    """What is known of a call beyond the call itself."""

    id: Optional[str] = None
    """Of the record, where a client named the call."""
    caller: Optional[str] = None
    session: Optional[str] = None
    world: Optional[dict[str, Any]] = None
    """What it saw of the world, where that was asked for (``view``)."""


class Call(NamedTuple):
    """One call that has ended."""

    site: Site
    args: tuple[Any, ...]
    """Snapshots, as all values here."""
    kwargs: dict[str, Any]
    at: int
    """When it began, in nanoseconds since 1970."""
    took: int
    """Nanoseconds."""
    result: Any
    error: Optional[dict[str, Any]] = None
    outcome: str = "ok"
    known: Known = Known()


def tool_use_record_id(tool_use: str) -> str:
    """The id of the record of a call that a client named: all who saw the call give it this one."""
    return f"t-{_NO_ID.sub('_', tool_use)}"[:_MOST_ID]


class Scribe:
    """Writes calls down, as lines."""

    def __init__(self, root: Path, state: Optional[Path]) -> None:
        """Read what is the same for all of the process."""
        self._root = root
        key = os.urandom(32) if state is None else redaction_key(state)
        self._redactor = Redactor(secrets(), key=key)
        self._session = os.environ.get("CLAUDE_CODE_SESSION_ID")
        self._new_id = _ids()

    def forked(self) -> None:
        """Name records otherwise than the parent does."""
        self._new_id = _ids()

    def line(self, call: Call) -> bytes:
        """The line of one call, with its end."""
        site, known = call.site, call.known
        values, whole = self._values(call)
        record: dict[str, Any] = {
            "id": known.id or self._new_id(),
            "at": _moment(call.at),
            "seconds": round(call.took / 1e9, 9),
            "outcome": call.outcome,
        }
        if not whole:
            record["whole"] = False
        if known.world is not None:
            record["world"] = self._world(known.world)
        if call.error is not None:
            message = self._redactor.text(call.error["message"])
            record["error"] = {**call.error, "message": message}
        session = known.session or self._session
        if session:
            record["session"] = self._redactor.text(session[:_MOST_NAME])
        if known.caller:
            record["caller"] = self._redactor.text(known.caller[:_MOST_NAME])
        # three objects made one: what is text already is not taken apart for it
        line = f"{site.facts(self._root)[:-1]},{text_of(record)[1:-1]},{values[1:]}".encode("ascii")
        site.measured(len(line), too_large=not whole and _TOO_LARGE_TEXT in line)
        return line + b"\n"

    def _values(self, call: Call) -> tuple[str, bool]:
        """Arguments and result as an object of JSON, and whether it is all there was."""
        args = [encoded(part) for part in call.args]
        kwargs = {name: encoded(part) for name, part in call.kwargs.items()}
        if _length(args, kwargs) > MOST_CHARACTERS:
            args, kwargs = _cut(args, kwargs)
        result = encoded(call.result)
        if len(result.text) > MOST_CHARACTERS:
            result = _TOO_LARGE
        text = _joined(args, kwargs, result)
        opaque = "$opaque" in text and any(
            holds_opaque(part.tree) for part in (*args, *kwargs.values(), result)
        )
        whole = call.site.keeps_all and not opaque
        if self._redactor.clear(text):
            return text, whole
        values = {
            "args": [part.tree for part in args],
            "kwargs": {name: part.tree for name, part in kwargs.items()},
            "result": result.tree,
        }
        clean: Any = self._redactor.value(values)
        return text_of(clean), whole and clean == values

    def _world(self, seen: dict[str, Any]) -> dict[str, Any]:
        """What was seen, without secrets: the state of chance is none of anybody's words."""
        named = {name: part for name, part in seen.items() if name in _SEEN}
        clean: dict[str, Any] = self._redactor.value(named) if named else {}
        for one, before in zip(clean.get("exchanges", ()), named.get("exchanges", ())):
            if one.get("asked") != before.get("asked"):
                one["asked"] = {"$opaque": "redacted"}
        told = {**seen, **clean}
        if named and len(text_of(told)) > _MOST_WORLD:
            return _without(told)
        return told


def _without(told: dict[str, Any]) -> dict[str, Any]:
    """A world without what others wrote, which is too long written down."""
    kinds = {kind for part, kind in _SEEN.items() if part in told}
    rest = {name: part for name, part in told.items() if name not in _SEEN}
    rest["kept"] = [kind for kind in told["kept"] if kind not in kinds]
    rest["lost"] = {**told.get("lost", {}), **dict.fromkeys(kinds, "it saw more than is kept")}
    return rest


def _joined(args: list[Encoded], kwargs: dict[str, Encoded], result: Encoded) -> str:
    """What ``text_of`` would make of it."""
    listed = ",".join([part.text for part in args])
    named = ",".join([f"{text_of(name)}:{part.text}" for name, part in kwargs.items()])
    return f'{{"args":[{listed}],"kwargs":{{{named}}},"result":{result.text}}}'


def _length(args: list[Encoded], kwargs: dict[str, Encoded]) -> int:
    """About the characters of the arguments, and not fewer."""
    named = sum(len(part.text) + len(text_of(name)) + 2 for name, part in kwargs.items())
    return 6 + sum(len(part.text) + 1 for part in args) + named


def _cut(
    args: list[Encoded], kwargs: dict[str, Encoded]
) -> tuple[list[Encoded], dict[str, Encoded]]:
    """The arguments without those that leave no room for the others."""
    share = MOST_CHARACTERS // (4 * (len(args) + len(kwargs)))
    for most in (MOST_CHARACTERS, share):
        args = [part if len(part.text) <= most else _TOO_LARGE for part in args]
        kwargs = {
            name: part if len(part.text) <= most else _TOO_LARGE for name, part in kwargs.items()
        }
        if _length(args, kwargs) <= MOST_CHARACTERS:
            return args, kwargs
    return [_TOO_LARGE], {}


def _moment(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest // 1000:06d}Z"


def _ids() -> Callable[[], str]:
    """Names for records: 64 random bits of this process, and a count."""
    prefix, count = os.urandom(8).hex(), itertools.count()
    return lambda: f"r-{prefix}{next(count):08x}"
