from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.record.fingerprint import fingerprint
from mendloop.core.validate.cases import (
    AnythingBut,
    Exactly,
    NoFailure,
    Origin,
    RaisesClearly,
    SameAsBefore,
    choose,
    of_execution,
    shape,
)
from mendloop.core.validate.perturb import near, perturbed
from mendloop.core.validate.synthetic import synthetic
from mendloop.errors import InvalidInput
from mendloop.model.execution import LATE, Execution, Fault, Outcome
from mendloop.model.observation import Raised, Returned, TimedOut
from mendloop.model.value import Encoded, call_text, canonical
from tests.core.validate.lab import execution
from tests.core.values import encoded

BOOM = Fault(type="KeyError", message="'x'")


def passing(many: int, first: int = 0) -> list[Execution]:
    return [execution(number, (number,)) for number in range(first, first + many)]


def failing(many: int, kind: str = "KeyError") -> list[Execution]:
    fault = Fault(type=kind, message="no")
    return [
        execution(number, (f"{kind}-{number}",), outcome=Outcome.ERROR, error=fault)
        for number in range(1000, 1000 + many)
    ]


@pytest.mark.parametrize(
    ("recorded", "origin", "wanted", "seen"),
    [
        (execution(1, (), result=5), Origin.PASSING, SameAsBefore(), Returned(5)),
        (execution(1, (), result=5, expected=5), Origin.PASSING, Exactly(5), Returned(5)),
        (
            execution(1, (), outcome=Outcome.WRONG, result=5, expected=6),
            Origin.WRONG,
            Exactly(6),
            Returned(5),
        ),
        (
            execution(1, (), outcome=Outcome.WRONG, result=5),
            Origin.WRONG,
            AnythingBut(5),
            Returned(5),
        ),
        (
            execution(1, ("<redacted:0a1b2c3d>",), outcome=Outcome.WRONG, result=5, expected=6),
            Origin.WRONG,
            AnythingBut(5),
            Returned(5),
        ),
        (
            execution(1, (), outcome=Outcome.ERROR, error=BOOM),
            Origin.FAILING,
            NoFailure(),
            Raised(BOOM),
        ),
        (
            execution(1, (), outcome=Outcome.ERROR, error=BOOM, expected=3),
            Origin.FAILING,
            Exactly(3),
            Raised(BOOM),
        ),
        (execution(1, (), outcome=Outcome.TIMEOUT), Origin.FAILING, NoFailure(), TimedOut(0.001)),
    ],
)
def test_a_recorded_call_says_what_is_wanted_of_it(
    recorded: Execution, origin: Origin, wanted: object, seen: object
) -> None:
    case = of_execution(recorded)
    assert (case.origin, case.wanted, case.recorded) == (origin, wanted, seen)


def test_every_distinct_failing_call_is_taken_up_to_half() -> None:
    chosen = choose(passing=passing(500), failing=failing(80) + failing(80), most=100)
    bad = [one for one in chosen if one.origin is Origin.FAILING]
    assert (len(chosen), len(bad)) == (100, 50)
    assert list(chosen[:50]) == bad


def test_failing_calls_may_have_the_room_that_passing_ones_leave() -> None:
    chosen = choose(passing=passing(10), failing=failing(200), most=100)
    assert sum(one.origin is Origin.FAILING for one in chosen) == 90


def test_every_kind_of_failure_is_among_few() -> None:
    many = failing(50, "KeyError") + failing(2, "TypeError")
    chosen = choose(passing=passing(50), failing=many, most=8)
    groups = [one.group for one in chosen if one.origin is Origin.FAILING]
    assert groups == ["f-KeyError", "f-TypeError", "f-KeyError", "f-TypeError"]


def test_a_rare_shape_of_arguments_is_among_the_passing_ones() -> None:
    rare = execution(9999, ({"nested": [1, 2]},))
    chosen = choose(passing=[*passing(500), rare], failing=[], most=20)
    assert rare.id in {one.case.id for one in chosen}


def test_calls_that_cannot_be_repeated_are_left_out() -> None:
    lost = [
        execution(1, ({"$opaque": "shop.Money"},)),
        execution(2, (1,), whole=False),
    ]
    assert choose(passing=lost, failing=[], most=10) == ()


@given(
    st.lists(st.integers(0, 99), unique=True, max_size=30),
    st.integers(0, 40),
    st.integers(1, 40),
    st.integers(0, 5),
)
def test_choosing_is_repeatable_bounded_and_distinct(
    numbers: Sequence[int], bad: int, most: int, seed: int
) -> None:
    good = [execution(number, (number,)) for number in numbers]
    cases = synthetic(['{"args": [1]}'])
    chosen = choose(passing=good, failing=failing(bad), synthetic=cases, most=most, seed=seed)
    again = choose(passing=good, failing=failing(bad), synthetic=cases, most=most, seed=seed)
    assert chosen == again
    assert len(chosen) == min(most, len(numbers) + bad) + 1
    assert len({one.case.id for one in chosen}) == len(chosen)


def test_another_seed_picks_other_passing_calls() -> None:
    one = choose(passing=passing(500), failing=[], most=20, seed=1)
    two = choose(passing=passing(500), failing=[], most=20, seed=2)
    assert one != two


def test_a_shape_is_the_type_two_levels_deep() -> None:
    assert shape([1, "a"]) == shape(["b", 2, 3]) == "list[int,str]"
    assert shape({"$t": [1]}) == "dict[$t:list]"
    assert shape({"b": {"$s": []}, "a": None}) == "dict[a:NoneType,b:$s]"


def test_a_file_of_cases_is_read() -> None:
    one, two, three, four = synthetic(
        [
            "# prices",
            "",
            '{"args": [3, "de"], "kwargs": {"net": true}, "expected": 3.57}\n',
            '{"args": [-1], "raises": "ValueError"}',
            '{"args": [{"$t": [1]}], "raises": ["KeyError", "IndexError"]}',
            '{"expected": null}',
        ]
    )
    assert (one.case.id, one.case.args, dict(one.case.kwargs)) == (
        "synthetic-3",
        (3, "de"),
        {"net": True},
    )
    assert one.wanted == Exactly(3.57)
    assert two.wanted == RaisesClearly(("ValueError",))
    assert three.wanted == RaisesClearly(("KeyError", "IndexError"))
    assert four.wanted == Exactly(None)
    assert synthetic(['{"args": [1]}'])[0].wanted == NoFailure()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no JSON object"),
        ('{"args": 1}', "args that are no list"),
        ('{"kwargs": []}', "kwargs that are no object"),
        ('{"arg": [1]}', "unknown key 'arg'"),
        ('{"expected": 1, "raises": "E"}', "both"),
        ('{"raises": 1}', "names no type"),
        ('{"raises": []}', "names no type"),
        ('{"args": [NaN]}', "is no JSON"),
        ('{"args": [' + "[" * 250 + "]" * 250 + "]}", "nested deeper"),
        ('{"args": [' + "[" * 30000 + "]" * 30000 + "]}", "is no JSON"),
        ('{"args": ["' + "x" * 70000 + '"]}', "longer than"),
    ],
)
def test_a_bad_line_is_named(line: str, says: str) -> None:
    with pytest.raises(InvalidInput, match="Line 2 of the cases") as caught:
        synthetic(["{}", line])
    assert says in caught.value.message


@given(encoded)
def test_a_near_miss_can_be_written_down(value: Encoded) -> None:
    for other in near(value):
        assert canonical(other)


@given(st.lists(st.lists(encoded, max_size=3), max_size=4), st.integers(0, 60))
def test_near_misses_are_new_distinct_bounded_and_repeatable(
    calls: list[list[Encoded]], most: int
) -> None:
    cases = [of_execution(execution(place, tuple(args))) for place, args in enumerate(calls)]
    found = perturbed(cases, seed=3, most=most)
    texts = [one.text for one in found]
    assert found == perturbed(cases, seed=3, most=most)
    assert len(found) <= most
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {one.text for one in cases}
    assert {one.parent for one in found} <= {one.case.id for one in cases}
    assert len({one.case.id for one in found}) == len(found)


def test_failing_calls_give_at_least_half_of_the_near_misses() -> None:
    good = [of_execution(one) for one in passing(50)]
    bad = [of_execution(one) for one in failing(10)]
    found = perturbed([*good, *bad], most=40)
    assert sum(one.group == "f-KeyError" for one in found) == 20


def test_only_failing_calls_are_tried_with_none() -> None:
    (good,) = [of_execution(one) for one in passing(1)]
    (bad,) = [of_execution(one) for one in failing(1)]
    calls = {one.parent: set[str]() for one in perturbed([good, bad], most=99)}
    for one in perturbed([good, bad], most=99):
        calls[one.parent].add(one.text)
    assert call_text((None,), {}) not in calls[good.case.id]
    assert call_text((None,), {}) in calls[bad.case.id]


@pytest.mark.parametrize(
    ("value", "among"),
    [
        (5, [6, 4, 0, -5]),
        (2.5, [3.5, 1.5, 0.0, -2.5]),
        ("ab", ["a", "b", "abb", "AB"]),
        (["x", 1], [["x"], [1], ["x", 1, 1], ["x", 2]]),
        ({"$t": [1, 2]}, [{"$t": [1]}, {"$t": [2, 2]}]),
        ({"a": 1}, [{}, {"a": 2}]),
        (True, [False]),
        ({"$i": "9007199254740993"}, [{"$i": "9007199254740994"}]),
    ],
)
def test_near_misses_are_close(value: Encoded, among: list[Encoded]) -> None:
    found = list(near(value))
    for one in among:
        assert one in found


@pytest.mark.parametrize("value", [None, {"$datetime": "2026"}, {"$opaque": "x"}, {"$i": "x"}])
def test_what_is_not_understood_is_left_alone(value: Encoded) -> None:
    assert list(near(value)) == []


def test_a_label_does_not_change_how_a_call_ended() -> None:
    raised = execution(1, (), outcome=Outcome.WRONG, error=BOOM, expected=3)
    assert fingerprint(None, Outcome.TIMEOUT) == LATE
    late = replace(execution(2, (), outcome=Outcome.WRONG), fingerprint=LATE)
    assert (of_execution(raised).origin, of_execution(raised).recorded) == (
        Origin.FAILING,
        Raised(BOOM),
    )
    assert of_execution(raised).wanted == Exactly(3)
    assert isinstance(of_execution(late).recorded, TimedOut)
    assert of_execution(late).wanted == NoFailure()
