import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.detect.examine import Rule, examine, ranked
from mendloop.model.execution import Series
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding, IncidentKind

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULE = Rule(success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5)


def series(
    failed: Sequence[bool],
    seconds: Sequence[float] | None = None,
    kinds: Sequence[str] = ("k",),
    name: str = "pricing.quote",
) -> Series:
    """One call a minute, the last one now."""
    count = len(failed)
    return Series(
        target=TargetName(name),
        at=tuple(NOW - timedelta(minutes=count - 1 - n) for n in range(count)),
        failed=tuple(failed),
        seconds=tuple(seconds if seconds is not None else [0.01] * count),
        fingerprints=tuple(kinds[n % len(kinds)] if hit else "" for n, hit in enumerate(failed)),
    )


def every(count: int, length: int) -> list[bool]:
    return [n % count == 0 for n in range(length)]


def found(calls: Series) -> dict[IncidentKind, Finding]:
    return {finding.kind: finding for finding in examine(calls, RULE, now=NOW)}


@pytest.mark.promise("detect/one-of-one-is-no-finding")
@given(
    st.floats(0.01, 0.999),
    st.floats(0.5, 0.9999),
    st.integers(1, 10),
    st.integers(0, 3),
)
def test_one_failed_call_is_never_a_finding(
    success_below: float, confidence: float, least_calls: int, good: int
) -> None:
    rule = replace(
        RULE, success_below=success_below, confidence=confidence, least_calls=least_calls
    )
    assert examine(series([True]), rule, now=NOW) == ()
    assert examine(series([False] * good + [True]), rule, now=NOW) == ()


def test_a_constant_rate_is_failing_and_not_degraded() -> None:
    calls = series(every(3, 300))
    only = found(calls)
    assert set(only) == {IncidentKind.FAILING}
    finding = only[IncidentKind.FAILING]
    assert finding.summary == "Fails 33 % of 300 calls (28-39 %); always kind k."
    assert finding.numbers["rate_low"] < finding.numbers["rate"] < finding.numbers["rate_high"]
    assert "since" not in finding.numbers


def test_a_rate_that_rose_is_degraded_and_failing_since_then() -> None:
    calls = series(every(60, 300) + every(3, 90))
    both = found(calls)
    assert set(both) == {IncidentKind.FAILING, IncidentKind.DEGRADED}
    degraded = both[IncidentKind.DEGRADED]
    since = (NOW - timedelta(minutes=89)).timestamp()
    assert degraded.numbers["since"] == pytest.approx(since, abs=600)
    assert degraded.numbers["recent_rate"] == pytest.approx(1 / 3, abs=0.05)
    assert degraded.numbers["baseline_rate"] < 0.03
    assert "since 2026-11-20 22:" in degraded.summary
    failing = both[IncidentKind.FAILING]
    assert failing.numbers["since"] == degraded.numbers["since"]
    assert failing.numbers["calls"] < 100


def test_a_small_rise_is_degraded_only() -> None:
    assert set(found(series(every(300, 2100) + every(16, 700)))) == {IncidentKind.DEGRADED}


def test_what_has_recovered_is_nothing_any_more() -> None:
    assert found(series(every(3, 200) + [False] * 100)) == {}


def test_a_healthy_target_has_no_finding() -> None:
    assert found(series(every(100, 500))) == {}


def test_too_few_calls_have_no_finding() -> None:
    assert found(series([True] * 4)) == {}
    assert set(found(series([True] * 5))) == {IncidentKind.FAILING}


def test_kinds_of_failure_come_most_frequent_first() -> None:
    finding = found(series(every(2, 200), kinds=("b", "-", "b", "-", "a", "-")))
    assert finding[IncidentKind.FAILING].fingerprints == ("b", "a")
    assert finding[IncidentKind.FAILING].summary.endswith("67 % of it kind b.")


def test_a_slower_target_is_found() -> None:
    rng = np.random.default_rng(1)
    seconds = rng.lognormal(-4, 0.3, 400)
    seconds[320:] *= 3
    calls = series([False] * 400, list(map(float, seconds)))
    only = found(calls)
    assert set(only) == {IncidentKind.SLOW}
    finding = only[IncidentKind.SLOW]
    assert finding.numbers["ratio"] == pytest.approx(3, rel=0.2)
    since = (NOW - timedelta(minutes=79)).timestamp()
    assert finding.numbers["since"] == pytest.approx(since, abs=600)
    assert "times as long" in finding.summary


@pytest.mark.parametrize(("middle", "factor"), [(0.02, 1.3), (0.0001, 3.0)])
def test_slower_by_little_hurts_nobody(middle: float, factor: float) -> None:
    rng = np.random.default_rng(1)
    seconds = middle * rng.lognormal(0, 0.05, 800)
    seconds[600:] *= factor
    assert found(series([False] * 800, list(map(float, seconds)))) == {}


def test_failed_and_unmeasured_calls_have_no_time() -> None:
    failed = every(30, 400)
    seconds = [9.0 if hit else 0.0 for hit in failed]
    assert IncidentKind.SLOW not in found(series(failed, seconds))


def test_the_target_that_hurts_more_calls_comes_first() -> None:
    some = found(series(every(3, 100), name="b"))[IncidentKind.FAILING]
    most = found(series([True] * 100, name="c"))[IncidentKind.FAILING]
    same = replace(some, target=TargetName("a"))
    assert ranked([some, most, same]) == (most, same, some)
    assert ranked([same, some, most]) == (most, same, some)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1e4), st.sampled_from(["a", "b"])), max_size=150)
)
def test_any_series_can_be_examined(calls: list[tuple[bool, float, str]]) -> None:
    what = series([hit for hit, _, _ in calls], [taken for _, taken, _ in calls], kinds=("a", "b"))
    for finding in examine(what, RULE, now=NOW):
        assert all(math.isfinite(number) for number in finding.numbers.values())
        assert finding.priority >= 0
        assert "\n" not in finding.summary
