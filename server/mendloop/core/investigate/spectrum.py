"""Ranks the lines of a function by how much more failing calls run through them.

The score is Ochiai's coefficient, ``ef / sqrt(F * (ef + ep))`` (Ochiai 1957; for programs Abreu,
Zoeteweij and van Gemund, TAICPART 2007): ``ef`` of ``F`` failing calls ran the line, and ``ep``
passing ones. The line where an error was raised comes sooner than its score alone would say.
"""

import ast
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import Final

from mendloop.model.diagnosis import Suspect

RAISED: Final = 0.5
"""How far the line that raised is moved from its score toward 1, for the order only."""
_FURTHER: Final = 0.8
"""What the further lines of a statement keep of their score, for the order only."""
LONGEST: Final = 200
MOST: Final = 40
_COUNTED: Final = (
    ast.BinOp,
    ast.BoolOp,
    ast.Call,
    ast.Compare,
    ast.Constant,
    ast.IfExp,
    ast.Name,
    ast.Slice,
    ast.Subscript,
    ast.UnaryOp,
)


def ochiai(failing: int, passing: int, *, failures: int) -> float:
    """The coefficient of one line.

    Args:
        failing: How many failing calls ran it.
        passing: How many passing calls did.
        failures: How many calls failed.

    Returns:
        0 to 1; larger the more failing and the fewer passing calls ran it.
    """
    if failing == 0:
        return 0.0
    return min(1.0, failing / sqrt(failures * (failing + passing)))


def rank(
    failing: Sequence[frozenset[int]],
    passing: Sequence[frozenset[int]],
    source: str,
    *,
    within: range,
    last_frames: Collection[int] = (),
    helpers: Sequence[range] = (),
) -> tuple[Suspect, ...]:
    """Rank the lines that failing calls run through.

    Args:
        failing: The lines that each failing call ran.
        passing: The lines that each passing call ran.
        source: The file's text.
        within: The lines of the function, from 1.
        last_frames: The lines where errors were raised, or passed on by the last own frame.
        helpers: The lines of other functions that may be at fault.

    Returns:
        The most suspect lines first, forty at most; of equals the one with more in it that could be
        wrong, then the one further up. The further lines of a statement come after all others of
        about that score: one line names the statement.
    """
    text = source.splitlines()
    extents = (within, *helpers)
    ran = {line for lines in failing for line in lines} | set(last_frames)
    suspects = [
        Suspect(
            line=line,
            score=ochiai(
                failed := sum(line in lines for lines in failing),
                passed := sum(line in lines for lines in passing),
                failures=len(failing),
            ),
            text=text[line - 1].strip()[:LONGEST],
            failing=failed,
            passing=passed,
        )
        for line in sorted(ran)
        if any(line in extent for extent in extents) and 1 <= line <= len(text)
    ]
    raised = frozenset(last_frames)
    much, further = _substance(source)

    def order(one: Suspect) -> tuple[float, int, int]:
        urgency = _urgency(one, raised) * (_FURTHER if one.line in further else 1.0)
        return -round(urgency, 6), -much[one.line], one.line

    return tuple(sorted(suspects, key=order)[:MOST])


def reordered(suspects: Sequence[Suspect], mended: Mapping[int, int]) -> tuple[Suspect, ...]:
    """The lines by what edits of them mend, and those of which none mends any as they were.

    Args:
        suspects: The lines, the most suspect first.
        mended: By line, how many more failing calls an edit of it makes right than it breaks
            others.
    """
    told = [replace(one, mended=max(0, mended.get(one.line, 0))) for one in suspects]
    return tuple(sorted(told, key=lambda one: -one.mended))


def _substance(source: str) -> tuple[Counter[int], frozenset[int]]:
    """How much there is on each line that could be wrong: operators, calls, values, names.

    And the lines that go on with a statement that began above.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Counter(), frozenset()
    much: Counter[int] = Counter()
    further: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, _COUNTED):
            much[node.lineno] += 1
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            further.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    return much, frozenset(further)


def _urgency(suspect: Suspect, raised: Collection[int]) -> float:
    """What a line is ordered by."""
    extra = (1.0 - suspect.score) * RAISED if suspect.line in raised else 0.0
    return suspect.score + extra
