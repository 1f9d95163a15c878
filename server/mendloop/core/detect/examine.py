"""Stage 2: what is the matter with a target, and which matters most?"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mendloop.core.detect.degraded import Degraded, degraded, present, tally
from mendloop.core.detect.failing import Failing, failing
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.slow import Slow, slow
from mendloop.core.stats.words import calls, percent
from mendloop.core.stats.words import seconds as duration
from mendloop.model.execution import Series
from mendloop.model.incident import Finding, IncidentKind

__all__ = ["Rule", "examine", "ranked"]

_MOST_KINDS: Final = 10
_SECONDS_A_DAY: Final = 86_400.0
_SHORTEST_SPAN: Final = 3_600.0
"""Seconds; calls of the last minutes are not taken for a day's rate."""
_SLOW_HURTS: Final = 0.5
"""A late answer is better than none."""


def examine(series: Series, rule: Rule, *, now: datetime) -> tuple[Finding, ...]:
    """Everything that is surely the matter with one target.

    A target that fails at a constant rate is failing; one whose rate rose is degraded, and failing
    as well where the new rate is above what is allowed.

    Args:
        series: Its calls, oldest first.
        rule: When to speak.
        now: The time, in UTC.
    """
    if len(series.failed) < rule.least_calls:
        return ()
    found = (_failing(series, rule, now), _degraded(series, rule, now), _slow(series, rule, now))
    return ranked([finding for finding in found if finding is not None])


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The most urgent first; equals by target and kind, so that the order is always the same."""
    return tuple(
        sorted(findings, key=lambda found: (-found.priority, found.target, found.kind.value))
    )


def _failing(series: Series, rule: Rule, now: datetime) -> Finding | None:
    start = present(series.failed, rule)
    current = tally(series.failed[start:])
    verdict = failing(current, rule)
    if not isinstance(verdict, Failing):
        return None
    kinds = _kinds(series, start)
    spread = f"{100 * verdict.low:.0f}-{100 * verdict.high:.0f} %"
    said = f"Fails {percent(current.rate)} of {calls(current.calls)} ({spread})"
    numbers = {
        "calls": float(current.calls),
        "failures": float(current.failures),
        "rate": current.rate,
        "rate_low": verdict.low,
        "rate_high": verdict.high,
        "probability": verdict.probability,
    }
    if start:
        numbers["since"] = series.at[start].timestamp()
        said += f", since {_minute(series.at[start])}"
    return Finding(
        kind=IncidentKind.FAILING,
        target=series.target,
        summary=f"{said}{_mostly(series, start)}.",
        priority=_a_day(series, start, now) * current.rate * verdict.probability,
        numbers=numbers,
        fingerprints=kinds,
    )


def _degraded(series: Series, rule: Rule, now: datetime) -> Finding | None:
    verdict = degraded(series.failed, rule)
    if not isinstance(verdict, Degraded):
        return None
    before, after, start = verdict.before, verdict.now, verdict.start
    kinds = _kinds(series, start)
    said = (
        f"Fails {percent(after.rate)} of the last {calls(after.calls)}, {percent(before.rate)} of"
        f" the {before.calls} before; since {_minute(series.at[start])}"
    )
    return Finding(
        kind=IncidentKind.DEGRADED,
        target=series.target,
        summary=f"{said}{_mostly(series, start)}.",
        priority=_a_day(series, start, now) * (after.rate - before.rate) * verdict.probability,
        numbers={
            "calls": float(len(series.failed)),
            "failures": float(before.failures + after.failures),
            "rate": series.tally.rate,
            "baseline_calls": float(before.calls),
            "baseline_rate": before.rate,
            "recent_calls": float(after.calls),
            "recent_rate": after.rate,
            "since": series.at[start].timestamp(),
            "probability": verdict.probability,
        },
        fingerprints=kinds,
    )


def _slow(series: Series, rule: Rule, now: datetime) -> Finding | None:
    timed = [
        place
        for place, (failed, taken) in enumerate(zip(series.failed, series.seconds, strict=True))
        if not failed and taken > 0  # 0 says that nobody measured
    ]
    verdict = slow([series.seconds[place] for place in timed], rule)
    if not isinstance(verdict, Slow):
        return None
    start = timed[verdict.start]
    count = len(timed) - verdict.start
    what = "for the slowest tenth" if verdict.tail else "in the middle"
    return Finding(
        kind=IncidentKind.SLOW,
        target=series.target,
        summary=f"Takes {duration(verdict.now)} {what} of the last {calls(count)},"
        f" {duration(verdict.before)} before: {verdict.ratio:.1f} times as long;"
        f" since {_minute(series.at[start])}.",
        priority=_a_day(series, start, now)
        * (1 - 1 / verdict.ratio)
        * verdict.probability
        * _SLOW_HURTS
        * (0.1 if verdict.tail else 1.0),
        numbers={
            "calls": float(len(timed)),
            "recent_calls": float(count),
            "baseline_seconds": verdict.before,
            "recent_seconds": verdict.now,
            "ratio": verdict.ratio,
            "since": series.at[start].timestamp(),
            "probability": verdict.probability,
        },
    )


def _a_day(series: Series, start: int, now: datetime) -> float:
    """How many calls of this kind a day brings."""
    span = max((now - series.at[start]).total_seconds(), _SHORTEST_SPAN)
    return (len(series.at) - start) * _SECONDS_A_DAY / span


def _kinds(series: Series, start: int) -> tuple[str, ...]:
    """The kinds of the failures, most frequent first; equals by name."""
    found = Counter(kind for kind in series.fingerprints[start:] if kind)
    order = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(kind for kind, _ in order[:_MOST_KINDS])


def _mostly(series: Series, start: int) -> str:
    """What the failures mostly are, by name where it is known."""
    named = Counter(
        series.names.get(kind, f"kind {kind}") for kind in series.fingerprints[start:] if kind
    )
    if not named:
        return ""
    name, count = min(named.items(), key=lambda item: (-item[1], item[0]))
    if count == named.total():
        return f"; always {name}"
    return f"; {percent(count / named.total())} of it {name}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
