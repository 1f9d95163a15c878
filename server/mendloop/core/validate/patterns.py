"""Whether the texts of a call are of a pattern that anybody has passed.

``1.10.2`` and ``2.9.33`` are of one pattern, ``1..2`` is of another. A function that begins to read
its texts begins to refuse those that cannot be read: no call on record says that it should not.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.core.validate.rows import Row
from mendloop.model.observation import Raised

_RUNS: Final = (
    (re.compile(r"[0-9]+"), "9"),
    (re.compile(r"[^\W\d_]+"), "a"),
    (re.compile(r" +"), " "),
)
_REFUSING: Final = frozenset({"ValueError", "IndexError", "KeyError"})
"""What reading a text raises that is not made as it should be."""
_LEAST_KEPT: Final = 10


def counted_anew(failing: Sequence[Row], steady: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    """Those of the calls that fail anew which speak against a change.

    A text of a pattern that no recorded call has may be refused, provided that at least so many
    calls of recorded patterns were made and none of them fails anew.

    Args:
        failing: The calls that fail anew, among ``steady``.
        steady: All calls that were compared.
        rows: The recorded calls.
    """
    known = {pattern for row in rows for pattern in _patterns(row)}
    familiar = [row for row in steady if known.issuperset(_patterns(row))]
    odd = [row for row in failing if not known.issuperset(_patterns(row)) and _refuses(row)]
    speaking = [row for row in failing if row not in odd]
    return speaking if not speaking and len(familiar) >= _LEAST_KEPT else list(failing)


def _refuses(row: Row) -> bool:
    return isinstance(row.after, Raised) and row.after.fault.type in _REFUSING


def _patterns(row: Row) -> Iterator[str]:
    """The pattern of every text in a call, with where it stands."""
    case = row.case.case
    waiting = [*((str(place), value) for place, value in enumerate(case.args))]
    waiting += case.kwargs.items()
    while waiting:
        place, value = waiting.pop()
        match value:
            case str():
                for run, sign in _RUNS:
                    value = run.sub(sign, value)
                yield f"{place}={value}"
            case list():
                waiting.extend((place, part) for part in value)
            case dict():
                waiting.extend((f"{place}.{key}", part) for key, part in value.items())
            case _:
                pass
