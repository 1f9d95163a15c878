"""Two changes at once, for two faults at once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Final

from mendloop.app.hunt import Part
from mendloop.app.ideas import Idea, Ideas, Known, idea_of
from mendloop.core.repair.candidate import Candidate
from mendloop.core.repair.change import spliced

_MOST: Final = 1_500


def pairs(parts: Sequence[Part]) -> list[Idea]:
    """Every two changes of one function that do not touch each other, the likeliest first."""
    found: list[Idea] = []
    for one, other in combinations(parts, 2):
        both = _both(one.idea, other.idea)
        if both is not None:
            found.append(both)
    return sorted(found, key=lambda idea: idea.cost)[:_MOST]


def stacked(ideas: Ideas, known: Known, first: Idea) -> tuple[int, Iterator[Idea]]:
    """How many usual changes there are on top of one change, and those."""
    more = ideas.changes(known.symptoms, first.content.decode(errors="replace"))
    return more.size, _on_top(more.usual(), first)


def _both(one: Idea, other: Idea) -> Idea | None:
    first, second = one.candidate, other.candidate
    if first is None or second is None or first.place != second.place:
        return None
    splices = (*first.change.splices, *second.change.splices)
    ordered = sorted(splices, key=lambda splice: splice.start)
    if any(a.stop > b.start or a == b for a, b in pairwise(ordered)):
        return None
    candidate = replace(
        first,
        change=replace(first.change, splices=splices),
        text=spliced(first.place.text, splices),
        description=f"{first.description}; {second.description}",
        cost=first.cost + second.cost,
        heading=first.heading or second.heading,
    )
    return replace(idea_of(one.target, candidate), origin=one.origin, bold=True)


def _on_top(ideas: Iterator[Idea], first: Idea) -> Iterator[Idea]:
    for idea in ideas:
        candidate = idea.candidate
        if candidate is None:
            continue
        described = f"{first.description}; {idea.description}"
        cost = first.cost + idea.cost
        if _same_function(candidate, first.candidate):
            both = replace(candidate, description=described, cost=cost)
            yield replace(idea, candidate=both, description=described, cost=cost, bold=True)
        else:
            yield Idea(
                origin=idea.origin,
                target=idea.target,
                description=described,
                cost=cost,
                whole=idea.content,
                bold=True,
            )


def _same_function(one: Candidate, other: Candidate | None) -> bool:
    """Whether the function alone, put in the file as it stands, holds both changes."""
    return other is not None and (one.place.name, one.place.holders, one.place.first_line) == (
        other.place.name,
        other.place.holders,
        other.place.first_line,
    )
