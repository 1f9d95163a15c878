"""Says what was seen, in texts that cannot do harm to whoever reads them."""

import re
from typing import Final

from mendloop.core.validate.cases import (
    AnythingBut,
    Exactly,
    NoFailure,
    RaisesClearly,
    SameAsBefore,
    TestCase,
    Wanted,
)
from mendloop.model.observation import Crashed, NotRun, Raised, Returned, Seen, TimedOut
from mendloop.model.report import Disagreement
from mendloop.model.shown import shown

MOST: Final = 300
"""A text longer than this is cut."""
_HARMFUL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, and those that turn or hide what stands beside them."""


def clean(text: str, most: int = MOST) -> str:
    """A text of a stranger's, bounded, with everything invisible written out."""
    cut = text if len(text) <= most else f"{text[: most - 3]}..."
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", cut)


def seen_text(seen: Seen) -> str:
    """What a version did, in a few words."""
    match seen:
        case Returned(value):
            return clean(shown(value))
        case Raised(fault):
            return clean(f"raises {fault.type}: {fault.message}")
        case TimedOut(after):
            return f"is still running after {after:g} seconds"
        case Crashed(detail):
            return clean(f"ends the process: {detail}")
        case NotRun(why):
            return clean(f"could not be run: {why}")


def wanted_text(wanted: Wanted, before: Seen) -> str:
    """What is wanted, in a few words."""
    match wanted:
        case Exactly(value):
            return clean(shown(value))
        case SameAsBefore():
            return seen_text(before)
        case NoFailure():
            return "no failure"
        case AnythingBut(value):
            return clean(f"anything but {shown(value)}")
        case RaisesClearly(types):
            return clean(f"raises {' or '.join(types)}")


def disagreement(case: TestCase, before: Seen, got: Seen, why: str) -> Disagreement:
    """One input on which a change does not do what it should."""
    return Disagreement(
        call=clean(case.text),
        wanted=wanted_text(case.wanted, before),
        got=seen_text(got),
        why=clean(why),
    )
