"""Keep back a share of what speaks against a change, so that no change is fitted to it.

Which calls are kept back is settled by a key that only this server has: the same ones for every
change, and nobody outside can know which. Of these a report says how many there are, and nothing
else.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from mendloop.core.validate.part import Counted, Part
from mendloop.core.validate.wording import calls
from mendloop.model.report import Disagreement, Verdict
from mendloop.noun import dataclass

SHARE: Final = 4
"""One call in so many is kept back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What speaks against a change, parted into what is told and what is not."""

    shown: tuple[Disagreement, ...]
    held: int


def parted(every: Sequence[Disagreement], key: bytes) -> Parted:
    """Part the calls that speak against a change.

    Args:
        every: All of them.
        key: Known to this server alone.
    """
    shown = tuple(one for one in every if not held_back(one.call, key))
    return Parted(shown=shown, held=len(every) - len(shown))


def held_back(call: str, key: bytes) -> bool:
    """Whether the details of a call are kept back."""
    drawn = hmac.new(key, b"mendloop-held/1\n" + call.encode(errors="replace"), sha256).digest()
    return drawn[0] % SHARE == 0


def held_check(parts: Parted, verdict: Verdict) -> Part:
    """What is said of the calls that are kept back.

    Args:
        parts: How they were parted.
        verdict: The one that stands without this check, which changes nothing about it.
    """
    numbers = {"held_back": float(parts.held), "shown": float(len(parts.shown))}
    if not parts.held:
        summary = "None of the calls whose details are kept back speaks against it."
        counted = Counted(verdict=Verdict.PASSED, summary=summary, numbers=numbers)
    else:
        fitted = (
            " It does what is wanted on every call that is shown, and not on these: it is fitted"
            " to what is shown."
            if not parts.shown
            else ""
        )
        counted = Counted(
            verdict=verdict,
            summary=f"{calls(parts.held)} that speak against it are kept back, and only counted."
            f"{fitted}",
            numbers=numbers,
        )
    return counted.named("held_back")
