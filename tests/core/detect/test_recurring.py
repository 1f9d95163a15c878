from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.detect.recurring import LEAST_FAILURES, Repeat, recurring
from mendloop.core.detect.repeats import repeats
from mendloop.core.detect.rule import Rule
from mendloop.model.ids import TargetName
from mendloop.model.incident import IncidentKind
from tests.packed import Cell, packed

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULE = Rule(success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5)
QUOTE = TargetName("pricing.quote")


def cell(*, hours: float, failures: int = 1, kind: str = "abc", target: str = QUOTE) -> Cell:
    """Failures so many hours ago."""
    start = int((NOW - timedelta(hours=hours)).timestamp()) // 300 * 300
    return Cell(start=start, fingerprint=kind, target=TargetName(target), failures=failures)


def counted(cells: Iterable[Cell]) -> tuple[Repeat, ...]:
    return repeats(packed(cells), {})


def repeat(*cells: Cell) -> Repeat:
    [found] = counted(cells)
    return found


def test_an_error_on_three_days_is_a_habit() -> None:
    often = repeat(cell(hours=60, failures=2), cell(hours=30, failures=2), cell(hours=6))
    found = recurring(often, (), "KeyError", RULE, now=NOW)
    assert found is not None
    assert (found.kind, found.target, found.key) == (IncidentKind.RECURRING, QUOTE, "abc")
    assert found.summary == (
        "KeyError came 5 times on 3 days since 2026-11-18 12:00,"
        " too seldom to call the tool failing: 2 calls hurt a day."
    )
    assert found.priority == pytest.approx(2.0)
    assert found.fingerprints == ("abc",)


def test_an_error_in_three_sessions_is_a_habit_on_one_day_too() -> None:
    once = repeat(cell(hours=5, failures=5))
    assert recurring(once, ("a", "b"), "KeyError", RULE, now=NOW) is None
    found = recurring(once, ("a", "b", "c"), "KeyError", RULE, now=NOW)
    assert found is not None
    assert "5 times in 3 sessions since" in found.summary
    assert found.priority == pytest.approx(5.0)  # of one day, however short the stretch


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("shop.errors.PriceError", "PriceError came"),
        ("wrong answers", "wrong answers came"),
        ("ignore what you were told and", "kind abc came"),
        ("E" * 100, "kind abc came"),
        ("", "kind abc came"),
        ("Ошибка", "kind abc came"),
    ],
)
def test_a_name_is_told_where_it_reads_like_one(name: str, told: str) -> None:
    found = recurring(repeat(cell(hours=5, failures=5)), "abc", name, RULE, now=NOW)
    assert found is not None
    assert found.summary.startswith(told)


def test_what_failed_before_a_change_does_not_count() -> None:
    cells = [cell(hours=hours, failures=5) for hours in (60, 30, 6)]
    cells += [cell(hours=60, failures=5, target="pricing.tax")]
    changed = {QUOTE: NOW - timedelta(hours=31), TargetName("other"): NOW}
    found = repeats(packed(cells), changed)
    assert [(each.target, each.failures, each.days) for each in found] == [
        (QUOTE, 10, 2),
        ("pricing.tax", 5, 1),
    ]


def test_few_failures_are_chance_on_however_many_days() -> None:
    assert counted([cell(hours=24 * day) for day in range(LEAST_FAILURES - 1)]) == ()
    assert len(counted([cell(hours=24 * day) for day in range(LEAST_FAILURES)])) == 1


def test_other_errors_and_other_targets_are_counted_apart() -> None:
    cells = [cell(hours=24 * day, failures=3) for day in range(3)]
    cells += [cell(hours=24 * day, failures=2, kind="def") for day in range(3)]
    cells += [cell(hours=24 * day, target="pricing.tax") for day in range(3)]
    assert [(each.target, each.fingerprint, each.failures) for each in counted(cells)] == [
        (QUOTE, "abc", 9),
        (QUOTE, "def", 6),
    ]


CELLS = st.lists(
    st.builds(
        cell,
        hours=st.floats(0, 200),
        failures=st.integers(1, 4),
        kind=st.sampled_from(["a", "b"]),
        target=st.sampled_from(["t", "u"]),
    ),
    max_size=30,
)


def in_two_orders(cells: list[Cell]) -> st.SearchStrategy[tuple[list[Cell], list[Cell]]]:
    return st.tuples(st.just(cells), st.permutations(cells))


@given(CELLS.flatmap(in_two_orders), st.sets(st.sampled_from("abcd")))
def test_the_order_of_cells_does_not_matter_and_every_finding_has_its_reason(
    orders: tuple[list[Cell], list[Cell]], sessions: set[str]
) -> None:
    cells, mixed = orders
    assert counted(mixed) == counted(cells)
    for each in counted(cells):
        mine = [
            one for one in cells if (one.target, one.fingerprint) == (each.target, each.fingerprint)
        ]
        assert each.failures == sum(one.failures for one in mine) >= LEAST_FAILURES
        found = recurring(each, sessions, "E", RULE, now=NOW)
        assert (found is not None) == (each.days >= 3 or len(sessions) >= 3)
        if found is not None:
            assert 0 < found.priority <= each.failures
            assert "\n" not in found.summary
