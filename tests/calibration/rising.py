"""A made-up fleet in which some failure rates rise day by day, and what will become of them."""

from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.random import Generator

from mendloop.model.ids import TargetName
from mendloop.model.rollup import Heads
from tests.calibration.fleet import ALLOWED, SINCE, WINDOW
from tests.calibration.fold import Calls, FloatArray, IntArray, folded

KINDS: Final = {
    "steady": 0.5,
    "borderline": 0.08,
    "failing": 0.07,
    "stepped": 0.08,
    "recovered": 0.05,
    "daily": 0.05,
    "rising": 0.17,
}
"""And of how many tools each is so."""
AHEAD: Final = 7.0
"""Days."""
_START: Final = int(SINCE.timestamp())
_SPAN: Final = int(WINDOW.total_seconds())
_DAYS: Final = _SPAN / 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Rising:
    """Tools, and where their failure rates lead."""

    kind: tuple[str, ...]
    crossing: frozenset[int]
    """Whose rate is allowed now, and is not at the end of the days ahead."""
    calls: Calls
    heads: Heads


def rising(tools: int, seed: int, *, typical: int = 600) -> Rising:
    """Tools in the mix of ``KINDS``.

    Args:
        tools: How many.
        seed: Of all that is drawn.
        typical: The median number of calls in the week.
    """
    rng = np.random.default_rng(seed)
    kinds = tuple(map(str, rng.choice(list(KINDS), tools, p=list(KINDS.values()))))
    sizes = np.clip(rng.lognormal(log(typical), 1.0, tools), 20, 6000).astype(np.int64)
    at: list[IntArray] = []
    rates: list[FloatArray] = []
    crossing: set[int] = set()
    for place, (kind, size) in enumerate(zip(kinds, sizes.tolist(), strict=True)):
        when: IntArray = rng.integers(_START, _START + _SPAN, int(size))
        when.sort()
        rate, later = _rates(rng, kind, (when - _START) / 86_400)
        at.append(when)
        rates.append(rate)
        if later:
            crossing.add(place)
    rate = np.concatenate(rates)
    calls = Calls(
        target=np.repeat(np.arange(tools), sizes),
        at=np.concatenate(at),
        failed=rng.random(rate.size) < rate,
        seconds=np.full(rate.size, 0.01),
    )
    pulses, _ = folded(calls, tools)
    names = tuple(TargetName(f"t{number:05}") for number in range(tools))
    last = tuple(int(each[-1]) for each in at)
    heads = Heads(names=names, pulses=pulses, last=last)
    return Rising(kind=kinds, crossing=frozenset(crossing), calls=calls, heads=heads)


def _rates(rng: Generator, kind: str, days: FloatArray) -> tuple[FloatArray, bool]:
    """The failure rate of each call, and whether it will cross what is allowed."""
    rate = np.full(days.size, min(rng.lognormal(log(0.008), 1.0), 0.05))
    change = _DAYS * rng.uniform(0.2, 0.9)
    match kind:
        case "borderline":
            rate[:] = rng.uniform(0.055, 0.09)
        case "failing":
            rate[:] = rng.uniform(0.13, 0.6)
        case "stepped":
            # up, but not beyond what is allowed
            rate[days >= change] = rng.uniform(0.04, 0.09)
        case "recovered":
            rate[(days < change) & (days >= change - 2)] = rng.uniform(0.1, 0.4)
        case "daily":
            rate *= 1 + 0.8 * np.sin(2 * np.pi * days + rng.uniform(0, 2 * np.pi))
        case "rising":
            now, slope = rng.uniform(-4.6, -2.4), rng.uniform(0.03, 0.7)
            rate = 1 / (1 + np.exp(-(now + slope * (days - _DAYS))))
            then = 1 / (1 + np.exp(-(now + slope * AHEAD)))
            return rate, then > ALLOWED
        case _:
            pass
    return rate, False
