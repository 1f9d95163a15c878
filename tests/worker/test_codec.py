"""Values cross the wall as they are, or as opaque; nothing in between."""

import dataclasses
import datetime as dt
import decimal
import enum
import json
import math
import pathlib
import sys
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.adapters.sandbox import frames
from mendloop.model.value import canonical
from mendloop.worker import codec

_MOST = 1_000_000


@dataclasses.dataclass
class Point:
    x: int
    y: object = None


@dataclasses.dataclass
class Guarded:
    x: int

    def __post_init__(self) -> None:
        raise AssertionError


class Side(enum.Enum):
    LEFT = "l"


_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(codec=None, categories=None)),
    st.binary(),
    st.decimals(),
    st.uuids(),
    st.datetimes(timezones=st.none() | st.just(dt.UTC)),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.just(pathlib.Path("a/b")),
    st.just(Side.LEFT),
)
_keys = st.one_of(st.integers(), st.text(), st.tuples(st.integers(), st.text()))
_values = st.recursive(
    _plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(_keys, inner, max_size=4),
        st.sets(_keys, max_size=4),
        st.frozensets(_keys, max_size=4),
        st.builds(Point, st.integers(), inner),
    ),
    max_leaves=12,
)


def _crossed(value: object) -> Any:
    return json.loads(json.dumps(codec.encode(value, _MOST)))


def _same(one: Any, other: Any) -> bool:
    """Equal in type and content, where NaN equals NaN and -0.0 differs from 0.0."""
    return type(one) is type(other) and repr(codec.encode(one, _MOST)) == repr(
        codec.encode(other, _MOST)
    )


@given(_values)
def test_what_is_encoded_is_rebuilt_the_same(value: object) -> None:
    assert _same(codec.decode(_crossed(value)), value)


@given(_values)
def test_what_is_encoded_passes_the_check_of_the_server(value: object) -> None:
    text = _crossed(value)
    assert frames.checked(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, "a"), {"$t": [1, "a"]}),
        ({3, 1, 2}, {"$s": [1, 2, 3]}),
        (frozenset({"b", "a"}), {"$fs": ["a", "b"]}),
        (b"\x01\xff", {"$b": "01ff"}),
        (2**53, 2**53),
        (2**53 + 1, {"$i": "9007199254740993"}),
        (math.inf, {"$f": "inf"}),
        (1 - 2j, {"$c": ["1.0", "-2.0"]}),
        ({1: "a"}, {"$d": [[1, "a"]]}),
        ({"$t": 1}, {"$d": [["$t", 1]]}),
        (dt.timedelta(days=-1, microseconds=1), {"$timedelta": "-86399.999999"}),
        (decimal.Decimal("1.10"), {"$decimal": "1.10"}),
        (uuid.UUID(int=1), {"$uuid": "00000000-0000-0000-0000-000000000001"}),
        (pathlib.Path("a"), {"$path": "a"}),
        (Side.LEFT, {"$enum": [f"{__name__}.Side", "LEFT"]}),
        (Point(1), {"$dataclass": [f"{__name__}.Point", {"x": 1, "y": None}]}),
        (object(), {"$opaque": "builtins.object"}),
        ([10**5000], [{"$opaque": "builtins.int"}]),
    ],
)
def test_each_kind_has_its_tag(value: object, expected: object) -> None:
    assert codec.encode(value, _MOST) == expected


def test_a_negative_zero_stays_one() -> None:
    assert math.copysign(1, codec.decode(_crossed(-0.0))) == -1


def test_an_object_of_a_subclass_is_opaque() -> None:
    class Number(int): ...

    class Text(str):
        __slots__ = ()

    for value in (Number(1), Text("a")):
        (tag,) = codec.encode(value, _MOST)
        assert tag == "$opaque"


def test_a_value_over_its_budget_is_refused() -> None:
    long = (decimal.Decimal(10**150), pathlib.Path("x" * 150))
    for value in ("x" * 101, [0] * 60, b"x" * 60, {"x" * 101: 1}, 10**200, *long):
        with pytest.raises(codec.TooLargeError):
            codec.encode(value, 100)


@given(_values, st.integers(0, 400))
def test_what_is_encoded_never_takes_much_more_than_its_budget(value: object, most: int) -> None:
    try:
        encoded = codec.encode(value, most)
    except codec.TooLargeError:
        return
    # Each node costs two characters of the budget at the least; its tag, a class's name and six
    # characters for one that JSON must escape come on top.
    assert len(json.dumps(encoded)) <= 6 * most + 400 * (most // 2 + 1)


@given(_values)
def test_the_text_of_a_value_is_the_same_whatever_order_a_set_has(value: object) -> None:
    again = codec.encode(codec.decode(_crossed(value)), _MOST)
    assert canonical(again) == canonical(_crossed(value))


@given(st.lists(_keys, unique=True, max_size=5), st.randoms())
def test_two_sets_of_the_same_have_the_same_text(members: list[Any], chance: Any) -> None:
    shuffled = list(members)
    chance.shuffle(shuffled)
    assert codec.encode(set(members), _MOST) == codec.encode(set(shuffled), _MOST)


def test_equal_in_python_is_not_the_same_answer() -> None:
    texts = [canonical(codec.encode(value, _MOST)) for value in (1, 1.0, True, "1", 1 + 0j)]
    assert len(set(texts)) == 5
    nan, other = (canonical(codec.encode(float("nan"), _MOST)) for _ in range(2))
    assert nan == other


def test_a_dataclass_is_rebuilt_without_running_its_code() -> None:
    text = {"$dataclass": [f"{__name__}.Guarded", {"x": 1, "unknown": 2}]}
    assert codec.decode(text).x == 1


_WRAPS: tuple[Callable[[object], object], ...] = (
    lambda part: [part],
    lambda part: (part,),
    lambda part: {1: part},
    lambda part: {"a": part},
)
_NOT_REBUILT: list[Any] = [
    {"$opaque": "a.B"},
    {"$pickle": "x"},
    {"$dataclass": ["subprocess.Popen", {}]},
    {"$dataclass": ["antigravity.Nothing", {}]},
    {"$enum": ["os.system", "x"]},
]


@pytest.mark.parametrize("text", _NOT_REBUILT)
def test_what_cannot_be_rebuilt_is_refused_and_imports_nothing(text: object) -> None:
    with pytest.raises(codec.NotRebuiltError):
        codec.decode(text)
    assert "antigravity" not in sys.modules


def test_nesting_ends_at_the_depth_that_the_server_accepts() -> None:
    for wrap in _WRAPS:
        value: object = 1
        for _ in range(1000):
            value = wrap(value)
        frames.checked(_crossed(value))
