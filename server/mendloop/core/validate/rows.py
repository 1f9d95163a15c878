"""Lays the runs of both versions side by side, one row a case, and says which rows count."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final, Self

from mendloop.core.validate.cases import Exactly, Origin, RaisesClearly, TestCase
from mendloop.core.validate.compare import same
from mendloop.core.validate.evidence import Evidence, Run
from mendloop.model.execution import Fault
from mendloop.model.observation import (
    Crashed,
    NotLoaded,
    NotRun,
    Observation,
    Raised,
    Returned,
    Seen,
    TimedOut,
    not_recorded,
)
from mendloop.model.value import opaque
from mendloop.noun import dataclass

_PARTS_THAT_VARY: Final = re.compile(r"'[^']*'|\"[^\"]*\"|0x[0-9a-fA-F]+|\d+")
_NOT_OBSERVED: Final = "the sandbox said nothing of it"


class Standing(StrEnum):
    """What a case may be used for."""

    REPLAYED = "replayed"
    """The current version does again what was recorded."""
    UNSTEADY = "unsteady"
    """Two runs of the current version differ."""
    CHANGED = "changed"
    """The current version is steady, and does something else than was recorded."""
    NOT_RECORDED = "not_recorded"
    """The current version asks the world for something that nobody has recorded."""
    NOT_RUN = "not_run"
    """The sandbox failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, and what each version did on it."""

    case: TestCase
    base: tuple[Observation, ...]
    candidate: tuple[Observation, ...]
    solo: Observation | None
    standing: Standing
    tolerance: float

    @property
    def before(self) -> Seen:
        """What the current version did."""
        return self.base[0].seen

    @property
    def after(self) -> Seen:
        """What the change did."""
        return self.candidate[0].seen

    @property
    def partial(self) -> bool:
        """Whether a part of the answer could not be kept, so that equality proves little."""
        return any(isinstance(seen, Returned) and opaque(seen.value) for seen in self._answers)

    @property
    def unchanged(self) -> bool:
        """Whether the change does on it what the current version does."""
        return all(alike(self.before, one.seen, self.tolerance) for one in self.candidate)

    def as_base(self) -> Self:
        """The same row, as if the current version were the change."""
        return replace(self, candidate=self.base)

    @property
    def _answers(self) -> tuple[Seen, ...]:
        return (self.before, self.after)


def rows_of(evidence: Evidence, cases: Sequence[TestCase]) -> tuple[Row, ...]:
    """One row for each case."""
    tolerance = evidence.target.float_tolerance
    base = [_by_case(run, cases) for run in evidence.base]
    candidate = [_by_case(run, cases) for run in evidence.candidate]
    solo = {} if isinstance(evidence.solo, NotLoaded) else _by_case(evidence.solo, ())
    return tuple(_row(case, base, candidate, solo, tolerance) for case in cases)


def alike(one: Seen, other: Seen, tolerance: float = 0.0) -> bool:
    """Whether two versions did the same."""
    match one, other:
        case Returned(left), Returned(right):
            return same(left, right, tolerance=tolerance)
        case Raised(left), Raised(right):
            return same_fault(left, right)
        case (TimedOut(), TimedOut()) | (Crashed(), Crashed()):
            return True
        case _:
            return False


def same_fault(one: Fault, other: Fault) -> bool:
    """Whether two faults are of one kind: same type, same message but for names and numbers."""
    return one.type == other.type and _masked(one.message) == _masked(other.message)


def _masked(message: str) -> str:
    return _PARTS_THAT_VARY.sub("*", message)


def _row(
    case: TestCase,
    base: Sequence[Mapping[str, Observation]],
    candidate: Sequence[Mapping[str, Observation]],
    solo: Mapping[str, Observation],
    tolerance: float,
) -> Row:
    before = _of(case, base)
    after = _of(case, candidate)
    return Row(
        case=case,
        base=before,
        candidate=after,
        solo=solo.get(case.case.id),
        standing=_standing(case, before, after, tolerance),
        tolerance=tolerance,
    )


def _standing(
    case: TestCase, before: Sequence[Observation], after: Sequence[Observation], tolerance: float
) -> Standing:
    if any(isinstance(one.seen, NotRun) for one in (*before, *after)):
        return Standing.NOT_RUN
    if _asked_for_more(case, before, after):
        return Standing.NOT_RECORDED
    first = before[0].seen
    if not all(alike(first, one.seen, tolerance) for one in before[1:]):
        return Standing.UNSTEADY
    return Standing.REPLAYED if _as_recorded(case, first, tolerance) else Standing.CHANGED


def _asked_for_more(
    case: TestCase, before: Sequence[Observation], after: Sequence[Observation]
) -> bool:
    """Whether a version asked for what was not recorded, and need not have known.

    Of a call that somebody made, what the current version asks for is what was recorded: there a
    change that asks for more has done otherwise. What a made-up call asks for nobody has seen.
    """
    if case.case.world is None:
        return False  # nothing answers in the place of the world: who says so says it of himself
    every = before if case.recorded is not None else (*before, *after)
    return any(not_recorded(one.seen) for one in every)


def _as_recorded(case: TestCase, seen: Seen, tolerance: float) -> bool:
    """Whether the current version still does what was recorded.

    A known answer needs no recording to be compared with: only a steady version.
    """
    if case.recorded is None or isinstance(case.wanted, Exactly | RaisesClearly):
        return True
    match case.recorded, seen:
        case Raised(fault), Raised(now):
            return same_fault(fault, now) or _same_place(fault, now)
        case (TimedOut(), Crashed()) | (Crashed(), TimedOut()):
            return True
        case _:
            return alike(case.recorded, seen, tolerance)


def _same_place(one: Fault, other: Fault) -> bool:
    """Whether two faults of one type were raised in one function; messages may be redacted."""
    if one.type != other.type or not (one.frames and other.frames):
        return False
    return one.frames[-1].function == other.frames[-1].function


def _of(case: TestCase, runs: Sequence[Mapping[str, Observation]]) -> tuple[Observation, ...]:
    nothing = Observation(case=case.case.id, seen=NotRun(_NOT_OBSERVED), seconds=0.0)
    return tuple(run.get(case.case.id, nothing) for run in runs) or (nothing,)


def _by_case(run: Run, cases: Iterable[TestCase]) -> dict[str, Observation]:
    """What one run saw, by case; code that does not load fails on every one of them."""
    if isinstance(run, NotLoaded):
        return {
            case.case.id: Observation(case=case.case.id, seen=Raised(run.fault), seconds=0.0)
            for case in cases
        }
    return {one.case: one for one in run}


def of_origin(rows: Iterable[Row], *origins: Origin) -> tuple[Row, ...]:
    """The rows whose cases come from one of these."""
    return tuple(row for row in rows if row.case.origin in origins)
