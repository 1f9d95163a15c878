"""Whose failure rate rises steadily, and where will it be in some days?

The log-odds of failing go up by a slope a day: a grid of slopes, and of levels about the one that
was counted, gives the posterior of both. How common rising rates are is learned from the fleet, as
for all findings. A rate that stepped up once also looks like one that rises: where a step explains
the calls better, only what came after it may show a trend.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import expit, logit

from mendloop.core.stats.arrays import (
    FloatArray,
    IntArray,
    floats,
    integers,
    log_one_more,
    log_sum,
    most_per_group,
    per_group,
)
from mendloop.core.stats.discovery import local_rates, share
from mendloop.core.stats.pulses import Pulses, part, totals
from mendloop.noun import dataclass

_DAY: Final = 86_400.0
_SLOPES: Final = np.array([0.05, 0.1, 0.2, 0.3, 0.45, 0.65, 0.9, 1.3])
"""A day, in log-odds."""
_LEVELS: Final = np.linspace(-2.0, 2.0, 21)
"""About the log-odds that were counted."""
_WIDE: Final = np.linspace(-5.0, 3.0, 41)
"""The same, before a change."""
_HIGHER: Final = _WIDE >= 0
"""And after a change for the worse."""
_GRID: Final = _LEVELS.size * _SLOPES.size
_LEAST_FAILURES: Final = 5
_LEAST_BUCKETS: Final = 4
_WORTH_A_LOOK: Final = 2.0
"""Standard errors of the slope."""
_ONCE: Final = 1.0
"""Log-odds by which one change is thought to be more usual than the fleet shows: of all that look
like a rise, the luckiest changes are the ones that are seen."""
_NONE: Final = -700.0
_FARTHEST: Final = 600.0
"""Log-odds."""


@dataclass(frozen=True, slots=True)
class Trends:
    """Targets whose rate may rise, and where it leads."""

    targets: IntArray
    crossing: FloatArray
    """The probability that the rate is above the allowed one at the end of the days."""
    rate: FloatArray
    """The rate at present, if it rises."""
    rate_then: FloatArray
    """At the end of the days."""
    days: FloatArray
    """Until the rate is above the allowed one, by the mean level and slope."""
    failures: FloatArray
    """Of the calls that show it."""
    calls: FloatArray
    since: IntArray
    """When they began, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is asked."""

    now: float
    """Seconds since 1970."""
    days: float
    """How far ahead."""
    allowed: float
    """The rate not to cross."""


def trends(pulses: Pulses, *, steps: float, ahead: Horizon) -> Trends:
    """Look for rates that rise.

    Args:
        pulses: Of the fleet.
        steps: The share of targets whose rate has changed once.
        ahead: How far to look.
    """
    whole = _read(pulses, pulses.first[:-1], np.arange(pulses.targets), ahead.allowed)
    odds = whole.step + float(logit(steps)) + _ONCE
    stepped = odds > whole.log_factor
    later = _read(pulses, whole.after[stepped], whole.targets[stepped], ahead.allowed)
    log = whole.log_factor - np.logaddexp(0.0, odds)
    whole = replace(whole, log_factor=log)
    log = np.concatenate([whole.log_factor[~stepped], later.log_factor])
    common = share(np.exp(np.minimum(log, 600.0)), others=max(whole.looked - log.size, 0))
    some = _ahead(whole, np.flatnonzero(~stepped), common, ahead)
    more = _ahead(later, np.arange(later.targets.size), common, ahead)
    return Trends(
        targets=integers(np.concatenate([some.targets, more.targets])),
        crossing=floats(np.concatenate([some.crossing, more.crossing])),
        rate=floats(np.concatenate([some.rate, more.rate])),
        rate_then=floats(np.concatenate([some.rate_then, more.rate_then])),
        days=floats(np.concatenate([some.days, more.days])),
        failures=floats(np.concatenate([some.failures, more.failures])),
        calls=floats(np.concatenate([some.calls, more.calls])),
        since=integers(np.concatenate([some.since, more.since])),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """Of some targets, what their buckets say of a trend."""

    targets: IntArray
    looked: int
    failures: FloatArray
    calls: FloatArray
    since: IntArray
    centre: FloatArray
    """The mean time of the calls, in seconds since 1970."""
    level: FloatArray
    """The log-odds that were counted."""
    log_factor: FloatArray
    """Of a trend against none."""
    step: FloatArray
    """The log Bayes factor of one change of the rate, against none."""
    after: IntArray
    """The first bucket that lies surely after the likeliest one."""
    posterior: FloatArray
    """Of level and slope, if there is a trend: one row a target."""


def _read(pulses: Pulses, begin: IntArray, targets: IntArray, allowed: float) -> _Reading:
    """The targets among some whose buckets from one on show a slope up."""
    end = pulses.first[targets + 1]
    failures, calls = (
        sums[end] - sums[begin] for sums in (pulses.failures_so_far, pulses.calls_so_far)
    )
    # a rate that rises was lower on the whole than it is now
    looked = (end - begin >= _LEAST_BUCKETS) & (failures >= _LEAST_FAILURES)
    looked &= failures <= allowed * calls
    targets, begin = targets[looked], begin[looked]
    failures, calls = failures[looked], calls[looked]
    alone = part(pulses, targets, begin)
    rate = failures / calls
    at = alone.start + alone.width / 2
    centre = totals(at * alone.calls, alone) / calls
    lever = (at - centre[alone.of]) / _DAY
    score = totals((alone.failures - alone.calls * rate[alone.of]) * lever, alone)
    spread = rate * (1 - rate) * totals(alone.calls * lever**2, alone)
    rising = np.flatnonzero(score > _WORTH_A_LOOK * np.sqrt(np.maximum(spread, 1e-12)))
    some = part(pulses, targets[rising], begin[rising])
    level = floats(logit(rate[rising]))
    log = _log_likelihood(some, centre[rising], level)
    flat, sloped = log_sum(log[:, :, 0]), log[:, :, 1:].reshape(rising.size, _GRID)
    total = log_sum(sloped)
    factor = floats(np.maximum(total - np.log(_SLOPES.size) - flat, _NONE))
    # where nothing speaks for a rise, nobody asks what else it could be
    worth = np.flatnonzero(factor > 0)
    step, split = np.full(rising.size, -np.inf), np.zeros(rising.size, dtype=np.int64)
    step[worth], split[worth] = _changed(part(some, worth, some.first[worth]), level[worth])
    return _Reading(
        targets=targets[rising],
        looked=targets.size,
        failures=failures[rising],
        calls=calls[rising],
        since=pulses.start[begin[rising]],
        centre=centre[rising],
        level=level,
        log_factor=factor,
        step=floats(step - flat),
        after=begin[rising] + split,
        posterior=floats(np.exp(sloped - total[:, None])),
    )


def _log_likelihood(pulses: Pulses, centre: FloatArray, level: FloatArray) -> FloatArray:
    """Of each target (rows), level and slope; the first slope is none."""
    slopes = np.concatenate([[0.0], _SLOPES])
    log = np.zeros((pulses.targets, _LEVELS.size, slopes.size))
    if not pulses.targets:
        return log
    lever = (pulses.start + pulses.width / 2 - centre[pulses.of]) / _DAY
    failures, begin = totals(pulses.failures, pulses), pulses.first[:-1]
    pull = totals(pulses.failures * lever, pulses)
    around, levels = level[pulses.of], np.exp(_LEVELS)
    for place, slope in enumerate(slopes.tolist()):
        # of odds so extreme it does not matter how extreme they are
        odds = np.exp(np.clip(around + slope * lever, -_FARTHEST, _FARTHEST))
        each = np.outer(odds, levels)
        np.log1p(each, out=each)
        each *= pulses.calls[:, None]
        failed = failures[:, None] * (level[:, None] + _LEVELS) + slope * pull[:, None]
        log[:, :, place] = failed - np.add.reduceat(each, begin, axis=0)
    return log


def _changed(pulses: Pulses, level: FloatArray) -> tuple[FloatArray, IntArray]:
    """Of each target the log-likelihood of one change, and how many buckets lie before its end.

    It lies between two buckets, or within one, which then has a rate of its own.
    """
    odds = level[pulses.of][:, None] + _WIDE
    each = pulses.failures[:, None] * odds - pulses.calls[:, None] * log_one_more(odds)
    sums = np.vstack([np.zeros(_WIDE.size), np.cumsum(each, axis=0)])
    here = np.arange(pulses.of.size)
    begin, end = pulses.first[:-1][pulses.of], pulses.first[1:][pulses.of]
    early = log_sum(sums[:-1] - sums[begin])
    higher = sums[:, _HIGHER]
    at_last = higher[end]
    late = log_sum(at_last - higher[:-1]) - np.log(_HIGHER.sum())
    after = log_sum(at_last - higher[1:]) - np.log(_HIGHER.sum())
    within = log_sum(each) - np.log(_WIDE.size)
    log = np.logaddexp(early + late, early + within + after) - np.log(2)
    log = floats(np.where(here > begin, log, -np.inf))
    top = most_per_group(log, pulses.of, pulses.targets)
    best = log[top]
    mean = per_group(np.exp(log - best[pulses.of]), pulses.of, pulses.targets)
    buckets = np.diff(pulses.first)
    split = np.minimum(top + 1 - pulses.first[:-1], buckets - 1)
    return floats(best + np.log(mean / np.maximum(buckets - 1, 1))), integers(split)


def _ahead(seen: _Reading, rows: IntArray, common: float, ahead: Horizon) -> Trends:
    """Where some of the trends lead."""
    posterior, level = seen.posterior[rows], seen.level[rows]
    levels = floats(np.repeat(_LEVELS, _SLOPES.size))
    slopes = floats(np.tile(_SLOPES, _LEVELS.size))
    gone = (ahead.now - seen.centre[rows]) / _DAY
    present = level[:, None] + levels + slopes * gone[:, None]
    bound = float(logit(ahead.allowed))
    over = np.where(present + slopes * ahead.days > bound, posterior, 0.0).sum(axis=1)
    rising = 1 - local_rates(seen.log_factor[rows], common)
    mean = floats((posterior * present).sum(axis=1))
    slope = floats((posterior * slopes).sum(axis=1))
    return Trends(
        targets=seen.targets[rows],
        crossing=floats(rising * over),
        rate=floats(expit(mean)),
        rate_then=floats(expit(mean + slope * ahead.days)),
        days=floats(np.clip((bound - mean) / np.maximum(slope, 1e-9), 0.0, ahead.days)),
        failures=seen.failures[rows],
        calls=seen.calls[rows],
        since=seen.since[rows],
    )
