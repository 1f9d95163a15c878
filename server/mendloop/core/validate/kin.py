"""Kin of recorded calls that failed: further away than near-misses, and of the same make.

A change that asks whether an input lies in the region of the recorded ones (a length, a range of
years, a number of pages) mends every near-miss too. So one part of the call is put where nobody has
been: a number of more digits, other digits or letters in a text, a longer list, another key. Words
that the function itself spells, in whatever case, stay as they are: it knows them by their name.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import chain, zip_longest
from typing import Final

from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.perturb import EXACT, PARTS, loosened
from mendloop.core.validate.tree import module, walk
from mendloop.model.observation import Case
from mendloop.model.value import Encoded

_DIGITS: Final = re.compile(r"[0-9]+")
_LETTERS: Final = re.compile(r"[A-Za-z]+")
_LONGER: Final = (3, 0)
_MOST_DIGITS: Final = 12
"""A longer run of digits is the name of something, and no number."""
_FEW_DIGITS: Final = 3
_MOST_RUNS: Final = 6
_PARENTS: Final = 9
_MOST_TEXT: Final = 2_000
_MOST_LIST: Final = 200


def kin(
    cases: Sequence[TestCase], source: str = "", *, seed: int = 0, most: int
) -> tuple[TestCase, ...]:
    """Kin of the calls that failed, or were answered wrongly.

    Args:
        cases: Recorded calls.
        source: The current text of the function's file.
        seed: Another seed draws other numbers.
        most: How many are wanted at most.

    Returns:
        The calls, by turns from each parent; the same for the same cases and seed.
    """
    bad = [case for case in cases if case.origin in {Origin.FAILING, Origin.WRONG}]
    kinds = list(dict.fromkeys(case.group for case in bad))
    rows = zip_longest(*([case for case in bad if case.group == kind] for kind in kinds))
    bad = [case for case in chain.from_iterable(rows) if case is not None][:_PARENTS]
    taken = {case.text for case in cases}
    words = spelled_words(source)
    found: list[TestCase] = []
    for one in chain.from_iterable(zip_longest(*(_of(parent, words, seed) for parent in bad))):
        if one is not None and one.text not in taken:
            taken.add(one.text)
            found.append(one)
    return tuple(found[: max(most, 0)])


def spelled_words(source: str) -> frozenset[str]:
    """Every word in the texts and names of a file, in small letters."""
    found = set[str]()
    for node in walk(module(source)):
        match node:
            case (
                ast.Constant(value=str(text))
                | ast.Name(id=text)
                | ast.Attribute(attr=text)
                | ast.keyword(arg=str(text))
            ):
                found.update(run[0].casefold() for run in _LETTERS.finditer(text))
            case _:
                pass
    return frozenset(found)


def spelled_texts(source: str) -> frozenset[str]:
    """Every word in the texts of a file, in small letters."""
    texts = (node.value for node in walk(module(source)) if isinstance(node, ast.Constant))
    every = (run for text in texts if isinstance(text, str) for run in _LETTERS.finditer(text))
    return frozenset(run[0].casefold() for run in every)


def _of(parent: TestCase, words: frozenset[str], seed: int) -> Iterator[TestCase]:
    loose = loosened(parent.case)
    rows = (_calls(loose, seed), _worded(loose, words, seed))
    every = (one for one in chain.from_iterable(zip_longest(*rows)) if one is not None)
    for number, case in enumerate(every, start=1):
        yield TestCase(
            case=replace(case, id=f"{parent.case.id}^{number}"),
            origin=Origin.PERTURBED,
            wanted=SameAsBefore(),
            group=parent.group,
            parent=parent.case.id,
            far=True,
        )


def _calls(case: Case, seed: int) -> Iterator[Case]:
    """The call with one part far away, each argument in its turn."""
    rows: list[Iterator[Case]] = [
        _placed(case, place, _far(arg, f"{seed}:{case.id}:{place}"))
        for place, arg in enumerate(case.args)
    ]
    rows += [
        _named(case, name, _far(value, f"{seed}:{case.id}:{name}"))
        for name, value in case.kwargs.items()
    ]
    return (one for one in chain.from_iterable(zip_longest(*rows)) if one is not None)


def _placed(case: Case, place: int, others: Iterator[Encoded]) -> Iterator[Case]:
    for other in others:
        yield replace(case, args=(*case.args[:place], other, *case.args[place + 1 :]))


def _named(case: Case, name: str, others: Iterator[Encoded]) -> Iterator[Case]:
    for other in others:
        yield replace(case, kwargs={**case.kwargs, name: other})


def _far(value: Encoded, draw: str) -> Iterator[Encoded]:
    """Values of the same make, far from one. Truth values and nothing have none, nor has zero."""
    match value:
        case bool() | None:
            return
        case int() if value:
            sign = 1 if value > 0 else -1
            digits = max(_FEW_DIGITS, min(len(str(abs(value))), _MOST_DIGITS) + 1)
            others = (_number(draw, digits), abs(value) + 1_000 + _number(draw, 1), 11 * abs(value))
            yield from (sign * other for other in others if other < EXACT)
        case float() if value:
            yield from (value * 11.0, value + (1_003.0 if value > 0 else -1_003.0))
        case str() if len(value) <= _MOST_TEXT:
            yield from _far_text(value, draw)
        case list():
            yield from _far_list(value, draw)
        case dict():
            yield from _far_object(value, draw)
        case _:
            return


def _far_text(text: str, draw: str) -> Iterator[str]:
    """The text with one run of digits drawn anew, of the same length and a longer one."""
    runs = list(_DIGITS.finditer(text))[:_MOST_RUNS]
    for longer in _LONGER:
        for number, run in enumerate(runs):
            if len(run[0]) <= _MOST_DIGITS:
                drawn = _number(f"{draw}:{number}", len(run[0]) + longer)
                yield f"{text[: run.start()]}{drawn}{text[run.end() :]}"


def _far_list(items: list[Encoded], draw: str) -> Iterator[list[Encoded]]:
    """A list twice as long, and those with one element far away or deeper."""
    if items and 2 * len(items) <= _MOST_LIST:
        yield [*items, *items]
    for place, item in enumerate(items[:PARTS]):
        if isinstance(item, list):
            yield [*items[:place], [item], *items[place + 1 :]]
    for place, item in enumerate(items[:PARTS]):
        for other in _far(item, f"{draw}:{place}"):
            yield [*items[:place], other, *items[place + 1 :]]


def _far_object(value: dict[str, Encoded], draw: str) -> Iterator[Encoded]:
    match value:
        case {"$t": [*items]}:
            for other in _far_list(items, draw):
                yield {"$t": other}
        case _ if any(key.startswith("$") for key in value):
            return
        case _:
            for key in list(value)[:PARTS]:
                for part in _far(value[key], f"{draw}:{key}"):
                    yield {**value, key: part}


def _worded(case: Case, words: frozenset[str], seed: int) -> Iterator[Case]:
    """The call with a word, in its texts or as a key, put for another all over it."""
    found: dict[str, None] = {}
    for value in (*case.args, *case.kwargs.values()):
        found.update(dict.fromkeys(_words(value, 0)))
    for word in list(found)[:_MOST_RUNS]:
        if word.casefold() not in words:
            other = _other_word(word, f"{seed}:{case.id}:{word}")
            args = tuple(_with(value, word, other) for value in case.args)
            named = {name: _with(value, word, other) for name, value in case.kwargs.items()}
            yield replace(case, args=args, kwargs=named)


def replaced_word(one: str, other: str) -> str:
    """The word of a text for which another text has a different one; empty where more differs."""
    if _LETTERS.split(one) != _LETTERS.split(other):
        return ""
    pairs = zip(_LETTERS.findall(one), _LETTERS.findall(other), strict=True)
    return next((word for word, now in pairs if word != now), "")


def _words(value: Encoded, depth: int) -> Iterator[str]:
    match value:
        case str() if len(value) <= _MOST_TEXT:
            yield from (run[0] for run in _LETTERS.finditer(value))
        case list() if depth < PARTS:
            for part in value[:PARTS]:
                yield from _words(part, depth + 1)
        case dict() if depth < PARTS and not any(key.startswith("$") for key in value):
            for key in list(value)[:PARTS]:
                yield from _words(key, depth)
                yield from _words(value[key], depth + 1)
        case _:
            return


def _with(value: Encoded, word: str, other: str) -> Encoded:
    """A value with one word put for another, as far down as words are looked for."""
    match value:
        case str():
            return re.sub(rf"(?<![A-Za-z]){word}(?![A-Za-z])", other, value)
        case list():
            return [_with(part, word, other) for part in value]
        case dict() if not any(key.startswith("$") for key in value):
            return {
                re.sub(rf"(?<![A-Za-z]){word}(?![A-Za-z])", other, key): _with(part, word, other)
                for key, part in value.items()
            }
        case _:
            return value


def _other_word(word: str, draw: str) -> str:
    """As many other letters, each of the same case."""
    drawn = sha256(draw.encode()).digest()
    return "".join(
        chr((ord("A") if letter.isupper() else ord("a")) + drawn[place % len(drawn)] % 26)
        for place, letter in enumerate(word)
    )


def _number(draw: str, digits: int) -> int:
    """A number of so many digits, always the same for the same draw."""
    least: int = 10 ** (digits - 1)
    drawn = int.from_bytes(sha256(f"{draw}:{digits}".encode()).digest()[:8])
    more: int = drawn % (9 * least)
    return least + more
