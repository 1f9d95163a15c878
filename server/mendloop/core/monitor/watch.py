"""Stage 7: is what was deployed worse than what it replaced, good enough, or too soon to say?

Two tests run side by side. Every call goes to both, and the first to speak ends the watch: calls
fed after that change nothing. So the answer does not depend on how many calls are fed between two
judgements.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from mendloop.core.monitor.rule import WatchRule
from mendloop.core.stats import drop, proportions
from mendloop.core.stats.accept import STAKES, stake
from mendloop.core.stats.sequential import Baseline, threshold
from mendloop.core.stats.words import calls, percent
from mendloop.model.execution import Tally
from mendloop.noun import dataclass

__all__ = [
    "Evidence",
    "Healthy",
    "WatchRule",
    "Watching",
    "Worse",
    "begin",
    "detectable",
    "feed",
    "from_text",
    "judge",
    "to_text",
]

FEWEST: Final = 5
"""A baseline of fewer calls says too little to calibrate a threshold for it."""
USUAL: Final = (0.5, 8.0)
"""Failure rates of tools of which nothing is known: a Beta distribution with mean 6 %."""
_SURE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that the watch remembers."""

    rule: WatchRule
    baseline: Tally
    threshold: float
    """The evidence at which it is worse."""
    cap: float
    """Healthy early once it surely fails less often than this."""
    null: tuple[float, ...]
    worse: tuple[float, ...]
    stakes: tuple[float, ...]
    """Of the bet against "fails at least as often as the cap"."""
    calls: int = 0
    failures: int = 0
    alarm: bool = False
    accepted: bool = False

    @property
    def over(self) -> bool:
        """Whether it has come to an answer."""
        return self.alarm or self.accepted or self.calls >= self.rule.horizon


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """Not worse, as far as the watch could see."""

    summary: str
    detail: Mapping[str, float]
    better: bool
    """Whether it surely fails less often than before: that a fix has helped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """It fails more often than before."""

    summary: str
    detail: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Too soon to say."""

    summary: str
    detail: Mapping[str, float]


def begin(baseline: Tally, rule: WatchRule) -> Evidence:
    """The evidence before the first call; takes up to half a second, then it is remembered.

    Args:
        baseline: The calls of what was replaced.
        rule: When to speak.
    """
    known = _distribution(baseline, rule)
    limit = 1 / rule.alpha  # Ville's bound: valid for any window, on average over what tools do
    if baseline.calls >= FEWEST:
        limit = threshold(known, rule.alpha)
    state = drop.start(known)
    return Evidence(
        rule=rule,
        baseline=baseline,
        threshold=limit,
        cap=_cap(baseline, rule),
        null=state.null,
        worse=state.worse,
        stakes=STAKES,
    )


def feed(evidence: Evidence, *, failed: bool) -> Evidence:
    """The evidence after one more call."""
    if evidence.over:
        return evidence
    rule = evidence.rule
    before = drop.State(evidence.null, evidence.worse)
    state = drop.after(_distribution(evidence.baseline, rule), before, failed=failed)
    stakes = stake(evidence.stakes, failed=failed, cap=evidence.cap)
    count = evidence.calls + 1
    return replace(
        evidence,
        null=state.null,
        worse=state.worse,
        stakes=stakes,
        calls=count,
        failures=evidence.failures + failed,
        alarm=state.evidence >= evidence.threshold,
        accepted=count >= rule.least_calls and sum(stakes) >= 1 / rule.alpha,
    )


def judge(evidence: Evidence) -> Healthy | Worse | Watching:
    """What the calls so far say. May be asked after every call."""
    detail = _detail(evidence)
    seen = _seen(evidence)
    before = _before(evidence.baseline)
    alpha = evidence.rule.alpha
    if evidence.alarm:
        said = f"Worse: it {seen}; {before}. This is said of at most {percent(alpha)} wrongly."
        return Worse(summary=said, detail=detail)
    if evidence.accepted:
        cap, sure = percent(evidence.cap), percent(1 - alpha)
        said = f"Healthy: it {seen}, surely less than {cap} ({sure} sure); {before}."
        return Healthy(summary=said, detail=detail, better=_better(evidence))
    if evidence.over:
        better = _better(evidence)
        said = f"No worse within {calls(evidence.calls)}: it {seen}; {before}."
        said += _not_better(evidence, better=better)
        return Healthy(summary=said, detail=detail, better=better)
    left = calls(evidence.rule.horizon - evidence.calls)
    said = f"Too soon to say: it {seen}; {before}. At most {left} are still watched."
    return Watching(summary=said, detail=detail)


def detectable(evidence: Evidence) -> float | None:
    """The smallest rise of the failure rate that this watch finds with 80 % chance.

    Counted from the first call to the horizon; early acceptance, which ends a watch sooner, is left
    out. Takes up to half a second, then it is remembered.

    Returns:
        The rise, as a share of the calls; ``None`` where the watch could find none.
    """
    known = _distribution(evidence.baseline, evidence.rule)
    rate = (evidence.baseline.failures + 0.5) / (evidence.baseline.calls + 1)
    if evidence.baseline.calls < FEWEST:
        rate = known.a / (known.a + known.b)
    return drop.smallest_drop(known, evidence.threshold, rate)


def to_text(evidence: Evidence) -> str:
    """The evidence as JSON; ``from_text`` gives back the same, bit for bit."""
    return json.dumps(asdict(evidence), separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> Evidence:
    """The evidence that ``to_text`` wrote."""
    kept: dict[str, Any] = json.loads(text)
    read: dict[str, Any] = {name: tuple(kept[name]) for name in ("null", "worse", "stakes")}
    read["rule"], read["baseline"] = WatchRule(**kept["rule"]), Tally(**kept["baseline"])
    return Evidence(**(kept | read))


def _distribution(baseline: Tally, rule: WatchRule) -> Baseline:
    """What the baseline leaves open about the failure rate."""
    succeeded = baseline.calls - baseline.failures
    if baseline.calls < FEWEST:
        a, b = USUAL
        return Baseline(a + baseline.failures, b + succeeded, rule.horizon)
    # where all failed, b = 0 would be a single point at 1
    return Baseline(baseline.failures + 1.0, max(float(succeeded), 0.5), rule.horizon)


def _cap(baseline: Tally, rule: WatchRule) -> float:
    """The rate below which a version is good enough to stop looking.

    A margin above the rate seen before. But a fix of what was broken is not good merely because it
    is no worse: where the rate before was above two margins, it must surely lie below what the rate
    before surely was.
    """
    tolerable = 2 * rule.accept_margin
    if baseline.calls < FEWEST:
        return min(tolerable, 0.5)
    surely = proportions.lower(baseline.failures, baseline.calls, confidence=_SURE)
    return min(baseline.rate + rule.accept_margin, max(tolerable, surely), 1 - 1e-9)


def _better(evidence: Evidence) -> bool:
    now = (evidence.failures, evidence.calls)
    before = (evidence.baseline.failures, evidence.baseline.calls)
    return proportions.chance_lower(now, before) >= _SURE


def _not_better(evidence: Evidence, *, better: bool) -> str:
    broken = evidence.baseline.rate > 2 * evidence.rule.accept_margin
    return " Nor is it surely better." if broken and not better else ""


def _seen(evidence: Evidence) -> str:
    if not evidence.calls:
        return "was not called yet"
    rate = percent(evidence.failures / evidence.calls)
    return f"failed {evidence.failures} of {calls(evidence.calls)} ({rate})"


def _before(baseline: Tally) -> str:
    if baseline.calls < FEWEST:
        return (
            f"before, only {calls(baseline.calls)} were recorded, so it is judged by what tools"
            " usually do, with the bound that holds for any window"
        )
    return f"before, {baseline.failures} of {calls(baseline.calls)} ({percent(baseline.rate)})"


def _detail(evidence: Evidence) -> Mapping[str, float]:
    rate = evidence.failures / evidence.calls if evidence.calls else 0.0
    return {
        "calls": float(evidence.calls),
        "failures": float(evidence.failures),
        "rate": rate,
        "baseline_calls": float(evidence.baseline.calls),
        "baseline_failures": float(evidence.baseline.failures),
        "baseline_rate": evidence.baseline.rate,
        "evidence": sum(evidence.worse),
        "threshold": evidence.threshold,
        "acceptance": sum(evidence.stakes),
        "acceptance_needed": 1 / evidence.rule.alpha,
        "cap": evidence.cap,
        "horizon": float(evidence.rule.horizon),
    }
