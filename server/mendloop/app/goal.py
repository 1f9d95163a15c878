"""What the calls of a search want, and whether a version does it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mendloop.core.validate.cases import (
    AnythingBut,
    Exactly,
    NoFailure,
    Origin,
    RaisesClearly,
    SameAsBefore,
    TestCase,
)
from mendloop.core.validate.compare import same
from mendloop.core.validate.evidence import Run
from mendloop.core.validate.rows import alike
from mendloop.core.validate.wants import Deliberate
from mendloop.model.execution import Fault
from mendloop.model.observation import NotLoaded, NotRun, Observation, Raised, Returned, Seen
from mendloop.noun import dataclass

_BAD: Final = frozenset({Origin.FAILING, Origin.WRONG})
_SLOW_SECONDS: Final = 0.02
_TELLING: Final = 3
_CONVERSIONS: Final = frozenset(
    {"ValueError", "JSONDecodeError", "UnicodeDecodeError", "InvalidOperation"}
)
"""What is raised for a text that says no number, no date, or nothing at all."""

Errors = Callable[[Fault], bool]
"""Whether a version raises an error on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One call, what is wanted of it, and what the current version does."""

    case: TestCase
    before: Observation
    tolerance: float
    recorded: bool = False
    """Whether what is wanted is what an earlier version answered to the very same call."""

    def met(self, seen: Seen, errors: Errors) -> bool:
        """Whether an answer is what is wanted."""
        match self.case.wanted:
            case Exactly(value):
                return isinstance(seen, Returned) and self._same(value, seen)
            case AnythingBut(value):
                if isinstance(seen, Returned):
                    return not self._same(value, seen)
                return self._clear(seen, errors)
            case SameAsBefore():
                return alike(self.before.seen, seen, self.tolerance)
            case RaisesClearly(types):
                return isinstance(seen, Raised) and seen.fault.type.rpartition(".")[2] in types
            case NoFailure():
                return isinstance(seen, Returned) or self._clear(seen, errors)

    def _same(self, value: object, seen: Returned) -> bool:
        wanted: object = value
        return same(wanted, seen.value, tolerance=self.tolerance)  # type: ignore[arg-type]

    def _clear(self, seen: Seen, errors: Errors) -> bool:
        """Whether it is another error than before, raised on purpose."""
        if not isinstance(seen, Raised) or alike(self.before.seen, seen):
            return False
        return errors(seen.fault)

    @property
    def ended(self) -> bool:
        """Whether the current version comes to an end on it."""
        return isinstance(self.before.seen, Returned | Raised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """All that a version is screened on."""

    bad: tuple[Goal, ...]
    """Calls on which the current version does not do what is wanted."""
    good: tuple[Goal, ...]
    """Calls on which it does."""

    @property
    def telling(self) -> tuple[Goal, ...]:
        """The few failing calls that every version is tried on first: quick ones, of all kinds."""
        order = sorted(self.bad, key=_awkward)
        kinds: dict[str, Goal] = {}
        for goal in order:
            kinds.setdefault(goal.case.group, goal)
        few = list(dict.fromkeys(id(goal) for goal in [*kinds.values(), *order]))
        by_id = {id(goal): goal for goal in order}
        chosen = [by_id[number] for number in few[:_TELLING]]
        slow = chosen and max(goal.before.seconds for goal in chosen) > _SLOW_SECONDS
        return tuple(chosen[:1] if slow else chosen)

    @property
    def rest(self) -> tuple[Goal, ...]:
        """All others, failing ones first."""
        first = {id(goal) for goal in self.telling}
        return tuple(goal for goal in (*self.bad, *self.good) if id(goal) not in first)

    @property
    def untold(self) -> frozenset[int]:
        """The failing calls of kinds of which no right answer is told, where of others one is.

        They may be right to fail; by identity.
        """
        told = {one.case.group for one in self.bad if not isinstance(one.case.wanted, NoFailure)}
        plain = (one for one in self.bad if isinstance(one.case.wanted, NoFailure))
        return frozenset(id(one) for one in plain if self.known and one.case.group not in told)

    @property
    def known(self) -> bool:
        """Whether somebody has said what is right on a call that fails."""
        return any(isinstance(goal.case.wanted, Exactly | RaisesClearly) for goal in self.bad)

    @property
    def slowest(self) -> float:
        """Seconds of the slowest call that comes to an end."""
        ended = [goal.before.seconds for goal in (*self.bad, *self.good) if goal.ended]
        return max(ended, default=0.0)


def goals_of(cases: Sequence[TestCase], runs: Sequence[Run], tolerance: float) -> Goals:
    """Sort the calls by what the current version does on them.

    Calls whose answer varies, or that the current version no longer answers as recorded, count
    for nothing unless the right answer is known.
    """
    seen = [_by_case(run) for run in runs]
    bad: list[Goal] = []
    good: list[Goal] = []
    for case in cases:
        before = [found[case.case.id] for found in seen if case.case.id in found]
        if not before or any(isinstance(one.seen, NotRun) for one in before):
            continue
        if not all(alike(before[0].seen, one.seen, tolerance) for one in before[1:]):
            continue
        goal = Goal(case=case, before=before[0], tolerance=tolerance)
        if isinstance(case.wanted, SameAsBefore):
            if case.recorded is None or alike(case.recorded, before[0].seen, tolerance):
                good.append(goal)
        elif goal.met(before[0].seen, _none):
            good.append(goal)
        elif case.origin in _BAD or isinstance(case.wanted, Exactly | RaisesClearly):
            bad.append(goal)
    return Goals(bad=tuple(bad), good=tuple(good))


def with_recorded(goals: Goals, answers: Mapping[str, Exactly], errors: Deliberate) -> Goals:
    """With what earlier versions answered to calls of which nobody has said what is right.

    Args:
        goals: What is wanted.
        answers: By the number of a call, the answer.
        errors: What the version raises on purpose: what it refuses now is no longer to be answered.
    """
    return replace(goals, bad=tuple(_recorded(goal, answers, errors) for goal in goals.bad))


def _recorded(goal: Goal, answers: Mapping[str, Exactly], errors: Deliberate) -> Goal:
    answer = answers.get(goal.case.case.id)
    untold = isinstance(goal.case.wanted, NoFailure | AnythingBut)
    if answer is None or not untold or _refused(goal, errors):
        return goal
    wanted = replace(goal, case=replace(goal.case, wanted=answer), recorded=True)
    return goal if wanted.met(goal.before.seen, _none) else wanted


def without_refusals(goals: Goals, errors: Deliberate) -> Goals:
    """Without the calls that seem to be refused rightly, where others say what is right.

    A ``ValueError`` for a wrong argument is on record as a failure, raised on purpose or by a
    conversion. Where the right answers of other failures are told, and of none of its kind, it
    says nothing of the fault.
    """
    untold = goals.untold
    bad = tuple(one for one in goals.bad if id(one) not in untold or not _refused(one, errors))
    return replace(goals, bad=bad)


def _refused(goal: Goal, errors: Deliberate) -> bool:
    seen = goal.before.seen
    if not isinstance(seen, Raised):
        return False
    return seen.fault.type.rpartition(".")[2] in _CONVERSIONS or errors.raised(seen.fault)


def _none(_fault: Fault) -> bool:
    return False


def _by_case(run: Run) -> dict[str, Observation]:
    return {} if isinstance(run, NotLoaded) else {one.case: one for one in run}


def _awkward(goal: Goal) -> tuple[bool, bool, int, str]:
    """The calls that say most come first: a known answer, one that ends, short ones."""
    known = isinstance(goal.case.wanted, Exactly | RaisesClearly)
    text = goal.case.text
    return (not known, not goal.ended, len(text), text)
