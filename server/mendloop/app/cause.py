"""Why a change is proposed that nobody has thought up: the cause, in words.

Only numbers, places and names of errors are said: messages and arguments were recorded, so anybody
may have written them, and the diagnosis shows them as data.
"""

import re
from typing import Final

from mendloop.app.goal import Goals
from mendloop.core.stats.words import calls
from mendloop.core.validate.cases import Exactly, RaisesClearly
from mendloop.model.diagnosis import Diagnosis, Layer

_MOST: Final = 1_000
_KINDS: Final = 3
_NAME: Final = re.compile(r"[A-Za-z_][\w.]{0,60}(?=:|\Z)", re.ASCII)


def rationale(edit: str, diagnosis: Diagnosis, goals: Goals) -> str:
    """What is changed, what failed and how often, and which evidence speaks for it."""
    parts = [f"{edit}.", _failed(diagnosis), _again(diagnosis), _where(diagnosis), _wanted(goals)]
    return " ".join(part for part in parts if part)[:_MOST]


def recorded(goals: Goals) -> str:
    """How many right answers are those of earlier versions; empty where none is."""
    count = sum(goal.recorded for goal in goals.bad)
    if not count:
        return ""
    return f"What is right on {calls(count)} is what an earlier version is on record to answer."


def _failed(diagnosis: Diagnosis) -> str:
    """The kinds of failure, the most frequent first."""
    kinds = [f"{_error(one.error)} ({calls(one.calls)})" for one in diagnosis.clusters[:_KINDS]]
    more = len(diagnosis.clusters) - len(kinds)
    if not kinds:
        return ""
    return f"Failed: {', '.join(kinds)}{f' and {more} more kinds' if more else ''}."


def _error(error: str) -> str:
    """The name of a type of errors, and nothing of its message."""
    found = _NAME.match(error)
    return found.group() if found is not None else "another failure"


def _again(diagnosis: Diagnosis) -> str:
    if not diagnosis.replayed:
        return ""
    return f"{diagnosis.reproduced} of {calls(diagnosis.replayed)} made again failed again."


def _where(diagnosis: Diagnosis) -> str:
    """The line that failing calls point to, and where the fault seems to lie."""
    layer = ""
    if diagnosis.layer is not Layer.UNKNOWN:
        layer = f"The fault seems to lie in: {diagnosis.layer.value} ({diagnosis.confidence:.0%})."
    if not diagnosis.suspects:
        return layer
    first = diagnosis.suspects[0]
    line = (
        f"Most suspicious is line {first.line}: {calls(first.failing)} that failed ran it, and"
        f" {first.passing} that went well."
    )
    return f"{line} {layer}".rstrip()


def _wanted(goals: Goals) -> str:
    """What says that a change is right."""
    told = sum(
        isinstance(goal.case.wanted, Exactly | RaisesClearly) and not goal.recorded
        for goal in goals.bad
    )
    known = (
        f"What is right on {calls(told)} was said by a person or a file of cases." if told else ""
    )
    said = " ".join(part for part in (known, recorded(goals)) if part)
    return said or "Nothing says what is right on them but that they end without a failure."
