import json
import re
from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.core.investigate.shrink import MOST, reductions, size
from mendloop.model.value import Encoded, canonical
from tests.core.values import encoded

Arguments = tuple[Encoded, ...]
Fails = Callable[[Any], bool]
TEXTS = {
    "$b": re.compile("([0-9a-f]{2})*"),
    "$i": re.compile(r"-?[0-9]{16,}"),
    "$f": re.compile("nan|-?inf"),
    "$decimal": re.compile("12.50|0"),
    "$datetime": re.compile(".+"),
    "$opaque": re.compile(".+"),
}
arguments = st.lists(encoded, max_size=3).map(tuple)
keywords = st.dictionaries(st.sampled_from(["a", "b", "c"]), encoded, max_size=3)


def well_formed(value: Encoded) -> bool:
    """Whether every tag stands alone and holds what its decoder expects."""
    match value:
        case list():
            return all(map(well_formed, value))
        case dict() if any(key.startswith("$") for key in value):
            return len(value) == 1 and _held(*value.items())
        case dict():
            return all(map(well_formed, value.values()))
        case _:
            return True


def _held(item: tuple[str, Encoded]) -> bool:
    match item:
        case ("$t" | "$s" | "$fs", list() as parts):
            return all(map(well_formed, parts))
        case ("$d", list() as pairs):
            return all(isinstance(pair, list) and len(pair) == 2 for pair in pairs)
        case ("$dataclass", [str(), dict() as fields]):
            return all(map(well_formed, fields.values()))
        case ("$enum", parts):
            return parts == ["shop.Colour", "RED"]
        case (tag, str(text)):
            return bool(TEXTS[tag].fullmatch(text))
        case _:
            return False


@given(arguments, keywords)
def test_every_variant_is_strictly_smaller_new_and_can_be_decoded(
    args: tuple[Encoded, ...], kwargs: dict[str, Encoded]
) -> None:
    now = size({"args": list(args), "kwargs": kwargs})
    texts: list[str] = []
    for smaller, named in reductions(args, kwargs):
        assert len(smaller) == len(args)
        assert set(named) <= set(kwargs)
        assert size({"args": list(smaller), "kwargs": dict(named)}) < now
        assert all(map(well_formed, (*smaller, *named.values())))
        texts.append(canonical([list(smaller), dict(named)]))
        assert json.loads(texts[-1])
    assert len(set(texts)) == len(texts) <= MOST


@given(arguments, keywords)
def test_variants_are_always_the_same_and_the_biggest_cuts_come_first(
    args: tuple[Encoded, ...], kwargs: dict[str, Encoded]
) -> None:
    found = list(reductions(args, kwargs))
    assert found == list(reductions(args, kwargs))
    sizes = [size({"args": list(one), "kwargs": dict(named)}) for one, named in found]
    assert sizes == sorted(sizes)


def smallest(args: Arguments, fails: Fails) -> Arguments:
    """Follow the first variant that still fails, until none does."""
    while True:
        better = next((one for one, _ in reductions(args, {}) if fails(one)), None)
        if better is None:
            return args
        args = better


ENDS: list[tuple[Arguments, Fails, Arguments]] = [
    (([5, 0, 9, 1, 3, 8],), lambda args: 0 in (args[0] or []), ([0],)),
    (
        (list[Encoded](["x"] * 100),),
        lambda args: len(args[0] or []) >= 3,
        (list[Encoded]([None] * 3),),
    ),
    (("the quick ,brown fox",), lambda args: "," in (args[0] or ""), (",",)),
    ((1000,), lambda args: (args[0] or 0) > 17, (18,)),
    ((-1000.75,), lambda args: (args[0] or 0) < 0, (-1.0,)),
    (
        ({"a": 1, "b": None, "c": [1, 2]}, 7),
        lambda args: "b" in (args[0] or {}),
        ({"b": None}, None),
    ),
    (({"$t": [1, {"$b": "00ff00"}]},), lambda args: "ff" in str(args), ({"$t": [{"$b": "ff"}]},)),
    (({"$i": "99999999999999999999"},), lambda args: args[0] is not None, (0,)),
    ((True, False), lambda args: len(args) == 2, (None, None)),
]


@pytest.mark.parametrize(("args", "fails", "wanted"), ENDS)
def test_shrinking_ends_at_what_matters(args: Arguments, fails: Fails, wanted: Arguments) -> None:
    assert smallest(args, fails) == wanted


@settings(max_examples=20)
@given(arguments, st.integers(0, 3))
def test_shrinking_always_ends(args: tuple[Encoded, ...], seed: int) -> None:
    def fails(tried: Arguments) -> bool:
        return crc32(f"{seed}{canonical(list(tried))}".encode()) % 3 > 0

    found = smallest(args, fails)
    assert not any(fails(one) for one, _ in reductions(found, {}))


def test_keywords_are_left_out() -> None:
    named = [dict(one) for _, one in reductions((), {"a": 1, "b": 2})]
    assert named[0] == {}
    assert {"a": 1} in named


def test_nothing_is_smaller_than_nothing() -> None:
    assert list(reductions((None, None), {})) == []


def test_a_large_input_gives_few_variants() -> None:
    assert len(list(reductions(([*range(5000)],), {}))) <= MOST


@pytest.mark.parametrize("value", [{"$i": "x"}, {"$i": "9" * 5000}, {"$d": 3}, {"$t": None}])
def test_a_damaged_value_is_not_looked_into(value: Encoded) -> None:
    assert [args for args, _ in reductions((value,), {})] == [(None,)]
