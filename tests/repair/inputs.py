"""Inputs for a function: the calls of its own examples, and more that are made from them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from mendloop.model.value import Encoded, call_text

T = TypeVar("T")
_LONGEST = 400
_LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call, as tagged JSON."""

    args: tuple[Encoded, ...]
    kwargs: dict[str, Encoded]

    @property
    def text(self) -> str:
        """Its one text."""
        return call_text(self.args, self.kwargs)


def shuffled(items: Sequence[T], chance: np.random.Generator) -> list[T]:
    """The items in an order that is drawn."""
    places: list[int] = chance.permutation(len(items)).tolist()
    return [items[place] for place in places]


def more(seeds: Sequence[Call], chance: np.random.Generator, most: int) -> list[Call]:
    """The calls given, and others made from them by small changes and by mixing.

    Args:
        seeds: At least one call.
        chance: What draws.
        most: How many calls there are to be at the most.
    """
    found = {call.text: call for call in seeds}
    for _ in range(most * 6):
        if len(found) >= most:
            break
        parent = seeds[int(chance.integers(len(seeds)))]
        call = _varied(parent, seeds, chance)
        if len(call.text) <= _LONGEST:
            found.setdefault(call.text, call)
    return list(found.values())[:most]


def _varied(parent: Call, seeds: Sequence[Call], chance: np.random.Generator) -> Call:
    args, kwargs = [*parent.args], dict(parent.kwargs)
    places: list[int | str] = [*range(len(args)), *kwargs]
    if not places:
        return parent
    for _ in range(int(chance.integers(1, 3))):
        place = places[int(chance.integers(len(places)))]
        now = args[place] if isinstance(place, int) else kwargs[place]
        others = [_at(other, place) for other in seeds if _has(other, place)]
        if chance.random() < 0.3:
            now = others[int(chance.integers(len(others)))]
        else:
            ways = list(_near(now, chance))
            now = ways[int(chance.integers(len(ways)))] if ways else now
        if isinstance(place, int):
            args[place] = now
        else:
            kwargs[place] = now
    return Call(tuple(args), kwargs)


def _has(call: Call, place: int | str) -> bool:
    return place < len(call.args) if isinstance(place, int) else place in call.kwargs


def _at(call: Call, place: int | str) -> Encoded:
    return call.args[place] if isinstance(place, int) else call.kwargs[place]


def _near(value: Encoded, chance: np.random.Generator) -> Iterator[Encoded]:
    match value:
        case bool():
            yield not value
        case int():
            step = int(chance.integers(1, 12))
            near = (value + step, value - step, value * 2, value * 10, -value, value + 1, 0)
            yield from (n for n in near if abs(n) < _LARGEST or abs(n) < abs(value) * 11)
        case float():
            yield from (value + 0.5, value * 3, -value, value / 7, round(value) + 0.0)
        case str():
            yield from _near_text(value, chance)
        case list():
            yield from _near_list(value, chance)
        case dict():
            yield from _near_object(value, chance)
        case None:
            return


def _near_object(value: dict[str, Encoded], chance: np.random.Generator) -> Iterator[Encoded]:
    match value:
        case {"$t": list(items)}:
            for other in _near_list(items, chance):
                yield {"$t": other}
        case {"$s": list(items)}:
            for other in _near_list(items, chance):
                if len({json.dumps(part) for part in other}) == len(other):
                    yield {"$s": other}
        case _ if any(key.startswith("$") for key in value):
            return
        case _:
            yield from _near_plain(value, chance)


def _near_plain(value: dict[str, Encoded], chance: np.random.Generator) -> Iterator[Encoded]:
    for key, now in value.items():
        yield {other: part for other, part in value.items() if other != key}
        for part in _near(now, chance):
            yield {**value, key: part}


def _near_text(text: str, chance: np.random.Generator) -> Iterator[str]:
    words = text.split(" ")
    at = int(chance.integers(len(text) + 1))
    yield from (text[:at], text[at:], text + text, text.upper(), text.swapcase())
    yield text[:at] + text[at + 1 :]
    yield text[:at] + text[:at][::-1] + text[at:]
    yield " ".join(reversed(words))
    yield f"{text[:at]} {text[at:]}"


def _near_list(items: list[Encoded], chance: np.random.Generator) -> Iterator[list[Encoded]]:
    at = int(chance.integers(len(items) + 1))
    yield from (items[:at], items[at:], items + items, items[::-1])
    if at < len(items):
        yield [*items[:at], items[at], *items[at:]]
        for other in _near(items[at], chance):
            yield [*items[:at], other, *items[at + 1 :]]
