"""How many findings are false, and how many troubles are found, beside the rules of thumb."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache

import pytest

from mendloop.core.detect.examine import Rule, examine
from mendloop.model.execution import Series
from mendloop.model.incident import IncidentKind
from tests.calibration.figures import say
from tests.calibration.fleet import NOW, Tool, fleet

TOOLS = 2_000
SEEDS = (1, 2)
FALSE = 0.05
RULE = Rule(success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5)
DAY = timedelta(days=1)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@cache
def tools() -> tuple[Tool, ...]:
    return tuple(tool for seed in SEEDS for tool in fleet(TOOLS, seed))


@cache
def findings() -> Mapping[IncidentKind, frozenset[int]]:
    """The places of the tools with a finding, by its kind."""
    found: dict[IncidentKind, set[int]] = {kind: set() for kind in IncidentKind}
    for place, tool in enumerate(tools()):
        for finding in examine(tool.series, RULE, now=NOW):
            found[finding.kind].add(place)
    return {kind: frozenset(places) for kind, places in found.items()}


def truly(trouble: Callable[[Tool], bool]) -> frozenset[int]:
    return frozenset(place for place, tool in enumerate(tools()) if trouble(tool))


def judged(name: str, found: frozenset[int], true: frozenset[int]) -> tuple[float, float]:
    """The share of findings that are false, and the share of troubles that were found."""
    false = len(found - true) / max(len(found), 1)
    recall = len(found & true) / len(true)
    say(f"{name}: {len(found)} found, {false:.3f} of them false, recall {recall:.3f}")
    return false, recall


def below_70_percent(series: Series) -> bool:
    return series.tally.rate > 0.3


def above_3_a_day(series: Series) -> bool:
    """More than 3 failures within any 24 hours."""
    at = [when for when, failed in zip(series.at, series.failed, strict=True) if failed]
    return any(late - early <= DAY for early, late in zip(at, at[3:], strict=False))


def fell_by_10_points(series: Series) -> bool:
    """The last fifth fails 10 points more often than the rest."""
    cut = len(series.failed) * 4 // 5
    before, now = series.failed[:cut], series.failed[cut:]
    return sum(now) / len(now) - sum(before) / len(before) > 0.1


def half_as_slow_again(series: Series) -> bool:
    """The mean time of the last fifth is half as long again as that of the rest."""
    cut = len(series.seconds) * 4 // 5
    before, now = series.seconds[:cut], series.seconds[cut:]
    return sum(now) / len(now) > 1.5 * sum(before) / len(before)


def test_failing_targets_are_found_with_few_false_findings() -> None:
    true = truly(lambda tool: tool.failing)
    false, recall = judged("failing", findings()[IncidentKind.FAILING], true)
    plain, found = judged("  success < 70 %", truly(lambda t: below_70_percent(t.series)), true)
    many, _ = judged("  > 3 failures in 24 h", truly(lambda t: above_3_a_day(t.series)), true)
    assert false <= FALSE
    assert false < min(plain, many)
    assert recall > max(0.6, found)


def test_degraded_targets_are_found_with_few_false_findings() -> None:
    true = truly(lambda tool: tool.degraded)
    found = findings()[IncidentKind.DEGRADED]
    false, recall = judged("degraded", found, true)
    plain, _ = judged("  10 points worse", truly(lambda t: fell_by_10_points(t.series)), true)
    noticed = len((found | findings()[IncidentKind.FAILING]) & true) / len(true)
    say(f"  noticed as degraded or failing: {noticed:.3f}")
    assert false <= FALSE < plain
    assert recall > 0.35
    assert noticed > 0.45


def test_slow_targets_are_found_with_few_false_findings() -> None:
    true = truly(lambda tool: tool.slow)
    false, recall = judged("slow", findings()[IncidentKind.SLOW], true)
    plain, _ = judged("  mean 1.5 times", truly(lambda t: half_as_slow_again(t.series)), true)
    assert false <= FALSE < plain
    assert recall > 0.6


def test_steady_targets_are_not_said_to_have_changed() -> None:
    steady = truly(lambda tool: tool.steady)
    changed = findings()[IncidentKind.DEGRADED] | findings()[IncidentKind.SLOW]
    kinds = Counter(tools()[place].kind for place in changed & steady)
    say(f"steady targets said to have changed: {dict(kinds)} of {len(steady)}")
    assert len(changed & steady) <= 0.01 * len(steady)
