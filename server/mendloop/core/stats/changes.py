"""Did the failure rate of one stream change, and when?

The newest L calls are compared with the rest for a ladder of lengths L. For each, a Bayes factor
says how much better "the log-odds of failing moved by some step" explains the calls than "one
rate throughout"; the rate itself is unknown and integrated out over a prior of what tools usually
do. The mean over the ladder is the Bayes factor of the stream: that pays for looking at many.

Failures that come in bursts look like changes: the factor is tempered by the correlation of
neighbouring failures that the change itself does not explain.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, logsumexp

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

USUAL: Final = (0.5, 8.0)
"""The Beta distribution of the failure rates of tools: mean 6 %, most near 0."""
PRIOR: Final = 0.05
"""The share of tools that change within a window."""

_STEPS: Final = np.array([0.7, 1.2, 1.9, 2.8, 4.0])
_RATES: Final = np.asarray(expit(np.linspace(logit(0.0005), logit(0.9995), 64)), dtype=np.float64)
_UNUSUAL: Final = 0.05
"""Weight of "any rate is as likely": some tools are not as tools usually are."""
_SHORTEST: Final = 6
_LEAST_BEFORE: Final = 12
_MOST_LOG: Final = 600.0
_NOTED: Final = 2.0
"""A correlation of so many standard errors is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the comparison of the newest calls with the rest has shown."""

    evidence: float
    """The log of the Bayes factor of a change in the direction asked for."""
    probability: float
    """Of such a change, as tools go."""
    start: int
    """The most likely first call after it; 0 where there were too few calls to compare."""


NO_CHANGE: Final = Change(evidence=0.0, probability=0.0, start=0)


def worsened(failed: Sequence[bool], *, share: float) -> Change:
    """Whether the newest calls fail more often than the rest.

    Args:
        failed: Of each call, oldest first.
        share: The newest share that is compared; lengths up to twice this are tried.
    """
    return _change(failed, share, _STEPS)


def improved(failed: Sequence[bool], *, share: float) -> Change:
    """Whether the newest calls fail less often than the rest."""
    return _change(failed, share, -_STEPS)


def ladder(calls: int, share: float) -> IntArray:
    """The lengths of the newest stretch that are tried: two to each doubling."""
    longest = min(round(2 * share * calls), calls - _LEAST_BEFORE)
    if longest < _SHORTEST:
        return np.array([], dtype=np.int64)
    rungs = math.floor(2 * math.log2(longest / _SHORTEST)) + 1
    return np.unique(np.round(_SHORTEST * 2 ** (np.arange(rungs) / 2))).astype(np.int64)


def posterior(log_factor: float, prior: float = PRIOR) -> float:
    """The probability of a hypothesis with this log Bayes factor."""
    return float(expit(min(log_factor, _MOST_LOG) + logit(prior)))


def enough(evidence: float, *, confidence: float) -> bool:
    """Whether a Bayes factor is large enough to speak.

    It is an e-value: that it reaches 1 / (1 - confidence) has a probability of at most
    1 - confidence where nothing changed (Markov's inequality; Gruenwald, de Heide and Koolen 2024).
    """
    return evidence >= -math.log(1 - confidence)


def _change(failed: Sequence[bool], share: float, steps: FloatArray) -> Change:
    hits = np.asarray(failed, dtype=np.float64)
    lengths = ladder(hits.size, share)
    if not lengths.size:
        return NO_CHANGE
    total = np.concatenate([[0.0], np.cumsum(hits)])
    late = total[-1] - total[hits.size - lengths]
    log_factor = _log_factor(late, lengths, total[-1], hits.size, steps)
    start = _start(total, steps[0] > 0)
    log_factor *= _tempering(hits, start)
    return Change(evidence=log_factor, probability=posterior(log_factor), start=start)


def _log_factor(
    late: FloatArray, lengths: IntArray, failures: float, calls: int, steps: FloatArray
) -> float:
    """The log of the mean Bayes factor over the ladder."""
    prior = _log_prior()
    moved = np.asarray(expit(logit(_RATES)[:, None] + steps), dtype=np.float64)  # (rates, steps)
    early = failures - late
    before = _log_likelihood(early[:, None], (calls - lengths)[:, None], _RATES)
    after = _log_likelihood(late[:, None, None], lengths[:, None, None], moved)
    joint = before + logsumexp(after, axis=2) - math.log(steps.size) + prior
    constant = float(logsumexp(_log_likelihood(failures, calls, _RATES) + prior))
    return float(logsumexp(logsumexp(joint, axis=1) - constant) - math.log(lengths.size))


def _log_prior() -> FloatArray:
    a, b = USUAL
    usual = np.exp(a * np.log(_RATES) + b * np.log1p(-_RATES))  # on the grid of log-odds
    weights = (1 - _UNUSUAL) * usual / usual.sum() + _UNUSUAL / _RATES.size
    return np.asarray(np.log(weights), dtype=np.float64)


def _log_likelihood(
    failures: FloatArray | float, calls: IntArray | int, rates: FloatArray
) -> FloatArray:
    return np.asarray(failures * np.log(rates) + (calls - failures) * np.log1p(-rates))


def _start(total: FloatArray, upward: bool) -> int:  # noqa: FBT001  a private switch
    """The split that explains the calls best, by maximum likelihood."""
    calls = total.size - 1
    split = np.arange(_SHORTEST, calls - _SHORTEST + 1)
    early, late = total[split], total[-1] - total[split]
    before, after = early / split, late / (calls - split)
    gain = _entropy(early, split) + _entropy(late, calls - split)
    right = after > before if upward else after < before
    return int(split[np.argmax(np.where(right, gain, -np.inf))])


def _entropy(failures: FloatArray, calls: IntArray) -> FloatArray:
    """The log-likelihood of some calls at their own rate."""
    rate = np.clip(failures / calls, 1e-12, 1 - 1e-12)
    return np.asarray(failures * np.log(rate) + (calls - failures) * np.log1p(-rate))


def _tempering(hits: FloatArray, start: int) -> float:
    """(1 - r) / (1 + r): what calls correlated by r are worth, beside independent ones."""
    rates = np.concatenate(
        [np.full(start, hits[:start].mean()), np.full(hits.size - start, hits[start:].mean())]
    )
    spread = float((rates * (1 - rates)).sum())
    rest = hits - rates
    r = float((rest[1:] * rest[:-1]).sum()) / max(spread, 1.0)
    if r * math.sqrt(hits.size) < _NOTED or spread < _NOTED:
        return 1.0
    r = min(r, 0.9)
    return (1 - r) / (1 + r)
