from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from mendloop.core.investigate.contrast import looked, marks, new_shapes, type_differences
from mendloop.core.investigate.shapes import MOST_PLACES, looks
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.value import Encoded

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def call(number: int, *args: Encoded, failed: bool = False, **more: Any) -> Execution:
    return Execution(
        id=ExecutionId(f"x-{number}"),
        target=TargetName("t"),
        at=NOON + timedelta(minutes=number),
        seconds=0.1,
        outcome=Outcome.ERROR if failed else Outcome.OK,
        args=args,
        **more,
    )


def test_a_place_reaches_into_objects_and_a_shape_says_more_than_a_type() -> None:
    found = looks(call(1, {"sku": "", "n": -2}, kwargs={"tags": ["a", 1]}))
    assert {place: look.shape for place, look in found.items()} == {
        "argument 1": "dict",
        "argument 1['n']": "int negative",
        "argument 1['sku']": "str empty",
        "argument 'tags'": "list of int | str",
        "argument 'tags'[]": "int | str",
    }


def test_items_of_a_list_are_one_place_and_fields_of_a_row_are_their_own() -> None:
    rows: list[Encoded] = [{"$t": ["a", 1]}, {"$t": ["b", None]}]
    found = looks(call(1, rows))
    assert {place: look.type for place, look in found.items()} == {
        "argument 1": "list",
        "argument 1[]": "tuple",
        "argument 1[][0]": "str",
        "argument 1[][1]": "None | int",
    }


def test_hostile_arguments_have_few_places() -> None:
    wide: dict[str, Encoded] = {f"k{n}" * 50: {f"i{m}": m for m in range(50)} for n in range(50)}
    assert len(looks(call(1, *[wide] * 50))) == MOST_PLACES


def test_the_types_that_only_failing_calls_have_are_told_with_their_counts() -> None:
    bad = looked([call(n, {"sku": None}) for n in range(3)])
    good = looked([call(n, {"sku": "a"}) for n in range(5)])
    (found,) = type_differences(bad, good)
    assert (found.place, found.failing, found.passing) == (
        "argument 1['sku']",
        "None (3)",
        "str (5)",
    )
    assert type_differences(good, good) == ()


def test_a_shape_is_new_only_where_enough_calls_came_before() -> None:
    calls = [call(n, "a") for n in range(20)] + [call(n, "", failed=True) for n in range(20, 25)]
    began = NOON + timedelta(minutes=20)
    (found,) = new_shapes(looked(calls), began)
    assert (found.place, found.shape, found.calls, found.failing) == (
        "argument 1",
        "str empty",
        5,
        5,
    )
    assert found.first == began
    assert new_shapes(looked(calls[15:]), began) == ()
    assert new_shapes(looked(calls), None) == ()


def test_the_caller_whose_calls_fail_is_named_first() -> None:
    calls = [
        replace(call(n, n), caller="batch" if n % 4 == 0 else "web", session=f"s{n % 9}")
        for n in range(200)
    ]
    calls = [replace(one, outcome=Outcome.ERROR) if one.caller == "batch" else one for one in calls]
    first, *_ = marks(looked(calls))
    assert (first.attribute, first.value, first.failing, first.calls) == (
        "caller",
        "batch",
        50,
        50,
    )
    assert first.p < 1e-20


def test_failures_by_accident_are_rarely_given_a_mark() -> None:
    random, false = np.random.default_rng(7), 0
    for _ in range(200):
        calls = [
            replace(
                call(n, "a" if random.random() < 0.5 else None, int(random.integers(6))),
                outcome=Outcome.ERROR if random.random() < 0.3 else Outcome.OK,
                caller=str(random.choice(["web", "batch", "cron"])),
                version=Digest(str(random.choice(["v1", "v2"]))),
            )
            for n in range(60)
        ]
        false += bool(marks(looked(calls)))
    assert false <= 6  # of 200, at 1 %: more than 6 would come once in 200 times


def test_attributes_that_the_same_calls_bear_are_told_once() -> None:
    calls = [call(n, 0 if n >= 50 else 1, failed=n >= 50) for n in range(100)]
    assert [(each.attribute, each.value) for each in marks(looked(calls))] == [
        ("argument 1", "= 0")
    ]
