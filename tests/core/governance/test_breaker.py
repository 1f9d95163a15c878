from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.governance.breaker import Closed, Open, Tried, circuit
from mendloop.model.deployment import Attempt, Result
from mendloop.model.ids import DeploymentId

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PAUSE = timedelta(hours=6)


def tried(*results: Result, at: datetime = NOW) -> list[Attempt]:
    """Deployments a minute apart, the newest last and at a time; as they are given, newest first."""
    return [
        Attempt(
            deployment=DeploymentId(f"d-{number}"),
            at=at - timedelta(minutes=number),
            result=result,
            ended=at - timedelta(minutes=number),
        )
        for number, result in enumerate(reversed(results))
    ]


def state(attempts: list[Attempt], now: datetime = NOW) -> object:
    return circuit(attempts, most=2, pause=PAUSE, now=now)


F, H, P, U = Result.FAILED, Result.HEALTHY, Result.PENDING, Result.UNCLEAR


@pytest.mark.parametrize("results", [(), (F,), (F, H, F), (F, F, H), (F, U, P)])
def test_fewer_failures_in_a_row_than_that_open_nothing(results: tuple[Result, ...]) -> None:
    assert state(tried(*results)) == Closed()


@pytest.mark.parametrize("results", [(F, F), (H, F, F), (F, U, F), (F, P, F)])
def test_so_many_failures_in_a_row_open_it_for_the_pause(results: tuple[Result, ...]) -> None:
    assert state(tried(*results)) == Open(failures=2, until=NOW + PAUSE)
    assert state(tried(*results), NOW + PAUSE) == Closed()


@pytest.mark.promise("limits/failures-open-a-circuit")
def test_after_the_pause_one_is_tried_and_its_end_decides() -> None:
    failed, after = tried(F, F), NOW + PAUSE

    def with_trial(result: Result) -> object:
        return state([*tried(result, at=after), *failed], after + timedelta(minutes=1))

    assert with_trial(P) == Tried(failures=2, trial=DeploymentId("d-0"))
    assert with_trial(H) == Closed()
    assert with_trial(F) == Open(failures=3, until=after + PAUSE)
    assert with_trial(U) == Open(failures=2, until=after + PAUSE)


@given(
    st.lists(st.sampled_from(Result), max_size=12),
    st.timedeltas(timedelta(), PAUSE - timedelta(seconds=1)),
)
def test_for_the_pause_after_a_failure_it_is_open_if_and_only_if_there_were_enough(
    results: list[Result], wait: timedelta
) -> None:
    last = next((n for n, each in enumerate(reversed(results)) if each is H), len(results))
    failures = results[len(results) - last :].count(F)
    worse = [*tried(F), *tried(*results, at=NOW - timedelta(minutes=1))]

    assert (state(worse, NOW + wait) == Closed()) == (failures + 1 < 2)
