"""What the values of a pool reach, and what of it is met more than once."""

from __future__ import annotations

from itertools import chain
from typing import Any

from mendloop.recorder.graphs import OBJECT, Pool, Ref, Thing


def numbered(thing: Thing, *, many: bool) -> bool:
    """Whether a thing has a number of its own in the table."""
    return thing.kind == OBJECT or (many and thing.kind in {"list", "dict", "set"})


def grouped(pool: Pool) -> list[list[int]]:
    """Which of the values reach a common thing."""
    groups: list[tuple[set[int], list[int]]] = []
    for place, root in enumerate(pool.roots):
        reached, places = set(reached_by(pool, [root])), [place]
        for group in [group for group in groups if not group[0].isdisjoint(reached)]:
            groups.remove(group)
            reached |= group[0]
            places = [*group[1], *places]
        groups.append((reached, sorted(places)))
    return [places for _, places in groups]


def reached_by(pool: Pool, roots: list[Any]) -> list[int]:
    """What some values reach, in the order in which it is met."""
    found = dict.fromkeys(ref.number for ref in roots if type(ref) is Ref)
    waiting = list(found)
    for number in waiting:  # grows while it is read
        for part in pool.things[number].parts:
            if type(part) is Ref and part.number not in found:
                found[part.number] = None
                waiting.append(part.number)
    return waiting


def met_again(pool: Pool, roots: list[Any], numbers: list[int]) -> set[int]:
    """What is met more than once; what is in a tuple that is, is met as often as that."""
    met: set[int] = set()
    many: set[int] = set()
    for part in chain(roots, *(pool.things[number].parts for number in numbers)):
        if type(part) is Ref:
            (many if part.number in met else met).add(part.number)
    waiting = [number for number in many if pool.things[number].kind in {"$t", "$fs"}]
    for number in waiting:  # grows while it is read
        for part in pool.things[number].parts:
            if type(part) is Ref and part.number not in many:
                many.add(part.number)
                if pool.things[part.number].kind in {"$t", "$fs"}:
                    waiting.append(part.number)
    return many
