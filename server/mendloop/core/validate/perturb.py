"""Near-misses of recorded calls: what nobody who wrote a change has seen.

A change that mends what is wrong mends the near-misses too. One that only recognises the recorded
inputs leaves them as they were. Each near-miss differs from its parent in one argument, or in one
part of an answer that it got from the network or of a file that it read.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import chain, zip_longest
from typing import Final

from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.near_graphs import near_graphs
from mendloop.model.observation import Case
from mendloop.model.value import Encoded, call_text
from mendloop.model.world import World

EXACT: Final = 2**53
"""Beyond this an ``int`` is kept as a tagged text."""
_WHOLE_NUMBER: Final = re.compile(r"-?\d{1,4000}")
"""What Python turns into a number without protest."""
PARTS: Final = 3
"""How many elements of a list, or keys of an object, are varied."""
_MOST_TOLD: Final = 16_000
"""Characters of an answer or a file of which variants are made."""


def perturbed(cases: Sequence[TestCase], *, seed: int = 0, most: int) -> tuple[TestCase, ...]:
    """Near-misses of some cases, none of which is itself among them.

    Args:
        cases: Recorded calls; those that failed give at least half of the near-misses, if they can.
        seed: Another seed picks others.
        most: How many are wanted at most.

    Returns:
        The near-misses, by turns from each parent; always the same for the same cases and seed.
    """
    taken = {_key(case.case) for case in cases}
    bad = _by_turns([one for one in cases if one.origin in {Origin.FAILING, Origin.WRONG}], seed)
    good = _by_turns([one for one in cases if one.origin is Origin.PASSING], seed)
    new_bad, new_good = _new(bad, taken), _new(good, taken)
    half = max(most - most // 2, most - len(new_good))
    chosen = new_bad[: max(half, 0)]
    return (*chosen, *new_good[: max(most - len(chosen), 0)])


def near(value: Encoded) -> Iterator[Encoded]:
    """Values of the same sort, close to one."""
    match value:
        case bool():
            yield not value
        case int():
            yield from (n for n in (value + 1, value - 1, 0, -value) if abs(n) < EXACT)
        case float():
            yield from (value + 1.0, value - 1.0, 0.0, -value, value / 2)
        case str():
            yield from _near_text(value)
        case list():
            yield from _near_list(value)
        case dict():
            yield from _near_object(value)
        case None:
            return


def _near_text(text: str) -> Iterator[str]:
    yield from (text[:-1], text[1:], f"{text}{text[-1:] or 'a'}", f"{text} ")
    yield from (text.upper(), text.lower(), text.swapcase())


def _near_list(items: list[Encoded]) -> Iterator[list[Encoded]]:
    yield from (items[:-1], items[1:], [*items, *items[-1:]])
    for place, item in enumerate(items[:PARTS]):
        for other in near(item):
            yield [*items[:place], other, *items[place + 1 :]]


def _near_object(value: dict[str, Encoded]) -> Iterator[Encoded]:
    match value:
        case {"$t": [*items]}:
            for other in _near_list(items):
                yield {"$t": other}
        case {"$i": str(digits)} if _WHOLE_NUMBER.fullmatch(digits):
            yield {"$i": str(int(digits) + 1)}
            yield {"$i": str(-int(digits))}
        case {"$f": str()}:
            yield 0.0
        case _ if any(key.startswith("$") for key in value):
            return
        case _:
            yield from _near_plain(value)


def _near_plain(value: Mapping[str, Encoded]) -> Iterator[Encoded]:
    for key in list(value)[:PARTS]:
        yield {other: part for other, part in value.items() if other != key}
        for part in near(value[key]):
            yield {**value, key: part}


def _near_calls(parent: TestCase) -> Iterator[Case]:
    """Calls that differ from one in one argument.

    ``None`` stands in only where the call failed: where it went well, nobody is known to pass it.
    """
    case = loosened(parent.case)
    none: tuple[Encoded, ...] = () if parent.origin is Origin.PASSING else (None,)
    for place, arg in enumerate(case.args):
        for other in (*near(arg), *none):
            args = (*case.args[:place], other, *case.args[place + 1 :])
            yield replace(case, args=args)
    for values in near_graphs([*case.args, *case.kwargs.values()], near):
        count = len(case.args)
        named = dict(zip(case.kwargs, values[count:], strict=True))
        yield replace(case, args=tuple(values[:count]), kwargs=named)
    for name, value in case.kwargs.items():
        for other in (*near(value), *none):
            yield replace(case, kwargs={**case.kwargs, name: other})
    told = parent.case.world
    for world in near_worlds(told) if told is not None else ():
        yield replace(case, world=world)


def loosened(case: Case) -> Case:
    """The call in a world that answers it as it was answered, whatever the address it asks."""
    return case if case.world is None else replace(case, world=replace(case.world, loose=True))


def near_worlds(world: World) -> Iterator[World]:
    """Worlds that differ from one in a part of what was told as JSON."""
    for place, one in enumerate(world.exchanges):
        for text in _near_json(one.answer):
            other = replace(one, answer=text)
            before, after = world.exchanges[:place], world.exchanges[place + 1 :]
            yield replace(world, exchanges=(*before, other, *after))
    for place, file in enumerate(world.files):
        for text in _near_json(file.content):
            read = replace(file, content=text)
            yield replace(world, files=(*world.files[:place], read, *world.files[place + 1 :]))


def _near_json(text: Encoded) -> Iterator[str]:
    if not isinstance(text, str) or len(text) > _MOST_TOLD:
        return
    try:
        value: Encoded = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(value, (list, dict)):
        yield from (json.dumps(other) for other in near(value))


def _key(case: Case) -> str:
    """What tells a call from others: its arguments, and what it is told."""
    told = case.world.told.hex() if case.world else ""
    return f"{call_text(case.args, case.kwargs)}{told}"


def _by_turns(parents: Sequence[TestCase], seed: int) -> Iterator[TestCase]:
    """One near-miss of each parent, then the second of each, and so on."""
    rows = zip_longest(*(_of(parent, seed) for parent in parents))
    return (one for one in chain.from_iterable(rows) if one is not None)


def _of(parent: TestCase, seed: int) -> list[TestCase]:
    calls = {_key(one): one for one in _near_calls(parent)}
    calls.pop(_key(parent.case), None)
    ordered = sorted(calls, key=_draw(seed))
    return [
        TestCase(
            case=replace(calls[text], id=f"{parent.case.id}~{number}"),
            origin=Origin.PERTURBED,
            wanted=SameAsBefore(),
            group=parent.group,
            parent=parent.case.id,
        )
        for number, text in enumerate(ordered, start=1)
    ]


def _new(cases: Iterator[TestCase], taken: set[str]) -> list[TestCase]:
    """Those whose call is not taken yet; they are taken from here on."""
    new: list[TestCase] = []
    for case in cases:
        text = _key(case.case)
        if text not in taken:
            taken.add(text)
            new.append(case)
    return new


def _draw(seed: int) -> Callable[[str], bytes]:
    """An order that looks like chance and is none."""
    return lambda text: sha256(f"{seed}:{text}".encode()).digest()
