"""The check on speed, from both versions measured in turns."""

from statistics import median
from typing import Final

from mendloop.core.stats.words import calls
from mendloop.core.validate.evidence import JudgeRule
from mendloop.core.validate.measured import Pace
from mendloop.core.validate.part import Counted
from mendloop.core.validate.turns import ratio
from mendloop.model.report import Verdict

ALPHA: Final = 0.005
"""Of a false alarm at each of the three looks that are taken at the most."""


UNNOTICED: Final = 0.0005
"""Seconds by which a call may get longer whatever the ratio: on less, noise is most of it."""


def decided(pace: Pace, rule: JudgeRule) -> bool:
    """Whether more turns could not change what is said."""
    if not pace.calls or _unnoticed(pace):
        return True
    found = ratio(pace.before, pace.after, alpha=ALPHA)
    return found.low > rule.slower_factor or found.high <= rule.slower_factor


def pace_check(pace: Pace, rule: JudgeRule) -> Counted:
    """Does the change take longer than the policy allows?

    It has failed where that is sure, and passed where the opposite is: slow by chance is neither.
    """
    if not pace.calls:
        return Counted(
            verdict=Verdict.PASSED,
            summary="No call lasts long enough on either version for a difference to be measured.",
            numbers={"calls": 0.0},
        )
    found = ratio(pace.before, pace.after, alpha=ALPHA)
    limit = rule.slower_factor
    took = "takes" if pace.calls == 1 else "take"
    said = (
        f"{calls(pace.calls)} {took} {found.estimate:.2f} times as long ({found.low:.2f} to"
        f" {found.high:.2f} with {1 - 2 * ALPHA:.0%} confidence, {len(pace.before)} turns)"
    )
    numbers = {
        "calls": float(pace.calls),
        "turns": float(len(pace.before)),
        "ratio": found.estimate,
        "ratio_low": found.low,
        **({"ratio_high": found.high} if found.high < float("inf") else {}),
        "limit": limit,
    }
    if _unnoticed(pace):
        verdict, rest = Verdict.PASSED, ", a difference of less than half a millisecond a call."
    elif found.low > limit:
        verdict, rest = Verdict.FAILED, f", more than {limit:g} times."
    elif found.high <= limit:
        verdict, rest = Verdict.PASSED, "."
    else:
        verdict, rest = Verdict.INCONCLUSIVE, f": whether that is over {limit:g} is not sure."
    return Counted(verdict=verdict, summary=said + rest, numbers=numbers)


def _unnoticed(pace: Pace) -> bool:
    """Whether a call got longer by so little that it does not matter by how many times."""
    if not pace.before:
        return False
    return median(pace.after) - median(pace.before) < UNNOTICED * pace.calls
