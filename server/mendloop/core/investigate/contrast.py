"""What sets failing calls apart: other types, new shapes, attributes that they bear more often.

It says where to look, never what is at fault: calls of one session resemble each other, and a
version is as old as the failures that came with it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from mendloop.core.investigate.shapes import ABSENT, Look, looks
from mendloop.core.stats.enrichment import holm, upper_tail
from mendloop.model.diagnosis import Mark, NewShape, TypeDifference
from mendloop.model.execution import Execution
from mendloop.noun import dataclass

SURE: Final = 0.01
"""What is called a mark is one by accident with at most this probability, all together."""
MOST: Final = 8
LEAST_HITS: Final = 3
_MOST_VALUES: Final = 20
"""Values of one place; of more each is its own, and none is a group."""
_MOST_SHAPES: Final = 200
"""Of one place: where nearly every call has its own, a new one is no news."""
_LEAST_BEFORE: Final = 10
"""Calls before the beginning that it takes to call a shape new."""
_LONGEST: Final = 120
_RATHER: Final = ("version", "caller", "session", "recorded by")


@dataclass(frozen=True, slots=True)
class Looked:
    """A call, and what its arguments look like."""

    call: Execution
    places: Mapping[str, Look]


def looked(calls: Sequence[Execution]) -> tuple[Looked, ...]:
    """Look at the arguments of some calls, once each."""
    return tuple(Looked(one, looks(one)) for one in calls)


def type_differences(
    failing: Sequence[Looked], passing: Sequence[Looked]
) -> tuple[TypeDifference, ...]:
    """The places that hold a type in failing calls that no passing call has there.

    Returns:
        The places where most failing calls differ first. Nothing where either side is empty.
    """
    if not failing or not passing:
        return ()
    found: list[tuple[int, TypeDifference]] = []
    for place in _places((*failing, *passing)):
        bad = Counter(_type(one, place) for one in failing)
        good = Counter(_type(one, place) for one in passing)
        apart = sum(count for kind, count in bad.items() if kind not in good)
        if apart:
            told = TypeDifference(place=place, failing=_counted(bad), passing=_counted(good))
            found.append((apart, told))
    found.sort(key=lambda one: (-one[0], one[1].place))
    return tuple(told for _, told in found[:MOST])


def new_shapes(calls: Sequence[Looked], began: datetime | None) -> tuple[NewShape, ...]:
    """The shapes of arguments that no call had before the failures began.

    Args:
        calls: Calls of before and after, in any order.
        began: When the failures began; nothing is new where that is not known.
    """
    if began is None:
        return ()
    before = [one for one in calls if one.call.at < began]
    after = [one for one in calls if one.call.at >= began]
    if len(before) < _LEAST_BEFORE:
        return ()
    found: list[NewShape] = []
    for place in _places(after):
        known = {_shape(one, place) for one in before}
        if len(known) > _MOST_SHAPES:
            continue
        fresh: dict[str, list[Execution]] = defaultdict(list)
        for one in after:
            if (shape := _shape(one, place)) not in known:
                fresh[shape].append(one.call)
        found += (_new(place, shape, its) for shape, its in fresh.items())
    found.sort(key=lambda one: (-one.failing, -one.calls, one.place, one.shape))
    return tuple(found[:MOST])


def marks(calls: Sequence[Looked]) -> tuple[Mark, ...]:
    """The attributes that failing calls bear more often than the rest, the surest first.

    Of several attributes that the very same calls bear only the first is told.
    """
    bearers = _bearers(calls)
    failed = [one.call.outcome.failed for one in calls]
    failures = sum(failed)
    names = sorted(bearers, key=_order)
    hits = [sum(failed[number] for number in bearers[name]) for name in names]
    chances = holm(
        [
            upper_tail(hit, len(bearers[name]), failures=failures, calls=len(calls))
            for name, hit in zip(names, hits, strict=True)
        ]
    )
    ordered = sorted(
        zip(chances, names, hits, strict=True), key=lambda one: (one[0], *_order(one[1]))
    )
    found: dict[frozenset[int], Mark] = {}
    for chance, name, hit in ordered:
        if chance <= SURE and hit >= LEAST_HITS:
            bearing = frozenset(bearers[name])
            mark = Mark(
                attribute=name[0],
                value=name[1][:_LONGEST],
                failing=hit,
                calls=len(bearing),
                p=chance,
            )
            found.setdefault(bearing, mark)
    return tuple(found.values())[:MOST]


def _bearers(calls: Sequence[Looked]) -> dict[tuple[str, str], list[int]]:
    """The numbers of the calls that bear each attribute; without those that all or few bear."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, one in enumerate(calls):
        for name in _attributes(one):
            found[name].append(number)
    values = Counter(attribute for attribute, value in found if not value.startswith("is "))
    return {
        (attribute, value): numbers
        for (attribute, value), numbers in found.items()
        if LEAST_HITS <= len(numbers) < len(calls)
        and (value.startswith("is ") or attribute in _RATHER or values[attribute] <= _MOST_VALUES)
    }


def _attributes(one: Looked) -> Iterator[tuple[str, str]]:
    call = one.call
    for attribute, value in (
        ("version", call.version),
        ("caller", call.caller),
        ("session", call.session),
        ("recorded by", call.source.value),
    ):
        if value:
            yield attribute, value
    for place, look in one.places.items():
        yield place, f"is {look.shape}"
        if look.value and look.type != "None":
            yield place, f"= {look.value}"


def _order(name: tuple[str, str]) -> tuple[bool, str, str]:
    """What the caller can see comes before what is in the arguments."""
    return (name[0] not in _RATHER, *name)


def _places(calls: Sequence[Looked]) -> list[str]:
    """All places, in the order in which they first come."""
    return list(dict.fromkeys(place for one in calls for place in one.places))


def _type(one: Looked, place: str) -> str:
    look = one.places.get(place)
    return ABSENT if look is None else look.type


def _shape(one: Looked, place: str) -> str:
    look = one.places.get(place)
    return ABSENT if look is None else look.shape


def _counted(types: Counter[str]) -> str:
    ordered = sorted(types.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{kind} ({count})" for kind, count in ordered)[:_LONGEST]


def _new(place: str, shape: str, calls: Sequence[Execution]) -> NewShape:
    return NewShape(
        place=place,
        shape=shape[:_LONGEST],
        calls=len(calls),
        failing=sum(one.outcome.failed for one in calls),
        first=min(one.at for one in calls),
    )
