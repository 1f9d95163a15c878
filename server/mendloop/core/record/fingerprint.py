"""Which failures are of the same kind.

The order is that of error trackers (Sentry's grouping): where it was raised and what was raised
come before what the message says, and of the message only what does not change from call to call.

The fingerprints of a timeout and of a wrong result say only that: they are the same for every
target. So whoever joins failures of several targets by their fingerprint must leave those two out,
which are ``BARE``.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2s
from typing import Final

from mendloop.model.execution import Fault, Frame, Outcome

_MOST: Final = 300
"""Characters of a message that are looked at."""
_DIGITS: Final = 12
_MOST_FRAMES: Final = 8
"""The innermost ones tell most; how deep the caller stood does not matter."""

_HOST: Final = (
    r"\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|ai|app|co|eu|uk|de|local|internal)\b(?::\d+)?"
    r"|\b[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*:\d{2,5}\b"
)
_PATH: Final = r"(?:\b[a-z]:)?\\(?:[\w.@+~-]+\\)+[\w.@+~-]*|(?:\.{1,2}|~)?(?:/[\w.@%+~-]+){2,}/?"
_DATE: Final = r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_MASKS: Final = (
    ("quoted", r"(?<=: )(?P<q>['\"]).*(?P=q)\Z"),
    ("key", r"\A(?P<k>['\"])(?:\\.|(?!(?P=k))[^\\])*(?P=k)?\Z"),
    ("url", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s'\"<>]+"),
    ("email", r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("uuid", r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"),
    ("date", _DATE),
    ("ip", r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"),
    ("hex", r"\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b"),
    ("host", _HOST),
    ("path", _PATH),
    ("num", r"(?<!\w)[+-]?(?=\.?\d)\d*[\d_,]*(?:\.\d+)*(?:e[+-]?\d+)?|\d+"),
)
_MASK: Final = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _MASKS), re.IGNORECASE)

_BACKSLASH: Final = "\\"
_FOREIGN: Final = re.compile(
    r"(?:^|[\\/])(?:site-packages|dist-packages|lib[\\/]python\d)|^<frozen |[\\/]lib[\\/]\w+\.py$",
    re.IGNORECASE,
)


def masked(message: str) -> str:
    """The first line of a message, with what differs from call to call replaced by its kind.

    ``no order 4711 at https://shop.example/x`` becomes ``no order <num> at <url>``. A quoted text
    that ends a message after a colon, or is all of it as in a ``KeyError``, is the value that was
    given, so it is masked as well.
    """
    return _masked(message.lstrip()[: 4 * _MOST])


@lru_cache(maxsize=1_024)
def _masked(message: str) -> str:
    line = message.lstrip().split("\n", 1)[0].strip()[:_MOST]
    return _MASK.sub(_kind, line)


def fingerprint(fault: Fault | None, outcome: Outcome) -> str:
    """The kind of a failure, in 12 hexadecimal digits; empty for a call that did not fail.

    Args:
        fault: What was raised, where something was.
        outcome: How the call ended. A timeout and a wrong result are kinds of their own.
    """
    if not outcome.failed:
        return ""
    parts = [outcome.value]
    if fault is not None and outcome is Outcome.ERROR:
        parts += [fault.type, *_own(fault.frames), masked(fault.message)]
    text = "\n".join(parts).encode("utf-8", "surrogatepass")
    return blake2s(text, digest_size=_DIGITS // 2).hexdigest()


def may_be(seen: Fault, recorded: Fault) -> bool:
    """Whether what was raised may be what was recorded, of which less was told.

    Not every record names the frames: an agent, or another process, has often seen the type and
    the message alone. The message itself decides then, the frames that are named, and their order.
    """
    if seen.type.rpartition(".")[2] != recorded.type.rpartition(".")[2]:
        return False
    frames = iter(_own(seen.frames))
    return masked(seen.message) == masked(recorded.message) and all(
        frame in frames for frame in _own(recorded.frames)
    )


def _kind(match: re.Match[str]) -> str:
    return "<quoted>" if match.lastgroup == "key" else f"<{match.lastgroup}>"


def _own(frames: Iterable[Frame]) -> list[str]:
    """Where it went through the user's own code: file and function, each once.

    Line numbers move with every edit, and a recursion may be of any depth.
    """
    own = [
        f"{frame.file.replace(_BACKSLASH, '/').rsplit('/', 1)[-1]}:{frame.function}"
        for frame in frames
        if not _FOREIGN.search(frame.file)
    ]
    return list(dict.fromkeys(own))[-_MOST_FRAMES:]


BARE: Final = frozenset(fingerprint(None, outcome) for outcome in Outcome if outcome.failed)
"""Fingerprints that name no error: failures of unrelated targets have them."""
