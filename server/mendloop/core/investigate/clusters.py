"""Sorts failures into kinds: one fingerprint, one kind."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mendloop.model.diagnosis import Cluster
from mendloop.model.execution import Execution, Frame, Outcome
from mendloop.model.shown import shown
from mendloop.model.value import call_text

MOST: Final = 200
"""An error text longer than this is cut."""
_MOST_ANSWER: Final = 60
_FOREIGN: Final = ("site-packages/", "dist-packages/", "<frozen ", "<string>", "lib/python")
_HARMFUL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def cluster(executions: Sequence[Execution]) -> tuple[Cluster, ...]:
    """Sort failing calls into kinds.

    Args:
        executions: Recorded calls; those that went well are passed over.

    Returns:
        One cluster a fingerprint, the most frequent first. The example is the call with the
        shortest arguments among those that can be repeated; the error is what it said.
    """
    kinds: dict[str, list[Execution]] = {}
    for one in executions:
        if one.outcome.failed:
            kinds.setdefault(one.fingerprint, []).append(one)
    every = (_cluster(fingerprint, calls) for fingerprint, calls in kinds.items())
    return tuple(sorted(every, key=lambda one: (-one.calls, one.fingerprint)))


def last_own(frames: Iterable[Frame]) -> Frame | None:
    """The innermost frame that is not of a library or of Python itself."""
    own = [frame for frame in frames if not any(part in frame.file for part in _FOREIGN)]
    return own[-1] if own else None


def _cluster(fingerprint: str, calls: Sequence[Execution]) -> Cluster:
    example = min(calls, key=_awkward)
    frame = last_own(example.error.frames) if example.error else None
    return Cluster(
        fingerprint=fingerprint,
        calls=len(calls),
        error=_error(example),
        where=clean(f"{frame.file}:{frame.line} in {frame.function}") if frame else "",
        example=example.id,
    )


def _awkward(execution: Execution) -> tuple[bool, int, str]:
    """How awkward a call is as an example."""
    text = call_text(execution.args, execution.kwargs)
    return (not execution.whole, len(text), text)


def _error(example: Execution) -> str:
    fault = example.error
    if fault is not None:
        return clean(f"{fault.type}: {fault.message}")
    return "took too long" if example.outcome is Outcome.TIMEOUT else _wrong(example)


def _wrong(example: Execution) -> str:
    """What one of the wrong answers was, and what was right where that is known."""
    said = f"gave a wrong answer, such as {clean(shown(example.result), _MOST_ANSWER)}"
    if example.expected is None:
        return said
    return f"{said} where {clean(shown(example.expected), _MOST_ANSWER)} is right"


def clean(text: str, most: int = MOST) -> str:
    """A stranger's text, bounded, with everything invisible written out."""
    cut = text if len(text) <= most else f"{text[: most - 3]}..."
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", cut)
