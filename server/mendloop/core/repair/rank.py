"""Which of several changes that all do what is wanted is likely to be the right one.

Changes that answer alike on inputs that nobody has labelled are one behaviour. A behaviour that
several changes share, that is cheap, and that fails on no input that went well before, comes first.
"""

from collections.abc import Sequence
from typing import Final

from mendloop.noun import dataclass

FEW: Final = 8
"""With fewer further inputs nothing is said to be confirmed."""
_FAILING: Final = 4.0
"""How much dearer a behaviour gets that fails on every further input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One change, and what it does on further inputs."""

    number: int
    """Which change it is."""
    cost: float
    answers: tuple[str, ...]
    """On each further input; equal texts for equal answers."""
    anew: int
    """Further inputs on which it fails and the current version does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Changes that cannot be told apart."""

    members: tuple[Behaviour, ...]
    """The cheapest first."""
    score: float
    """Small is likely."""

    @property
    def best(self) -> Behaviour:
        """Its cheapest change."""
        return self.members[0]


def grouped(behaviours: Sequence[Behaviour]) -> tuple[Group, ...]:
    """The groups of changes that answer alike, the likeliest first."""
    found: dict[tuple[str, ...], list[Behaviour]] = {}
    for one in behaviours:
        found.setdefault(one.answers, []).append(one)
    groups = [_group(members) for members in found.values()]
    return tuple(sorted(groups, key=lambda group: (group.score, group.best.number)))


def telling(first: Behaviour, second: Behaviour) -> int | None:
    """The place of the first further input that tells two changes apart."""
    pairs = zip(first.answers, second.answers, strict=True)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), None)


def _group(members: Sequence[Behaviour]) -> Group:
    ordered = tuple(sorted(members, key=lambda one: (one.cost, one.number)))
    first = ordered[0]
    share = first.anew / len(first.answers) if first.answers else 0.0
    support = sum(1.0 / one.cost for one in ordered)
    return Group(members=ordered, score=(1.0 + _FAILING * share) / support)
