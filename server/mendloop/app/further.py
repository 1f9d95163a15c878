"""What changes that all do what is wanted do on inputs that nobody has labelled."""

from collections.abc import Sequence
from typing import Final

from mendloop.app.hunt import Hunt
from mendloop.app.ideas import Idea
from mendloop.core.repair.rank import Behaviour, Group, grouped, telling
from mendloop.core.validate.cases import TestCase
from mendloop.model.observation import Case, Returned, Seen
from mendloop.model.value import canonical
from mendloop.noun import dataclass

_MOST: Final = 80
_SEED: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The changes in groups that answer alike, the likeliest first."""

    groups: tuple[Group, ...]
    inputs: tuple[Case, ...]
    """The further inputs on which something comes back."""

    def apart(self, one: Group, other: Group) -> str:
        """The text of an input that tells two groups apart; empty where there is none."""
        place = telling(one.best, other.best)
        if place is None:
            return ""
        case = self.inputs[place]
        return canonical([list(case.args), dict(case.kwargs)])


async def compared(hunt: Hunt, cases: Sequence[TestCase], ideas: Sequence[Idea]) -> Compared:
    """Run changes, and the current version, on near-misses of the calls that are known."""
    from mendloop.core.validate.perturb import perturbed  # noqa: PLC0415  loads with the work

    calls = [case.case for case in perturbed(cases, seed=_SEED, most=_MOST)]
    base, *seen = await hunt.on(calls, [None, *ideas])
    before = base if base is not None else ()
    known = [
        place
        for place, _ in enumerate(calls)
        if any(answers and isinstance(answers[place], Returned) for answers in (before, *seen))
    ]
    behaviours = [
        Behaviour(
            number=number,
            cost=idea.cost,
            answers=tuple(_text(answers[place]) for place in known) if answers else ("broken",),
            anew=sum(_anew(before, answers, place) for place in known),
        )
        for number, (idea, answers) in enumerate(zip(ideas, seen, strict=True))
    ]
    return Compared(groups=grouped(behaviours), inputs=tuple(calls[place] for place in known))


def _anew(before: Sequence[Seen], after: Sequence[Seen] | None, place: int) -> bool:
    went_well = bool(before) and isinstance(before[place], Returned)
    return went_well and not (after and isinstance(after[place], Returned))


def _text(seen: Seen) -> str:
    return canonical(seen.value) if isinstance(seen, Returned) else type(seen).__name__
