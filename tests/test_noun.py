"""A noun is what the standard library makes of the same class."""

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from mendloop import noun

Make = Callable[..., Callable[[type], type]]
KINDS = st.sampled_from(["plain", "default", "factory", "keyed", "silent", "apart"])


def built(make: Make, kinds: list[str], **options: Any) -> type:
    """A class with one field of each kind, as one of the two makes it."""
    known = {"default", "factory"}
    kinds = sorted(kinds, key=lambda kind: kind in known)
    fields: dict[str, Any] = {
        "default": 3,
        "factory": field(default_factory=list),
        "keyed": field(kw_only=True),
        "silent": field(repr=False),
        "apart": field(compare=False),
    }
    names = [f"f{place}" for place in range(len(kinds))]
    given_ = zip(names, kinds, strict=True)
    body = {name: fields[kind] for name, kind in given_ if kind != "plain"}
    body |= {"__annotations__": dict.fromkeys(names, object), "__module__": __name__}
    body["__qualname__"] = "Thing"
    return make(frozen=True, slots=True, **options)(type("Thing", (), body))


@given(
    st.lists(KINDS, max_size=5),
    st.booleans(),
    st.lists(st.integers(0, 3), min_size=10, max_size=10),
)
def test_it_does_what_a_dataclass_does(kinds: list[str], kw_only: bool, values: list[int]) -> None:  # noqa: FBT001
    told: list[Any] = []
    for make in (noun.dataclass, dataclasses.dataclass):
        cls: Any = built(make, kinds, kw_only=kw_only)
        given_ = [each for each in dataclasses.fields(cls) if each.init]
        one, other = (
            cls(
                **{
                    each.name: value
                    for each, value in zip(given_, some, strict=False)
                    if each.kw_only
                },
                **{
                    each.name: value
                    for each, value in zip(given_, some, strict=False)
                    if not each.kw_only
                },
            )
            for some in (values[:5], values[5:])
        )
        again = dataclasses.replace(one)
        told.append(
            [
                repr(one),
                one == other,
                one == again,
                one != 3,
                hash_of(one) == hash_of(again),
                copy.deepcopy(one) == one,
                dataclasses.astuple(one),
                cls.__match_args__,
                cls.__slots__,
                [each.name for each in dataclasses.fields(cls)],
            ]
        )
    ours, theirs = told
    assert ours == theirs


def hash_of(value: object) -> object:
    """Its hash; whoever holds a list has none."""
    try:
        return hash(value)
    except TypeError:
        return "none"


@noun.dataclass(frozen=True, slots=True)
class Sum:
    """With all that is unusual."""

    parts: tuple[int, ...]
    total: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list[int], compare=False)
    unit: str = field(init=False, default="m")

    def __post_init__(self) -> None:
        """Sum up."""
        object.__setattr__(self, "total", sum(self.parts))

    @override
    def __repr__(self) -> str:
        """In one word."""
        return f"<{self.total} {self.unit}>"


def test_what_a_class_says_itself_stays() -> None:
    assert repr(Sum((1, 2))) == "<3 m>"
    assert Sum((1, 2)).seen is not Sum((1, 2)).seen


def test_a_field_is_set_once() -> None:
    some, name = Sum((1,)), "unit"
    with pytest.raises(FrozenInstanceError, match="'unit'"):
        setattr(some, name, "km")
    with pytest.raises(FrozenInstanceError, match="'unit'"):
        delattr(some, name)
    with pytest.raises(TypeError, match="unexpected keyword argument 'total'"):
        Sum((1,), total=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        Sum()  # type: ignore[call-arg]


def test_it_can_be_copied_and_kept() -> None:
    some = Sum((1, 2))
    assert copy.deepcopy(some) == some
    assert copy.copy(some) == some
    assert {some: 1}[Sum((1, 2))] == 1
