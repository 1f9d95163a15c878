"""How much worse a change may still be, after so many calls came out the same.

The bound is the upper end of Clopper and Pearson's one-sided exact interval (Biometrika 26, 1934):
the share ``p`` at which seeing so few bad calls would have a chance of just ``alpha``. It speaks of
calls like those that were drawn, and of no others.
"""

from math import ceil, exp, expm1, lgamma, log, log1p
from typing import Final

HALVINGS: Final = 60
"""Bisection to well below what a double can tell."""


def upper(bad: int, cases: int, *, alpha: float = 0.05) -> float:
    """The largest share of bad calls that is still credible.

    Args:
        bad: How many of the calls came out worse.
        cases: How many calls there were.
        alpha: The chance of the true share lying above the bound.

    Returns:
        A share, 0 to 1; 1 where there was no call.
    """
    if bad >= cases:
        return 1.0
    if bad == 0:
        return -expm1(log(alpha) / cases)
    low, high = bad / cases, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _at_most(bad, cases, middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def needed(bound: float, *, bad: int = 0, alpha: float = 0.05) -> int:
    """How many calls it takes for ``upper`` to come down to a bound, with so many bad ones.

    Args:
        bound: The share to reach, more than 0.
        bad: How many bad calls there are already.
        alpha: The chance of the true share lying above the bound.

    Returns:
        A number of calls.
    """
    if bound >= 1.0:
        return 0
    high = max(bad + 1, ceil(log(alpha) / log1p(-bound)))
    while upper(bad, high, alpha=alpha) > bound:
        high *= 2
    low = bad
    while high - low > 1:
        middle = (low + high) // 2
        if upper(bad, middle, alpha=alpha) > bound:
            low = middle
        else:
            high = middle
    return high


def _at_most(bad: int, cases: int, share: float) -> float:
    """The chance of at most so many bad ones among the cases: the binomial's lower tail."""
    if share >= 1.0:
        return 0.0
    whole = lgamma(cases + 1)
    return sum(
        exp(
            whole
            - lgamma(k + 1)
            - lgamma(cases - k + 1)
            + k * log(share)
            + (cases - k) * log1p(-share)
        )
        for k in range(bad + 1)
    )
