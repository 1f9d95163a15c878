from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.made_up import made_up
from mendloop.model.observation import Case
from mendloop.model.value import Encoded
from tests.core.values import encoded

SOURCE = "def quote(count: int, code: str, prices, *, net: bool = False): ...\n"


def recorded(*calls: tuple[Encoded, ...], **kwargs: Encoded) -> list[TestCase]:
    return [
        TestCase(
            case=Case(id=f"e-{place}", args=args, kwargs=kwargs),
            origin=Origin.PASSING,
            wanted=SameAsBefore(),
        )
        for place, args in enumerate(calls)
    ]


CALLS = recorded(
    (3, "2024-01-05", [1.5, 2.0]), (9, "2023-11-30", [0.5]), (7, "2025-06-17", []), net=True
)


def test_the_same_source_calls_and_number_give_the_same_calls() -> None:
    first = made_up(SOURCE, "quote", CALLS, number=7, most=40)
    assert first == made_up(SOURCE, "quote", CALLS, number=7, most=40)
    assert first != made_up(SOURCE, "quote", CALLS, number=8, most=40)
    assert 20 < len(first) <= 40


def test_made_up_calls_have_the_form_of_the_recorded_ones_and_are_new() -> None:
    taken = {case.text for case in CALLS}
    for case in made_up(SOURCE, "quote", CALLS, number=7, most=40):
        assert case.text not in taken
        count, code, prices = case.case.args
        assert isinstance(count, int)
        assert isinstance(code, str)
        assert isinstance(prices, list)
        assert all(isinstance(one, float) and 0.5 <= one <= 2.0 for one in prices)
        assert list(case.case.kwargs) == ["net"]


def test_where_nothing_says_what_an_argument_may_be_no_call_is_made_up() -> None:
    assert made_up("def quote(x): ...\n", "quote", [], number=1, most=9) == ()
    assert made_up("def quote(:\n", "quote", [], number=1, most=9) == ()


@pytest.mark.parametrize(
    ("hint", "kinds"),
    [
        ("int", {"int"}),
        ("float", {"float"}),
        ("bool", {"bool"}),
        ("int | None", {"int", "NoneType"}),
        ("'Optional[str]'", {"str", "NoneType"}),
        ("typing.Literal['a', 2]", {"str", "int"}),
        ("list[int]", {"list"}),
        ("tuple[int, str]", {"dict"}),
        ("set[int]", {"dict"}),
        ("dict[str, float]", {"dict"}),
        ("bytes", {"dict"}),
        ("Annotated[int, 'count']", {"int"}),
    ],
)
def test_hints_alone_make_calls(hint: str, kinds: set[str]) -> None:
    made = made_up(f"def quote(x: {hint}): ...\n", "quote", [], number=1, most=40)
    assert {type(case.case.args[0]).__name__ for case in made} == kinds


@pytest.mark.parametrize("hint", ["Money", "list", "dict[int, int]", "Callable[[int], int]", "1"])
def test_a_hint_that_says_nothing_that_is_known_makes_none(hint: str) -> None:
    assert made_up(f"def quote(x: {hint}): ...\n", "quote", [], number=1, most=9) == ()


def test_the_object_of_a_method_is_no_argument() -> None:
    source = "class Cart:\n    def total(self, count: int, tax: float = 0.0): ...\n"
    made = made_up(source, "Cart.total", [], number=1, most=9)
    assert {len(case.case.args) for case in made} == {1}


@settings(
    max_examples=25,
    suppress_health_check=(HealthCheck.nested_given, HealthCheck.too_slow),
    deadline=None,
)
@given(st.lists(st.tuples(encoded, encoded), min_size=1, max_size=4))
def test_calls_can_be_made_up_from_whatever_was_recorded(
    calls: list[tuple[Encoded, Encoded]],
) -> None:
    for case in made_up("", "quote", recorded(*calls), number=1, most=8):
        assert len(case.case.args) == 2
        assert case.text


def test_making_calls_up_leaves_nothing_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made_up(SOURCE, "quote", CALLS, number=3, most=20)
    assert not list(tmp_path.iterdir())
