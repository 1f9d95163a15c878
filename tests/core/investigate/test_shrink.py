import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.core.investigate.shrink import MOST, reductions, size
from mendloop.model.value import Encoded, canonical
from tests.core.values import encoded

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
        case ("$enum", [str(), str()]):
            return True
        case ("$b", str(text)):
            return bytes.fromhex(text) is not None
        case ("$i", str(text)):
            return abs(int(text)) > 2**53
        case ("$f" | "$decimal" | "$datetime" | "$opaque", str()):
            return True
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


def smallest(args: tuple[Encoded, ...], fails: Callable[..., bool]) -> tuple[Encoded, ...]:
    """Follow the first variant that still fails, until none does."""
    while True:
        better = next((one for one, _ in reductions(args, {}) if fails(*one)), None)
        if better is None:
            return args
        args = better


@pytest.mark.parametrize(
    ("args", "fails", "wanted"),
    [
        (([5, 0, 9, 1, 3, 8],), lambda v: 0 in (v or []), ([0],)),
        ((["x"] * 100,), lambda v: len(v or []) >= 3, ([None] * 3,)),
        (("the quick ,brown fox",), lambda v: "," in (v or ""), (",",)),
        ((1000,), lambda v: (v or 0) > 17, (18,)),
        ((-1000.75,), lambda v: (v or 0) < 0, (-0.8,)),
        (({"a": 1, "b": None, "c": [1, 2]}, 7), lambda v, _: "b" in (v or {}), ({"b": None}, None)),
        (({"$t": [1, {"$b": "00ff00"}]},), lambda v: "ff" in str(v), ({"$t": [{"$b": "ff"}]},)),
        (({"$i": "99999999999999999999"},), lambda v: v is not None, (0,)),
        ((True, False), lambda *_: True, (None, None)),
    ],
)
def test_shrinking_ends_at_what_matters(
    args: tuple[Encoded, ...], fails: Callable[..., bool], wanted: tuple[Encoded, ...]
) -> None:
    assert smallest(args, fails) == wanted


@settings(max_examples=20)
@given(arguments, st.integers(0, 3))
def test_shrinking_always_ends(args: tuple[Encoded, ...], seed: int) -> None:
    def fails(*given: Encoded) -> bool:
        return hash((canonical(list(given)), seed)) % 3 > 0

    found = smallest(args, fails)
    assert not any(fails(*one) for one, _ in reductions(found, {}))


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
