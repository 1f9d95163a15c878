from collections.abc import Iterable
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.core.monitor.watch import (
    Evidence,
    Healthy,
    Watching,
    WatchRule,
    Worse,
    begin,
    detectable,
    feed,
    from_text,
    judge,
    to_text,
)
from mendloop.model.execution import Tally

RULE = WatchRule(alpha=0.05, horizon=200, accept_margin=0.05, least_calls=30)
SOUND = Tally(calls=500, failures=5)
BROKEN = Tally(calls=100, failures=40)
GOOD, BAD = False, True
histories = st.lists(st.booleans(), max_size=60)


def watched(baseline: Tally, calls: Iterable[bool], rule: WatchRule = RULE) -> Evidence:
    evidence = begin(baseline, rule)
    for failed in calls:
        evidence = feed(evidence, failed=failed)
    return evidence


def test_before_the_first_call_nothing_is_said() -> None:
    said = judge(begin(SOUND, RULE))
    assert isinstance(said, Watching)
    assert said.summary == (
        "Too soon to say: it was not called yet; before, 5 of 500 calls (1 %)."
        " At most 200 calls are still watched."
    )


def test_a_version_that_always_fails_is_worse_after_a_few_calls() -> None:
    evidence = watched(SOUND, repeat(BAD, 10))
    said = judge(evidence)
    assert isinstance(said, Worse)
    assert evidence.calls <= 4
    assert said.summary.startswith("Worse: it failed 2 of 2 calls (100 %); before, 5 of 500")


def test_a_version_that_never_fails_is_healthy_and_no_sooner_than_may_be() -> None:
    evidence = watched(SOUND, repeat(GOOD, 200))
    said = judge(evidence)
    assert isinstance(said, Healthy)
    assert RULE.least_calls <= evidence.calls < RULE.horizon
    assert "surely less than 6 % (95 % sure)" in said.summary
    assert not said.better


def test_the_horizon_ends_the_watch_and_says_so() -> None:
    now_and_then = chain(repeat(GOOD, 20), [True], repeat(GOOD, 20), [True], repeat(GOOD, 20))
    evidence = watched(
        SOUND, now_and_then, WatchRule(alpha=0.05, horizon=50, accept_margin=0.01, least_calls=30)
    )
    said = judge(evidence)
    assert isinstance(said, Healthy)
    assert (
        said.summary
        == "No worse within 50 calls: it failed 2 of 50 calls (4 %); before, 5 of 500 calls (1 %)."
    )


def test_a_mended_tool_is_healthy_and_better() -> None:
    evidence = watched(BROKEN, repeat(GOOD, 60))
    said = judge(evidence)
    assert isinstance(said, Healthy)
    assert said.better
    assert evidence.calls == RULE.least_calls


def test_a_fix_that_changed_nothing_is_no_worse_but_not_better() -> None:
    evidence = watched(BROKEN, (n % 5 in {1, 3} for n in range(200)))
    said = judge(evidence)
    assert isinstance(said, Healthy)
    assert not said.better
    assert said.summary.endswith("before, 40 of 100 calls (40 %). Nor is it surely better.")


def test_a_broken_tool_can_still_get_worse() -> None:
    assert isinstance(judge(watched(BROKEN, repeat(BAD, 10))), Worse)


def test_what_always_failed_is_not_worse_when_it_still_does() -> None:
    said = judge(watched(Tally(calls=50, failures=50), repeat(BAD, 200)))
    assert isinstance(said, Healthy)
    assert not said.better


@pytest.mark.parametrize("calls", [0, 4])
def test_a_tiny_baseline_falls_back_to_the_bound_for_any_window_and_says_so(calls: int) -> None:
    evidence = begin(Tally(calls=calls, failures=0), RULE)
    assert evidence.threshold == 1 / RULE.alpha
    assert f"only {calls} calls were recorded" in judge(evidence).summary
    assert isinstance(judge(watched(evidence.baseline, repeat(BAD, 10))), Worse)
    assert isinstance(judge(watched(evidence.baseline, repeat(GOOD, 60))), Healthy)


def test_the_cap_is_a_margin_above_the_rate_before_unless_that_was_bad() -> None:
    assert begin(Tally(calls=500, failures=0), RULE).cap == pytest.approx(0.05)
    assert begin(SOUND, RULE).cap == pytest.approx(0.06)
    assert begin(Tally(calls=500, failures=35), RULE).cap == pytest.approx(0.10)
    assert begin(BROKEN, RULE).cap == pytest.approx(0.3182, abs=1e-3)


def test_the_numbers_behind_an_answer_are_given() -> None:
    detail = judge(watched(SOUND, [False, True])).detail
    assert detail["calls"] == 2
    assert detail["failures"] == 1
    assert detail["baseline_rate"] == 0.01
    assert detail["evidence"] < detail["threshold"]
    assert detail["acceptance"] < detail["acceptance_needed"] == 20


@given(histories, st.sampled_from([SOUND, BROKEN, Tally(calls=3, failures=1)]))
@settings(max_examples=40)
def test_evidence_comes_back_from_its_text_bit_for_bit(calls: list[bool], baseline: Tally) -> None:
    evidence = watched(baseline, calls)
    again = from_text(to_text(evidence))
    assert again == evidence
    assert hash(again) == hash(evidence)
    assert feed(again, failed=True) == feed(evidence, failed=True)


@given(histories, histories)
@settings(max_examples=40)
def test_once_an_answer_is_given_later_calls_change_nothing(
    calls: list[bool], later: list[bool]
) -> None:
    evidence = watched(SOUND, [*calls, *repeat(BAD, 8)])
    assert evidence.over
    again = evidence
    for failed in later:
        again = feed(again, failed=failed)
    assert judge(again) == judge(evidence)


@given(histories)
@settings(max_examples=40)
def test_feeding_leaves_the_evidence_before_as_it_was(calls: list[bool]) -> None:
    evidence = watched(SOUND, calls)
    kept = to_text(evidence)
    feed(evidence, failed=True)
    assert to_text(evidence) == kept


def test_the_smallest_drop_it_can_find_is_forecast() -> None:
    rise = detectable(begin(SOUND, RULE))
    assert rise is not None
    assert 0.01 < rise < 0.10
    unknown = detectable(begin(Tally(calls=0, failures=0), RULE))
    assert unknown is not None
    assert unknown > rise
    assert detectable(begin(Tally(calls=50, failures=50), RULE)) is None
