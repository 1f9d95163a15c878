"""What a change is tried on, and what is wanted of it there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from itertools import chain, zip_longest
from typing import ClassVar, Final, TypeAlias

from mendloop.model.execution import Execution, Fault, Outcome
from mendloop.model.observation import Case, Raised, Returned, Seen, TimedOut
from mendloop.model.value import Encoded, call_text, opaque
from mendloop.noun import dataclass

_REDACTED: Final = "<redacted:"
"""What stands in the place of a secret, as the recorder writes it."""


class Origin(StrEnum):
    """Where a case comes from."""

    PASSING = "passing"
    FAILING = "failing"
    WRONG = "wrong"
    """Recorded: it returned, and somebody said that the result was wrong."""
    SYNTHETIC = "synthetic"
    """From the target's file of cases."""
    PERTURBED = "perturbed"
    """A near-miss of a recorded call, which nobody who wrote the change has seen."""
    GENERATED = "generated"
    """Made up from the types and values that the target takes."""


@dataclass(frozen=True, slots=True)
class Exactly:
    """This value."""

    value: Encoded


@dataclass(frozen=True, slots=True)
class SameAsBefore:
    """The recorded answer, which the current version still gives."""


@dataclass(frozen=True, slots=True)
class NoFailure:
    """Any answer; or a clear error in place of a crash, which counts for less."""


@dataclass(frozen=True, slots=True)
class AnythingBut:
    """Any answer but this one, which somebody called wrong without knowing the right one.

    A clear error is one, too: the call may be one that should have been refused.
    """

    value: Encoded


@dataclass(frozen=True, slots=True)
class RaisesClearly:
    """An error of one of these types."""

    types: tuple[str, ...]


Wanted: TypeAlias = Exactly | SameAsBefore | NoFailure | AnythingBut | RaisesClearly


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One call to try, and what is wanted of it."""

    __test__: ClassVar[bool] = False  # the name is the domain's; test runners look for it

    case: Case
    origin: Origin
    wanted: Wanted
    recorded: Seen | None = None
    """What was recorded of it; ``None`` for a call that nobody has made."""
    group: str = ""
    """The fingerprint of the failure; of a near-miss, that of its parent."""
    parent: str = ""
    """Of a near-miss: the case that it was made from."""
    far: bool = False
    """Of a near-miss: whether it lies where no recorded call has been."""

    @property
    def text(self) -> str:
        """The one text of its arguments."""
        return call_text(self.case.args, self.case.kwargs)


def of_execution(execution: Execution) -> TestCase:
    """The case that a recorded call makes."""
    origin: Origin
    recorded: Seen
    match execution.ended:
        case Outcome.OK:
            origin, recorded = Origin.PASSING, Returned(execution.result)
        case Outcome.WRONG:
            origin, recorded = Origin.WRONG, Returned(execution.result)
        case Outcome.TIMEOUT:
            origin, recorded = Origin.FAILING, TimedOut(execution.seconds)
        case Outcome.ERROR:
            fault = execution.error or Fault(type="", message="")
            origin, recorded = Origin.FAILING, Raised(fault)
    return TestCase(
        case=Case(
            id=execution.id,
            args=execution.args,
            kwargs=execution.kwargs,
            world=execution.world,
        ),
        origin=origin,
        wanted=_wanted(execution),
        recorded=recorded,
        group=execution.fingerprint,
    )


def choose(
    *,
    passing: Sequence[Execution],
    failing: Sequence[Execution],
    synthetic: Sequence[TestCase] = (),
    most: int,
    seed: int = 0,
) -> tuple[TestCase, ...]:
    """Pick the calls to try a change on; the same history and seed give the same calls.

    Failing and wrong calls come first, every distinct one of them up to half of all, each kind in
    turn. The rest are passing calls: one of every shape of arguments, then as they come by a hash.

    Args:
        passing: Recorded calls that went well.
        failing: Recorded calls that failed, or were called wrong.
        synthetic: All of them are taken, on top.
        most: How many recorded calls are taken at most.
        seed: Another seed picks other passing calls.

    Returns:
        The cases, failing ones first. Calls that cannot be repeated are left out.
    """
    bad = [of_execution(one) for one in _distinct(failing)]
    good = [of_execution(one) for one in _distinct(passing)]
    room = max(most - most // 2, most - len(good))
    chosen_bad = _by_turns(bad, key=lambda case: case.group)[: max(room, 0)]
    in_order = sorted(good, key=lambda case: _draw(seed, case.text))
    first, later = _one_of_each(in_order)
    chosen_good = [*first, *later][: max(most - len(chosen_bad), 0)]
    return (*chosen_bad, *chosen_good, *synthetic)


def shape(value: Encoded) -> str:
    """The type of a value, two levels deep: what makes two calls calls of one sort."""
    match value:
        case list():
            return f"list[{','.join(sorted({_kind(part) for part in value}))}]"
        case dict():
            return (
                f"dict[{','.join(f'{key}:{_kind(part)}' for key, part in sorted(value.items()))}]"
            )
        case _:
            return _kind(value)


def _kind(value: Encoded) -> str:
    match value:
        case dict():
            return next((key for key in value if key.startswith("$")), "dict")
        case _:
            return type(value).__name__


def _wanted(execution: Execution) -> Wanted:
    if execution.expected is not None and not _redacted(execution):
        return Exactly(execution.expected)
    match execution.ended:
        case Outcome.OK:
            return SameAsBefore()
        case Outcome.WRONG:
            return AnythingBut(execution.result)
        case _:
            return NoFailure()


def _redacted(execution: Execution) -> bool:
    """Whether an argument was taken out: the right answer to it is none to what stands there."""
    return _REDACTED in call_text(execution.args, execution.kwargs)


def _distinct(executions: Iterable[Execution]) -> Iterator[Execution]:
    """The first of each call that can be repeated."""
    seen = set[tuple[str, bytes]]()
    for one in executions:
        text = call_text(one.args, one.kwargs)
        call = (text, one.world.told if one.world else b"")
        lost = opaque(list(one.args)) or opaque(dict(one.kwargs))
        if one.whole and not lost and call not in seen:
            seen.add(call)
            yield one


def _by_turns(cases: Sequence[TestCase], *, key: Callable[[TestCase], str]) -> list[TestCase]:
    """One of each kind, then the second of each, and so on."""
    kinds: dict[str, list[TestCase]] = {}
    for case in cases:
        kinds.setdefault(key(case), []).append(case)
    rows = zip_longest(*kinds.values())
    return [case for case in chain.from_iterable(rows) if case is not None]


def _one_of_each(cases: Sequence[TestCase]) -> tuple[list[TestCase], list[TestCase]]:
    """The first of each shape of arguments, and all others."""
    seen, first, later = set[str](), list[TestCase](), list[TestCase]()
    for case in cases:
        form = "|".join([*map(shape, case.case.args), shape(dict(case.case.kwargs))])
        (later if form in seen else first).append(case)
        seen.add(form)
    return first, later


def _draw(seed: int, text: str) -> bytes:
    """A number for a text that looks like chance and is none."""
    return sha256(f"{seed}:{text}".encode()).digest()
