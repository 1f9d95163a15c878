"""What is taken of a value: exact, bounded, and without running any of its own code."""

import dataclasses
import datetime as dt
import decimal
import enum
import math
import pathlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Never

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from mendloop.recorder import classes
from mendloop.recorder.classes import kind_of
from mendloop.recorder.encode import encode, encoded, text_of
from mendloop.recorder.graphs import take
from mendloop.recorder.snapshot import MOST_CHARACTERS, MOST_ELEMENTS, snapshot
from mendloop.worker import codec


@pytest.fixture(autouse=True)
def nowhere() -> None:
    """No class is the user's own here, whatever other tests have recorded."""
    classes.at_home("")


class Colour(enum.Enum):
    RED = 1
    BLUE = "b"


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass(frozen=True)
class Point:
    x: Any
    y: Any = 2


@dataclasses.dataclass(slots=True)
class Slotted:
    name: Any


class Pair(NamedTuple):
    left: int
    right: int


_zones = st.just(dt.UTC) | st.none()
_atoms = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.datetimes(timezones=_zones)
    | st.dates()
    | st.times(timezones=_zones)
    | st.timedeltas()
    | st.uuids()
    | st.sampled_from([pathlib.PurePosixPath("/a/b"), pathlib.Path("c")])
    | st.sampled_from([*Colour, Right.READ])
)
_keys = st.text(max_size=5) | st.sampled_from(["$t", "$opaque"])
_hashable = st.recursive(
    _atoms,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
_values = st.recursive(
    _atoms,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(_keys, inner, max_size=4)
        | st.dictionaries(_hashable, inner, max_size=4)
        | st.lists(st.dictionaries(_keys, inner, max_size=3), max_size=3)
        | st.sets(_hashable, max_size=3)
        | st.builds(Point, inner, inner)
        | st.builds(Slotted, inner)
    ),
    max_leaves=20,
)


def kept(value: Any) -> Any:
    return encode(snapshot(value))


@given(_values)
def test_a_value_is_written_as_the_sandbox_writes_it(value: Any) -> None:
    assert text_of(kept(value)) == text_of(codec.encode(value, 10**6))


@given(_values)
def test_what_is_plain_is_written_as_all_else_is(value: Any) -> None:
    taken = snapshot(value)

    assert encoded(taken).text == text_of(encode(taken)) == text_of(encoded(taken).tree)


_NEARLY_PLAIN: list[Any] = [
    [2**53, -(2**53)],
    [2**53 + 1],
    {"a": [{"b": -(2**60)}]},
    [math.inf],
    {"row": [{"x": math.nan}]},
    {"$t": [1]},
    [{"a": {"$b": "00"}}],
    {"a": {1: [2]}},
    [[[]], {}, [{}], ""],
    ["x" * MOST_CHARACTERS],
    [["y" * 40_000], "z" * 40_000],
    [{"a": [1, (2,)]}, {"a": b""}],
]


@pytest.mark.parametrize("value", _NEARLY_PLAIN, ids=range(len(_NEARLY_PLAIN)))
def test_what_only_looks_plain_is_tagged(value: Any) -> None:
    taken = snapshot(value)

    assert encoded(taken).text == text_of(encode(taken))


def test_a_plain_value_of_any_shape_is_copied_to_its_leaves() -> None:
    lists: list[Any] = [[], [1], [2], [3]]
    rows: list[dict[str, Any]] = [{"id": 1, "in": {"x": lists[0]}}, {"id": 2}]
    taken = snapshot(
        {"a": [1, [2, lists[1]]], "rows": rows, "mixed": [1, {"k": lists[2]}, lists[3]]}
    )
    before = text_of(encode(taken))
    for one in lists:
        one.append(4)
    rows[1]["id"] = 6

    assert text_of(encode(taken)) == before


@given(_values)
def test_a_value_can_be_built_again_from_what_is_kept(value: Any) -> None:
    again = codec.decode(kept(value))

    assert text_of(codec.encode(again, 10**6)) == text_of(codec.encode(value, 10**6))


@given(_values)
def test_what_is_kept_does_not_change_with_the_value(value: Any) -> None:
    taken = snapshot([value, {"inner": [value]}, [{"row": 1}, {"row": 2}]])
    before = text_of(encode(taken))

    _spoil(value, set())

    assert text_of(encode(taken)) == before


def _spoil(value: Any, seen: set[int]) -> None:
    """Change whatever in it can be changed."""
    if id(value) in seen:
        return
    seen.add(id(value))
    for part in list(_PARTS[kind_of(value)](value)) if kind_of(value) in _PARTS else ():
        _spoil(part, seen)
    if kind_of(value) in _CHANGE:
        _CHANGE[kind_of(value)](value)


_PARTS: dict[Any, Callable[[Any], Iterable[Any]]] = {
    dict: lambda value: value.values(),
    list: iter,
    tuple: iter,
    Point: lambda value: (value.x, value.y),
    Slotted: lambda value: (value.name,),
}
_CHANGE: dict[Any, Callable[[Any], object]] = {
    dict: lambda value: value.update(another=1),
    list: lambda value: value.append(1),
    set: lambda value: value.add("another"),
    Slotted: lambda value: setattr(value, "name", "another"),
}


def test_rows_changed_after_the_call_are_kept_as_they_were() -> None:
    rows = [{"id": 1}, {"id": 2}]
    taken = snapshot({"rows": rows})

    rows[0]["id"] = 99

    assert encode(taken) == {"rows": [{"id": 1}, {"id": 2}]}


class _Hostile:
    """Every bit of its own code fails."""

    def _no(self, *_args: object) -> Never:
        raise SystemError("its own code was run")

    __eq__ = __repr__ = __str__ = __reduce__ = __reduce_ex__ = __len__ = __iter__ = _no
    __getattr__ = __getattribute__ = __bool__ = __call__ = __sizeof__ = __dir__ = _no
    __hash__ = object.__hash__


def _lying() -> Any:
    """An object whose class runs code of its own whatever is asked of it."""

    class Meta(type):
        @override
        def __getattribute__(cls, name: str) -> Any:
            raise SystemError(f"its own code was run, for {name}")

    lying: Any = Meta("Lying", (), {})
    return object.__new__(lying)


class _Shouting(dict[Any, Any]):
    @override
    def copy(self) -> Never:
        raise SystemError("its own code was run")

    keys = values = items = copy


@dataclasses.dataclass
class _Guarded:
    field: int

    @override
    def __getattribute__(self, name: str) -> Any:
        raise SystemError(f"its own code was run, for {name}")


_NAME = f"{__name__}._Hostile"


@pytest.mark.promise("record/runs-no-code-of-a-value")
@pytest.mark.parametrize("where", ["alone", "listed", "deep"])
@pytest.mark.parametrize("made", [_Hostile, _lying, _Shouting])
def test_no_code_of_a_hostile_object_is_run(made: Callable[[], Any], where: str) -> None:
    value = made()
    around = {"alone": value, "listed": [value], "deep": {"a": (value, {1: value})}}
    text = text_of(kept(around[where]))

    assert "$opaque" in text
    assert "could not be read" not in text  # that is what its own error would have come to


def test_a_hostile_object_is_named() -> None:
    assert kept(_Hostile()) == {"$opaque": _NAME}


def test_a_hostile_key_is_named() -> None:
    assert kept({_Hostile(): [1]}) == {"$d": [[{"$opaque": _NAME}, [1]]]}
    assert kept({_Hostile(): 1}) == {"$d": [[{"$opaque": _NAME}, 1]]}


def test_a_dataclass_is_read_past_its_own_code() -> None:
    assert kept(_Guarded(3)) == {"$dataclass": [f"{__name__}._Guarded", {"field": 3}]}


def test_a_zone_of_ones_own_is_not_asked() -> None:
    class Zone(dt.tzinfo):
        @override
        def utcoffset(self, dt: dt.datetime | None, /) -> Never:
            raise SystemError("its own code was run")

        dst = tzname = utcoffset

    assert kept(dt.datetime(2026, 1, 1, tzinfo=Zone())) == {"$opaque": "datetime.datetime"}


_ODD: list[Any] = [
    OrderedDict(a=1),
    Pair(1, 2),
    bytearray(b"x"),
    range(3),
    Right.READ | Right.WRITE,
    object(),
    len,
]


@pytest.mark.parametrize(
    "value",
    _ODD,
)
def test_what_could_not_be_built_again_is_opaque(value: Any) -> None:
    assert list(kept(value)) == ["$opaque"]


def test_a_list_that_holds_itself_comes_to_an_end() -> None:
    alone: list[Any] = []
    alone.append(alone)
    many: list[Any] = []
    many.extend([many] * 10)

    assert encode(take(alone)) == {"$graph": [[], [["list", {"$ref": 0}]], {"$ref": 0}]}
    assert encode(take(many)) == {"$graph": [[], [["list", *[{"$ref": 0}] * 10]], {"$ref": 0}]}


def test_what_is_too_deep_is_cut_where_it_is() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]

    assert "too deep" in text_of(kept([1, deep]))


@pytest.mark.parametrize(
    "value",
    [
        [0] * 1_000_000,
        dict.fromkeys(range(1_000_000)),
        set(range(100_000)),
        "x" * (MOST_CHARACTERS + 1),
        [["x" * 1000]] * 100,
        [{"a": 1, "b": 2}] * MOST_ELEMENTS,
        b"x" * MOST_CHARACTERS,
    ],
    ids=["list", "dict", "set", "text", "texts", "rows", "bytes"],
)
def test_what_is_too_large_is_not_kept(value: Any) -> None:
    assert kept(value) == {"$opaque": "too large"}


def test_what_just_fits_is_kept() -> None:
    assert kept("x" * (MOST_CHARACTERS - 2)) == "x" * (MOST_CHARACTERS - 2)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, -0.0, 2**53, 2**53 + 1, 10**5000], ids=list("abcdefg")
)
def test_odd_numbers_are_written_as_the_sandbox_writes_them(value: Any) -> None:
    assert text_of(kept(value)) == text_of(codec.encode(value, 10**6))


def test_other_kinds_are_kept() -> None:
    assert kept([decimal.Decimal("1.10"), uuid.UUID(int=1), Colour.RED]) == [
        {"$decimal": "1.10"},
        {"$uuid": "00000000-0000-0000-0000-000000000001"},
        {"$enum": [f"{__name__}.Colour", "RED"]},
    ]


def test_a_dict_that_another_thread_changes_is_taken_as_it_is_at_some_moment() -> None:
    shared: dict[str, Any] = {str(number): [number] for number in range(50)}
    done = threading.Event()

    def change() -> None:
        for number in range(20_000):
            shared[str(number)] = [number]
            shared.pop(str(number - 50), None)
        done.set()

    thread = threading.Thread(target=change)
    thread.start()
    while not done.is_set():
        taken = kept(shared)
        assert all(part == [int(name)] for name, part in taken.items())
    thread.join()
