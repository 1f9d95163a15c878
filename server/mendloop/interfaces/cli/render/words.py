"""The colours of the few words that matter."""

from collections.abc import Mapping
from typing import Final

from rich.text import Text

_GOOD: Final = "green"
_BAD: Final = "bold red"
_ASKS: Final = "yellow"

_STYLES: Final[Mapping[str, str]] = {
    "passed": _GOOD,
    "failed": _BAD,
    "inconclusive": _ASKS,
    "broken": _BAD,
    "free": _GOOD,
    "auto": _GOOD,
    "approve": _ASKS,
    "second": _ASKS,
    "never": _BAD,
    "ok": _GOOD,
    "error": _BAD,
    "timeout": _BAD,
    "wrong": _BAD,
    "committed": _GOOD,
    "handed_over": _ASKS,
    "undone": _ASKS,
    "aborted": _ASKS,
    "healthy": _GOOD,
    "watching": _ASKS,
    "rolled_back": _BAD,
    "failing": _BAD,
    "degraded": _ASKS,
    "slow": _ASKS,
}


def word(value: str) -> Text:
    """A word of the model, in the colour that says whether it is good news."""
    return Text(str(value), _STYLES.get(str(value), ""))


def verdict_line(verdict: str) -> Text:
    """The one line that everything above it comes to."""
    return Text.assemble(("verdict: ", "bold"), word(verdict))


def share(value: float | None) -> str | None:
    """A share as per cent; nothing where it is not known."""
    return None if value is None else f"{value:.1%}"


def counted(number: int, one: str, many: str = "") -> str:
    """So many of something: ``1 line``, ``2 entries``."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def short(digest: str | None) -> str | None:
    """The beginning of a digest, enough to tell two apart."""
    return None if digest is None else digest[:12]
