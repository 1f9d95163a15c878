"""Smaller variants of a call's arguments, to find the smallest that still fails.

One step of delta debugging (Zeller and Hildebrandt, IEEE TSE 28, 2002) on encoded values: halves
of a list, then ever smaller pieces, then its elements. Whoever calls this runs the variants and
goes on from one that fails in the same way. That ends, for every variant is strictly smaller by
``size``, an order in which nothing gets smaller for ever.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise, starmap
from typing import Final, TypeAlias, TypeVar

from mendloop.core.investigate.shrink_graph import smaller_calls, smaller_roots
from mendloop.model.graph import REF, TAG, has_graph
from mendloop.model.settled import settled
from mendloop.model.value import Encoded, canonical

Arguments: TypeAlias = tuple[tuple[Encoded, ...], Mapping[str, Encoded]]
Size: TypeAlias = tuple[int, int, int]

T = TypeVar("T")

MOST: Final = 400
"""Variants a step."""
PIECES: Final = 16
"""The finest cut of a list, a text or an object; also how many of its elements are looked into."""
SEQUENCES: Final = frozenset({"$t", "$s", "$fs"})
EXACT: Final = 2**53
_WHOLE_NUMBER: Final = re.compile(r"-?\d{1,4000}")
"""What Python turns into a number without protest."""


def reductions(
    args: Sequence[Encoded], kwargs: Mapping[str, Encoded]
) -> Iterator[tuple[tuple[Encoded, ...], Mapping[str, Encoded]]]:
    """Smaller variants of a call, the biggest cuts first.

    Args:
        args: The positional arguments, encoded.
        kwargs: The keyword arguments, encoded.

    Yields:
        Calls with the same number of positional arguments, each strictly smaller by ``size`` and
        none twice.
    """
    whole: dict[str, Encoded] = {"args": list(args), "kwargs": dict(kwargs)}
    now = size(whole)
    graphs = any(map(has_graph, whole.values()))
    found: dict[str, tuple[Size, Arguments]] = {}
    calls = _calls(list(args), dict(kwargs))
    some = islice(starmap(_settled, calls) if graphs else calls, MOST)
    for smaller_args, smaller_kwargs in some:
        smaller: dict[str, Encoded] = {"args": smaller_args, "kwargs": smaller_kwargs}
        measure = size(smaller)
        if measure < now:
            found.setdefault(canonical(smaller), (measure, (tuple(smaller_args), smaller_kwargs)))
    for _, (_, call) in sorted(found.items(), key=lambda one: (one[1][0], one[0])):
        yield call


def _settled(
    args: list[Encoded], kwargs: dict[str, Encoded]
) -> tuple[list[Encoded], dict[str, Encoded]]:
    values = settled([*args, *kwargs.values()])
    return values[: len(args)], dict(zip(kwargs, values[len(args) :], strict=True))


def size(value: Encoded) -> Size:
    """How large a value is: how many parts, how much text in them, how far from zero and nothing.

    Compared from left to right: fewer parts beat shorter texts, which beat smaller numbers.
    """
    parts = characters = distance = 0
    waiting: list[Encoded] = [value]
    while waiting:
        part = waiting.pop()
        inner, length, away = _own_size(part)
        parts, characters, distance = parts + 1, characters + length, distance + away
        waiting.extend(inner)
    return (parts, characters, distance)


def _own_size(value: Encoded) -> tuple[list[Encoded], int, int]:
    match value:
        case list():
            return value, 0, 0
        case dict():
            return list(value.values()), sum(map(len, value)), 0
        case str():
            return [], len(value), sum(letter != "a" for letter in value) + 1
        case _:
            return [], 0, _distance(value)


def _distance(value: float | None) -> int:
    """How far a plain value is from ``None``."""
    match value:
        case None:
            return 0
        case bool():
            return 1 + value
        case int():
            return 3 + 2 * abs(value) + (value < 0)
        case _:
            broken = not value.is_integer()
            return 4 + 2 * int(abs(value)) + (value < 0) + (len(repr(value)) if broken else 0)


def _calls(
    args: list[Encoded], kwargs: dict[str, Encoded]
) -> Iterator[tuple[list[Encoded], dict[str, Encoded]]]:
    """Variants that differ in one argument, in turn from each; keywords may also be left out."""
    for cut in _without(list(kwargs)):
        yield args, {key: kwargs[key] for key in cut}
    turns: list[Iterator[tuple[list[Encoded], dict[str, Encoded]]]] = [
        _with_tables(args, kwargs),
        *(_with_arg(args, kwargs, place) for place in range(len(args))),
        *(_with_keyword(args, kwargs, key) for key in kwargs),
    ]
    while turns:
        for turn in list(turns):
            one = next(turn, None)
            if one is None:
                turns.remove(turn)
            else:
                yield one


def _with_tables(
    args: list[Encoded], kwargs: dict[str, Encoded]
) -> Iterator[tuple[list[Encoded], dict[str, Encoded]]]:
    """Variants of the objects that arguments have in common."""
    for values in smaller_calls([*args, *kwargs.values()], _smaller):
        yield values[: len(args)], dict(zip(kwargs, values[len(args) :], strict=True))


def _with_arg(
    args: list[Encoded], kwargs: dict[str, Encoded], place: int
) -> Iterator[tuple[list[Encoded], dict[str, Encoded]]]:
    for smaller in _smaller(args[place]):
        yield [*args[:place], smaller, *args[place + 1 :]], kwargs


def _with_keyword(
    args: list[Encoded], kwargs: dict[str, Encoded], key: str
) -> Iterator[tuple[list[Encoded], dict[str, Encoded]]]:
    for smaller in _smaller(kwargs[key]):
        yield args, {**kwargs, key: smaller}


def _smaller(value: Encoded) -> Iterator[Encoded]:
    """Simpler values in place of one."""
    yield None
    match value:
        case bool():
            yield False
        case int():
            yield from _smaller_int(value)
        case float():
            yield from (0.0, float(int(value)), float(int(value / 2)), round(value, 1))
        case str():
            yield from ("".join(cut) for cut in _without(list(value)))
            yield "a" * len(value)
        case list():
            yield from _smaller_list(value)
        case dict():
            yield from _smaller_object(value)
        case None:
            return


def _smaller_int(value: int) -> Iterator[int]:
    half = abs(value) // 2
    yield from (0, 1, abs(value), half, -half, value - 1 if value > 0 else value + 1)


def _smaller_list(items: list[Encoded]) -> Iterator[list[Encoded]]:
    yield from _without(items)
    for place, item in enumerate(items[:PIECES]):
        for smaller in _smaller(item):
            yield [*items[:place], smaller, *items[place + 1 :]]


def _smaller_object(value: dict[str, Encoded]) -> Iterator[Encoded]:
    tag = next((key for key in value if key.startswith("$")), "")
    match value.get(tag):
        case list() as items if tag in SEQUENCES:
            yield from _tagged(tag, items)
        case [list(), list(), _] as content if tag == TAG:
            yield from smaller_roots(content, _smaller)
        case int() if tag == REF:
            return
        case list() as pairs if tag == "$d":
            yield from _smaller_pairs(pairs)
        case str() as text if tag:
            yield from _smaller_text(tag, text)
        case _ if tag == "$dataclass":
            yield from _smaller_fields(value)
        case _ if not tag:
            yield from _smaller_plain(value)
        case _:
            pass


def _smaller_plain(value: dict[str, Encoded]) -> Iterator[Encoded]:
    for keys in _without(list(value)):
        yield {key: value[key] for key in keys}
    for key in list(value)[:PIECES]:
        for smaller in _smaller(value[key]):
            yield {**value, key: smaller}


def _tagged(tag: str, items: list[Encoded]) -> Iterator[Encoded]:
    """A smaller tuple; of a set only subsets, for its elements must stay distinct and sorted."""
    smaller = _smaller_list(items) if tag == "$t" else _without(items)
    for part in smaller:
        yield {tag: part}


def _smaller_text(tag: str, text: str) -> Iterator[Encoded]:
    """A smaller value of those that are kept as tagged text."""
    match tag:
        case "$b":
            pairs = [text[place : place + 2] for place in range(0, len(text), 2)]
            for cut in _without(pairs):
                yield {"$b": "".join(cut)}
        case "$i" if _WHOLE_NUMBER.fullmatch(text):
            for number in _smaller_int(int(text)):
                yield number if abs(number) <= EXACT else {"$i": str(number)}
        case "$f":
            yield 0.0
        case "$decimal":
            yield {"$decimal": "0"}
        case _:
            pass


def _smaller_pairs(pairs: list[Encoded]) -> Iterator[Encoded]:
    """A smaller dict with other keys than texts: pairs left out, values made smaller."""
    for cut in _without(pairs):
        yield {"$d": cut}
    for place, pair in enumerate(pairs[:PIECES]):
        match pair:
            case [key, held]:
                for smaller in _smaller(held):
                    yield {"$d": [*pairs[:place], [key, smaller], *pairs[place + 1 :]]}
            case _:
                pass


def _smaller_fields(value: dict[str, Encoded]) -> Iterator[Encoded]:
    """A dataclass keeps its fields; what is in them may get smaller."""
    match value:
        case {"$dataclass": [name, dict() as fields]}:
            for field, held in list(fields.items())[:PIECES]:
                for smaller in _smaller(held):
                    yield {"$dataclass": [name, {**fields, field: smaller}]}
        case _:
            pass


def _without(items: Sequence[T]) -> Iterator[list[T]]:
    """All, then halves, then ever finer pieces left out."""
    if not items:
        return
    yield []
    length = len(items)
    pieces = 2
    while pieces <= PIECES and pieces // 2 < length:
        bounds = [length * number // pieces for number in range(pieces + 1)]
        for start, stop in pairwise(bounds):
            if start < stop:
                yield [*items[:start], *items[stop:]]
        pieces *= 2
