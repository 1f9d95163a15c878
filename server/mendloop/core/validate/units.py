"""What the project's own tests say of a change.

Their outcomes are told by the process that runs the change. A test that no longer passes counts
against it. A pass, which could be forged, is no more than *no objection*: a test that failed and
now passes speaks for the change only where its call is made again and compared outside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, TypeAlias

from mendloop.core.validate.harness import MOST_TESTS, MOST_TEXT
from mendloop.core.validate.wording import clean, seen_text
from mendloop.model.observation import NotRun, Observation, Returned
from mendloop.model.report import Check, Disagreement, Verdict
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

NAMED: Final = 3
_OUTCOMES: Final = frozenset({"passed", "failed", "error", "skipped"})
_BAD: Final = frozenset({"failed", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeen:
    """What one run of one test file came to."""

    tests: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """By node id: the outcome, and what was said of it."""
    loaded: bool = True
    """Whether the changed module was loaded from the tree under test."""
    ended: str = ""
    """How the file ended instead of telling its tests: a crash, a hang."""
    not_run: str = ""
    """Why the sandbox did not run it."""


Outcomes: TypeAlias = Mapping[str, FileSeen]
"""One pass over the test files, by path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """All that was seen of the project's tests."""

    files: tuple[str, ...] = ()
    reaching: int = 0
    kept_old: tuple[str, ...] = ()
    """Files of the tests that the proposal changes; they are run as they were."""
    unavailable: str = ""
    """Why no test could be run at all."""
    base: tuple[Outcomes, ...] = ()
    candidate: tuple[Outcomes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Every test, by what it says of the change; node ids."""

    passing: tuple[str, ...] = ()
    """On both."""
    lost: tuple[str, ...] = ()
    """They passed every time, and fail every time."""
    doubtful: tuple[str, ...] = ()
    """They passed, and now are skipped, missing, not run, or fail some of the time."""
    newly: tuple[str, ...] = ()
    """They failed every time, and pass every time."""
    failing: tuple[str, ...] = ()
    """On both."""
    unsteady: tuple[str, ...] = ()
    """Two runs of the current version differ."""


def file_seen(observation: Observation) -> FileSeen:
    """Read what one run of one file told. All of it is untrusted."""
    match observation.seen:
        case Returned({"tests": list() as tests, "loaded": bool() as loaded}):
            return FileSeen(tests=dict(_tests(tests)), loaded=loaded)
        case Returned():
            return FileSeen(ended="gives a malformed answer")
        case NotRun(why):
            return FileSeen(not_run=why)
        case seen:
            return FileSeen(ended=seen_text(seen))


def compared(units: Units) -> Compared:
    """Sort every test of the current version by what both versions made of it."""
    sorted_: dict[str, list[str]] = {}
    for path in units.files:
        for node in _nodes(units, path):
            before = [_outcome(run, path, node) for run in units.base if path in run]
            after = [_outcome(run, path, node) for run in units.candidate if path in run]
            sorted_.setdefault(_sort(before, after), []).append(node)
    return Compared(**{name: tuple(nodes) for name, nodes in sorted_.items() if name != "silent"})


def unlike(units: Units) -> tuple[str, ...]:
    """The files in which the two versions differ so far: those worth a second look."""
    told = compared(units)
    nodes = {*told.lost, *told.doubtful, *told.newly, *told.unsteady}
    return tuple(path for path in units.files if any(_in(node, path) for node in nodes))


def unit_check(units: Units, corroborated: int = 0) -> Check:
    """The project's tests as a check.

    Args:
        units: What was seen.
        corroborated: Of the tests that newly pass, those whose calls were made again and compared.
    """
    told = compared(units)
    numbers = {
        "files": float(len(units.files)),
        "files_reaching": float(units.reaching),
        "files_not_loading_it": float(len(_idle(units))),
        "tests": float(sum(map(len, _groups(told)))),
        "passing": float(len(told.passing)),
        "lost": float(len(told.lost)),
        "doubtful": float(len(told.doubtful)),
        "newly_passing": float(len(told.newly)),
        "corroborated": float(corroborated),
        "failing_on_both": float(len(told.failing)),
        "unsteady": float(len(told.unsteady)),
    }
    verdict, said = _verdict(units, told, corroborated)
    return Check(
        name="unit", verdict=verdict, summary=clean(said + _rest(units, told), 600), numbers=numbers
    )


def unit_disagreements(units: Units) -> tuple[Disagreement, ...]:
    """The tests that the change breaks."""
    told = compared(units)
    return tuple(
        Disagreement(
            call=clean(node),
            wanted="passes, as on the current version",
            got=clean(_message(units, node)),
            why="a test of the project is lost",
        )
        for node in sorted(told.lost, key=lambda node: (len(node), node))
    )


def _verdict(units: Units, told: Compared, corroborated: int) -> tuple[Verdict, str]:
    if units.unavailable:
        return Verdict.INCONCLUSIVE, units.unavailable
    if not units.files:
        return Verdict.PASSED, "No test of the project reaches it."
    if told.lost:
        return Verdict.FAILED, (
            f"{len(told.lost)} tests that pass on the current version fail: {_named(told.lost)}."
        )
    if told.doubtful:
        return Verdict.INCONCLUSIVE, (
            f"{len(told.doubtful)} tests that pass on the current version no longer do so every"
            f" time, or are gone: {_named(told.doubtful)}."
        )
    if not told.passing and not told.newly:
        return Verdict.INCONCLUSIVE, "None of the tests that reach it passes in the sandbox."
    fresh = ""
    if told.newly:
        fresh = (
            f" {len(told.newly)} that failed now pass, of which {corroborated} were seen to from"
            f" outside: {_named(told.newly)}."
        )
    return Verdict.PASSED, f"All {len(told.passing)} tests that passed still pass.{fresh}"


def _rest(units: Units, told: Compared) -> str:
    said = ""
    if told.failing:
        said += f" {len(told.failing)} fail on both versions: {_named(told.failing)}."
    if told.unsteady:
        said += f" Left out: {len(told.unsteady)} whose runs differ: {_named(told.unsteady)}."
    if idle := _idle(units):
        said += f" Left out: {len(idle)} files that do not load it or end early: {_named(idle)}."
    if units.reaching > len(units.files):
        said += f" {len(units.files)} of {units.reaching} test files that reach it were run."
    if units.kept_old:
        said += f" Run as they were before the change: {_named(units.kept_old)}."
    return said


def _tests(raw: Sequence[Encoded]) -> Iterator[tuple[str, tuple[str, str]]]:
    for one in raw[:MOST_TESTS]:
        match one:
            case [str(node), str(outcome), str(said)] if outcome in _OUTCOMES:
                yield node[:MOST_TEXT], (outcome, said[:MOST_TEXT])
            case _:
                pass


def _nodes(units: Units, path: str) -> list[str]:
    """The tests of a file that some run of the current version told of."""
    nodes: dict[str, None] = {}
    for run in units.base:
        if path in run and run[path].loaded:
            nodes.update(dict.fromkeys(run[path].tests))
    return list(nodes)


def _outcome(run: Outcomes, path: str, node: str) -> str:
    """What a run says of a test; ``ended`` where its file crashed or hung."""
    seen = run[path]
    if seen.not_run:
        return "not_run"
    if seen.ended:
        return "ended"
    if not seen.loaded:
        return "gone"
    return seen.tests.get(node, ("gone", ""))[0]


def _sort(before: Sequence[str], after: Sequence[str]) -> str:
    """The group of one test: a field of ``Compared``, or ``silent`` where it says nothing."""
    good = [outcome == "passed" for outcome in after]
    bad = [outcome in _BAD or outcome == "ended" for outcome in after]
    if len(set(before)) > 1:
        return "unsteady"
    if not after:
        return "doubtful"
    if before[0] == "passed":
        if all(good):
            return "passing"
        return "lost" if all(bad) else "doubtful"
    if before[0] not in _BAD:
        return "silent"
    return "newly" if all(good) else "failing"


def _idle(units: Units) -> tuple[str, ...]:
    """The files that said nothing of the current version."""
    return tuple(
        path
        for path in units.files
        if not any(path in run and run[path].loaded and run[path].tests for run in units.base)
    )


def _message(units: Units, node: str) -> str:
    for run in units.candidate:
        for path, seen in run.items():
            if _in(node, path) and (seen.ended or seen.tests.get(node, ("", ""))[1]):
                return seen.ended or seen.tests[node][1]
    return "fails"


def _in(node: str, path: str) -> bool:
    return node == path or node.startswith(f"{path}::")


def _groups(told: Compared) -> tuple[tuple[str, ...], ...]:
    return (told.passing, told.lost, told.doubtful, told.newly, told.failing, told.unsteady)


def _named(nodes: Sequence[str]) -> str:
    more = ", ..." if len(nodes) > NAMED else ""
    return clean(", ".join(nodes[:NAMED])) + more
