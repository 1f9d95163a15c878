"""How much longer one thing takes than another, measured in turns.

The two are run in the order A B B A, so that a machine that gets slower or faster meanwhile favours
neither; the n-th of the one is set against the n-th of the other. The shift of the logarithms is
estimated as Hodges and Lehmann (Annals of Mathematical Statistics 34, 1963) do: by the median of
the means of all pairs. Its confidence interval is the one of Tukey, from the exact distribution of
Wilcoxon's signed-rank statistic (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods,
3rd ed., section 3.3): it asks nothing of the noise but that it is as likely up as down.
"""

from collections.abc import Sequence
from math import exp, inf, log
from statistics import median
from typing import Final

from mendloop.noun import dataclass

LEAST_SECONDS: Final = 1e-9
"""What counts as no time at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as long it takes."""

    estimate: float
    low: float
    high: float


def ratio(before: Sequence[float], after: Sequence[float], *, alpha: float) -> Ratio:
    """Compare two series of times, measured in turns.

    Args:
        before: Seconds of the one, at least one.
        after: As many of the other.
        alpha: The chance of the true ratio lying above ``high``, and that of it lying below
            ``low``.

    Returns:
        The estimate, and bounds; the bounds are 0 and infinite where so few turns allow none.
    """
    shifts = [
        log(max(later, LEAST_SECONDS) / max(earlier, LEAST_SECONDS))
        for earlier, later in zip(before, after, strict=True)
    ]
    walsh = sorted(
        (one + other) / 2 for place, one in enumerate(shifts) for other in shifts[place:]
    )
    left_out = _left_out(len(shifts), alpha)
    if left_out is None:
        return Ratio(estimate=exp(median(walsh)), low=0.0, high=inf)
    return Ratio(
        estimate=exp(median(walsh)), low=exp(walsh[left_out]), high=exp(walsh[-1 - left_out])
    )


def _left_out(pairs: int, alpha: float) -> int | None:
    """How many of the means lie outside the interval on each side; ``None`` where none can."""
    ways = [1]
    for rank in range(1, pairs + 1):
        grown = ways + [0] * rank
        for place, number in enumerate(ways):
            grown[place + rank] += number
        ways = grown
    chance, below = 0.0, -1
    for number in ways:
        chance += number / 2**pairs
        if chance > alpha:
            break
        below += 1
    return None if below < 0 else below
