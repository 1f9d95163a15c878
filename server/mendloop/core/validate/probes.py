"""Calls that a function has no answer for, to see whether it still says so.

Each differs from a recorded call in one argument, which is of another sort: a text where a number
was, a list where a text was. What refused such a call should go on refusing it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import chain, zip_longest
from typing import Final

from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.perturb import loosened
from mendloop.model.observation import Case
from mendloop.model.value import Encoded

_STRANGE: Final[tuple[Encoded, ...]] = ("mendloop?", 1234.5, ["?", 8], {"?": 8}, -987, True)
"""None of them is empty or nothing: those a function may well have an answer for."""
_LEAST_PARENTS: Final = 3
_MOST_EDGES: Final = 8
"""Calls of which the edges are tried."""
_DEEPEST: Final = 3


def probes(cases: Sequence[TestCase], *, seed: int, most: int) -> tuple[TestCase, ...]:
    """Calls with one argument of another sort, a few of each parent by turns.

    Args:
        cases: Recorded calls.
        seed: Another seed picks other parents.
        most: How many are wanted at most.
    """
    taken = {case.text for case in cases}
    parents = _parents(cases, seed)[:most]
    # few parents first, so that each argument is replaced by every sort of thing
    arguments = max((len(one.case.args) + len(one.case.kwargs) for one in parents), default=1)
    few = max(_LEAST_PARENTS, most // (max(arguments, 1) * len(_STRANGE)))
    some = (zip_longest(*map(_of, part)) for part in (parents[:few], parents[few:]))
    found: list[TestCase] = []
    for one in chain.from_iterable(chain.from_iterable(some)):
        if one is not None and one.text not in taken:
            taken.add(one.text)
            found.append(one)
    return tuple(found[:most])


def edges(cases: Sequence[TestCase], *, seed: int, most: int) -> tuple[TestCase, ...]:
    """Calls with one part at an edge: an empty list or text, nothing, zero, a negative number.

    Many functions refuse these on purpose. What happens to fail there may well be mended.

    Args:
        cases: Recorded calls.
        seed: Another seed picks other parents.
        most: How many are wanted at most.
    """
    taken = {case.text for case in cases}
    found: list[TestCase] = []
    few = _parents(cases, seed)[:_MOST_EDGES]
    rows = zip_longest(*(_made(one, _at_edges(loosened(one.case)), "!") for one in few))
    for one in chain.from_iterable(rows):
        if one is not None and one.text not in taken:
            taken.add(one.text)
            found.append(one)
        if len(found) >= most:
            break
    return tuple(found)


def _parents(cases: Sequence[TestCase], seed: int) -> list[TestCase]:
    return sorted(
        (case for case in cases if case.origin in {Origin.PASSING, Origin.FAILING}),
        key=lambda case: sha256(f"{seed}:probe:{case.text}".encode()).digest(),
    )


def _at_edges(case: Case) -> Iterator[Case]:
    for place, arg in enumerate(case.args):
        for other in _edges_of(arg, 0):
            yield replace(case, args=(*case.args[:place], other, *case.args[place + 1 :]))
    for name, value in case.kwargs.items():
        for other in _edges_of(value, 0):
            yield replace(case, kwargs={**case.kwargs, name: other})


def _edges_of(value: Encoded, depth: int) -> Iterator[Encoded]:
    """Values at an edge, of the same sort as one."""
    match value:
        case bool() | None:
            return
        case int() | float():
            yield from (0, -1, -abs(value) or -1)
        case str():
            yield from ("", " ")
        case list():
            yield []
            if depth < _DEEPEST and value:
                yield from ([part, *value[1:]] for part in _edges_of(value[0], depth + 1))
        case dict() if not any(key.startswith("$") for key in value):
            yield {}
            for key in list(value)[:_DEEPEST] if depth < _DEEPEST else ():
                yield from ({**value, key: part} for part in _edges_of(value[key], depth + 1))
        case _:
            return


def _of(parent: TestCase) -> Iterator[TestCase]:
    return _made(parent, _calls(loosened(parent.case)), "?")


def _made(parent: TestCase, others: Iterator[Case], sign: str) -> Iterator[TestCase]:
    for number, case in enumerate(others, start=1):
        yield TestCase(
            case=replace(case, id=f"{parent.case.id}{sign}{number}"),
            origin=Origin.PERTURBED,
            wanted=SameAsBefore(),
            parent=parent.case.id,
        )


def _calls(case: Case) -> Iterator[Case]:
    # by turns through the arguments, so that a few calls reach each of them
    for place in range(max(len(case.args), len(case.kwargs), 1) * len(_STRANGE)):
        yield from _other_argument(case, place)


def _other_argument(case: Case, place: int) -> Iterator[Case]:
    """The call with one argument replaced, whichever has its turn."""
    names = [*range(len(case.args)), *sorted(case.kwargs)]
    if not names:
        return
    name, other = names[place % len(names)], _STRANGE[place // len(names) % len(_STRANGE)]
    if isinstance(name, int):
        if sort_of(case.args[name]) != sort_of(other):
            args = (*case.args[:name], other, *case.args[name + 1 :])
            yield replace(case, args=args)
    elif sort_of(case.kwargs[name]) != sort_of(other):
        yield replace(case, kwargs={**case.kwargs, name: other})


def sort_of(value: Encoded) -> str:
    """What sort of thing a value is, in words."""
    match value:
        case {"$f": str(name)}:
            return name
        case dict():
            return _TAGGED.get(next((key for key in value if key.startswith("$")), ""), "an object")
        case _:
            return _PLAIN[type(value)]


_PLAIN: Final[dict[type[object], str]] = {
    type(None): "nothing",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
}
_TAGGED: Final = {
    "$opaque": "an object of a class of its own",
    "$graph": "an object of a class of its own",
    "$t": "a tuple",
    "$s": "a set",
    "$fs": "a set",
    "$b": "bytes",
    "$decimal": "a number",
    "$i": "a number",
    "$c": "a complex number",
    "$datetime": "a time",
    "$date": "a date",
    "$enum": "a name of an enumeration",
}
