"""Has the failure rate gone up since a finite baseline? May be asked after every call.

The null hypothesis is a mixture: the rates that a baseline of ``calls`` with ``failures`` leaves
open, weighted by Beta(failures + 1, calls - failures), the upper fiducial distribution behind the
bound of Clopper and Pearson. The alternative lifts each of these rates by one of four steps of
log-odds, from the first call on or from a later one. The evidence E is the ratio of what the two
say of the calls so far, so it is a martingale under the null mixture, and E >= 1/alpha has a
probability of at most alpha however often it is looked at (Ville 1939). For a window of known
length the exact threshold is lower, and is found by ``threshold``.
"""

import math
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import betaln, digamma, expit, logit, polygamma, roots_jacobi

from mendloop.noun import dataclass

FloatArray: TypeAlias = NDArray[np.float64]

NODES: Final = 9
STEPS: Final = (0.65, 1.1, 1.8, 3.0)
"""Log-odds by which the alternatives are worse."""
STEP_WEIGHTS: Final = (0.45, 0.25, 0.18, 0.12)
"""A small drop takes the most calls to see, so it gets the most weight."""
FROM_START: Final = 0.85
"""Weight of "worse from the first call"; the rest is spread evenly over later beginnings."""

_MOST_STREAMS: Final = 1500
_LEAST_STREAMS: Final = 400
_MOST_WORK: Final = 1_500_000
"""Calls that are simulated at most for one threshold: about half a second."""
_SEED: Final = 7
_LEVELS: Final = 40
_LEAST: Final = 2.0
_CALIBRATED: Final = 0.95
"""Share of alpha that is aimed at: the threshold itself is estimated, within about 2 %."""
_FLAT_ENOUGH: Final = 300
"""From so many calls on a Gauss-Hermite rule on the log-odds is exact enough, and is stable."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The Beta distribution of the rate before, and how many calls are watched at most."""

    a: float
    b: float
    horizon: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The rates of the mixtures."""

    weights: FloatArray
    """Of each node of the null; shape (nodes,)."""
    null: FloatArray
    """The rates under the null; shape (nodes,)."""
    worse: FloatArray
    """The rates under the alternative; shape (steps, nodes)."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What some streams of calls have made of the mixtures; one row a stream."""

    null: FloatArray
    """Posterior weights of the null's nodes; shape (streams, nodes); rows sum to 1."""
    worse: FloatArray
    """Weights of the alternative's, relative to the null; shape (streams, steps, nodes)."""

    @property
    def evidence(self) -> FloatArray:
        """E of each stream."""
        return np.asarray(self.worse.sum(axis=(1, 2)), dtype=np.float64)


@lru_cache(maxsize=256)
def grid(baseline: Baseline) -> Grid:
    """The rates of both mixtures, by Gaussian quadrature of the Beta distribution."""
    null, weights = _nodes(baseline.a, baseline.b)
    lifted = logit(null)[None, :] + np.array(STEPS)[:, None]
    return Grid(weights, null, np.clip(expit(lifted), 1e-12, 1 - 1e-12))


def begin(baseline: Baseline, streams: int = 1) -> Beliefs:
    """The beliefs before the first call."""
    start = grid(baseline)
    worse = FROM_START * np.array(STEP_WEIGHTS)[:, None] * start.weights
    return Beliefs(np.tile(start.weights, (streams, 1)), np.tile(worse, (streams, 1, 1)))


def advance(baseline: Baseline, beliefs: Beliefs, failed: NDArray[np.bool_]) -> Beliefs:
    """The beliefs after one more call of each stream.

    Args:
        baseline: What they began with.
        beliefs: Before the call.
        failed: Whether the call of each stream failed.
    """
    rates = grid(baseline)
    late = (1 - FROM_START) / baseline.horizon
    joined = beliefs.worse + late * np.array(STEP_WEIGHTS)[:, None] * beliefs.null[:, None, :]
    hit = failed[:, None]
    null = beliefs.null * np.where(hit, rates.null, 1 - rates.null)
    worse = joined * np.where(hit[:, :, None], rates.worse, 1 - rates.worse)
    scale = null.sum(axis=1)
    return Beliefs(null / scale[:, None], worse / scale[:, None, None])


@lru_cache(maxsize=256)
def threshold(baseline: Baseline, alpha: float) -> float:
    """The value that E reaches within the horizon with probability alpha if nothing is worse.

    Siegmund's identity turns the level into a mean over streams drawn from the alternative,
    where the event is common: P0(T <= N) = E_Q[1{T <= N} / E_T] (Siegmund 1976). 1,500 streams
    give the level within about 2 % of itself; plain simulation would need a hundred times more.
    Beyond 1,000 calls fewer streams are drawn, and the error grows to about 4 %.
    """
    levels = np.geomspace(_LEAST, 1 / alpha, _LEVELS)
    reached = _reached(baseline, levels)
    level = (1 / reached).mean(axis=0)
    aim = _CALIBRATED * alpha
    if level[-1] >= aim:
        return 1 / alpha
    # levels fall as thresholds rise: the first one that keeps to the aim, on a log-log line
    first = int(np.argmax(level <= aim))
    if first == 0:
        return _LEAST
    high, low = math.log(level[first - 1]), math.log(max(level[first], 1e-12))
    share = (high - math.log(aim)) / (high - low)
    return float(levels[first - 1] * (levels[first] / levels[first - 1]) ** share)


def found(baseline: Baseline, limit: float, rates: FloatArray, *, streams: int) -> FloatArray:
    """The share of streams at each rate whose evidence reaches the limit within the horizon.

    Args:
        baseline: What they are compared with.
        limit: The threshold.
        rates: The failure rates to try; the same random numbers serve for all of them.
        streams: How many to draw at each.
    """
    rng = np.random.default_rng(_SEED)
    rate = np.repeat(rates, streams)
    alive = np.arange(rate.size)
    hits = np.zeros(rate.size)
    beliefs = begin(baseline, rate.size)
    for _ in range(baseline.horizon):
        draw = np.tile(rng.random(streams), rates.size)[alive]
        beliefs = advance(baseline, beliefs, draw < rate[alive])
        over = beliefs.evidence >= limit
        hits[alive[over]] = 1
        alive = alive[~over]
        if not alive.size:
            break
        beliefs = Beliefs(beliefs.null[~over], beliefs.worse[~over])
    return np.asarray(hits.reshape(rates.size, streams).mean(axis=1), dtype=np.float64)


def _reached(baseline: Baseline, levels: FloatArray) -> FloatArray:
    """E when it first reached each level, in streams of the alternative; infinite where never."""
    rng = np.random.default_rng(_SEED)
    streams = max(_LEAST_STREAMS, min(_MOST_STREAMS, _MOST_WORK // baseline.horizon))
    rates = grid(baseline)
    node = rng.choice(NODES, streams, p=rates.weights)
    step = rng.choice(len(STEPS), streams, p=STEP_WEIGHTS)
    later = rng.integers(0, baseline.horizon, streams)
    onset = np.where(rng.random(streams) < FROM_START, 0, later)
    before, after = rates.null[node], rates.worse[step, node]
    reached = np.full((streams, levels.size), np.inf)
    alive = np.arange(streams)
    beliefs = begin(baseline, streams)
    for call in range(baseline.horizon):
        rate = np.where(call >= onset[alive], after[alive], before[alive])
        beliefs = advance(baseline, beliefs, rng.random(alive.size) < rate)
        evidence = beliefs.evidence
        first = (evidence[:, None] >= levels) & np.isinf(reached[alive])
        stream, level = np.nonzero(first)
        reached[alive[stream], level] = evidence[stream]
        going = evidence < levels[-1]
        if not going.any():
            break
        if not going.all():
            alive = alive[going]
            beliefs = Beliefs(beliefs.null[going], beliefs.worse[going])
    return reached


def _nodes(a: float, b: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of the Gaussian quadrature of Beta(a, b)."""
    if a + b < _FLAT_ENOUGH:
        x, w = roots_jacobi(NODES, b - 1, a - 1)
        if np.all(np.isfinite(w)) and np.all(w >= 0) and w.sum() > 0:
            return np.clip((x + 1) / 2, 1e-9, 1 - 1e-9), w / w.sum()
    mean = digamma(a) - digamma(b)
    spread = math.sqrt(polygamma(1, a) + polygamma(1, b))
    x, w = hermegauss(NODES)
    rates = np.asarray(np.clip(expit(mean + spread * x), 1e-12, 1 - 1e-12), dtype=np.float64)
    log = np.asarray(
        np.log(w) + a * np.log(rates) + b * np.log1p(-rates) - betaln(a, b) + x * x / 2,
        dtype=np.float64,
    )
    weights = np.asarray(np.exp(log - np.max(log)), dtype=np.float64)
    return rates, weights / weights.sum()
