"""Whether a change does what is wanted on one case."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from mendloop.core.validate.cases import (
    AnythingBut,
    Exactly,
    NoFailure,
    Origin,
    RaisesClearly,
    SameAsBefore,
    Wanted,
)
from mendloop.core.validate.compare import same
from mendloop.core.validate.evidence import Evidence
from mendloop.core.validate.rows import Row, alike, rows_of, same_fault
from mendloop.core.validate.tree import module, walk
from mendloop.model.execution import Fault
from mendloop.model.observation import NotLoaded, NotRun, Raised, Returned, Seen, not_recorded
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

CLEAR_TYPES: Final = frozenset({"ValueError", "TypeError", "LookupError", "KeyError", "IndexError"})
"""The built-in errors that tell a caller that an argument will not do."""

_LONG: Final = 20
"""Lines of the longest ``raise`` that is looked for."""
_UNRUN: Final = "it could not be run"
_NOT_RECORDED: Final = "it asks the world for something that was not recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliberate:
    """The errors that a file raises on purpose."""

    path: str
    lines: frozenset[int]
    """The lines of its ``raise`` statements that name an error."""
    types: frozenset[str]
    """The clear types, and the classes of this file that are derived from one."""

    def clear(self, fault: Fault) -> bool:
        """Whether a fault is such an error, raised by such a line."""
        return fault.type.rpartition(".")[2] in self.types and self.raised(fault)

    def raised(self, fault: Fault) -> bool:
        """Whether a fault comes from such a line, of whatever type it is."""
        if not fault.frames:
            return False
        last = fault.frames[-1]
        here = last.file == self.path or last.file.endswith(f"/{self.path}")
        return here and last.line in self.lines


@lru_cache(maxsize=8)
def deliberate(path: str, source: str) -> Deliberate:
    """Read what a Python file raises on purpose; nothing where it cannot be read."""
    tree = module(source)
    raises = [node for node in walk(tree) if isinstance(node, ast.Raise) and node.exc]
    types = set(CLEAR_TYPES)
    for name, bases in _classes(tree):
        if bases & types:
            types.add(name)
    return Deliberate(
        path=path,
        lines=frozenset(line for node in raises for line in range(node.lineno, _last(node) + 1)),
        types=frozenset(types),
    )


def owed(evidence: Evidence) -> Evidence:
    """Only what a function owes that a change is not meant for: not what it fails to give already.

    Such a function may have a fault of its own, and declared cases that say so.
    """
    if any(isinstance(run, NotLoaded) for run in evidence.base):
        return evidence
    errors = deliberate(evidence.target.path, evidence.base_source)
    rows = rows_of(evidence, evidence.cases)
    broken = {
        row.case.case.id
        for row in rows
        if row.case.origin is Origin.SYNTHETIC and unmet(row.as_base(), errors)
    }
    kept = tuple(case for case in evidence.cases if case.case.id not in broken)
    return replace(evidence, cases=kept)


def says_raise(source: str, line: int) -> bool:
    """Whether a line, or one of the few above it that it may go on from, has a ``raise`` in it."""
    return "raise" in "".join(source.splitlines()[max(0, line - _LONG) : line])


def unmet(row: Row, errors: Deliberate) -> str:
    """Why a change does not do what is wanted; empty where it does, in every run."""
    first = row.after
    if any(not alike(first, one.seen, row.tolerance) for one in row.candidate[1:]):
        return "two runs of the change differ"
    return next(
        (why for one in row.candidate if (why := _unmet(row, row.case.wanted, one.seen, errors))),
        "",
    )


def clear_error(row: Row, errors: Deliberate) -> bool:
    """Whether the change answers with a deliberate error where the current version fails."""
    match row.before, row.after:
        case Raised(before), Raised(after):
            return errors.clear(after) and not same_fault(before, after)
        case _, Raised(after):
            return errors.clear(after)
        case _:
            return False


def _unmet(row: Row, wanted: Wanted, seen: Seen, errors: Deliberate) -> str:
    if isinstance(seen, NotRun) or not_recorded(seen):
        return _UNRUN if isinstance(seen, NotRun) else _NOT_RECORDED
    match wanted:
        case NoFailure():
            return _still_fails(row, seen, errors)
        case RaisesClearly(types):
            return _other_error(types, seen)
        case SameAsBefore():
            kept = alike(row.before, seen, row.tolerance)
            return "" if kept else "the current version answers otherwise"
        case Exactly(value):
            return _answers(seen, value, row.tolerance, right=True)
        case AnythingBut(value):
            refused = isinstance(seen, Raised) and errors.clear(seen.fault)
            return "" if refused else _answers(seen, value, row.tolerance, right=False)


def _other_error(types: tuple[str, ...], seen: Seen) -> str:
    if not isinstance(seen, Raised):
        return "it raises no error"
    named = {seen.fault.type, seen.fault.type.rpartition(".")[2]}
    return "" if named & set(types) else "it raises another error"


def _answers(seen: Seen, value: Encoded, tolerance: float, *, right: bool) -> str:
    """Compare an answer with one that is known to be right, or to be wrong."""
    if not isinstance(seen, Returned):
        return "it fails"
    if same(value, seen.value, tolerance=tolerance) is right:
        return ""
    return "another answer is right" if right else "it is the wrong answer"


def _still_fails(row: Row, seen: Seen, errors: Deliberate) -> str:
    match seen:
        case Returned():
            return ""
        case Raised() if clear_error(row, errors):
            return ""
        case _:
            return "it still fails" if alike(row.before, seen) else "it fails in another way"


def _classes(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """Every class of a file in the order it is defined, with the names of its bases."""
    for node in walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name, {base.id for base in node.bases if isinstance(base, ast.Name)}


def _last(node: ast.Raise) -> int:
    return node.end_lineno or node.lineno
