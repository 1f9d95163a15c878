"""A function with a fault, what was recorded of it, and changes to it, honest and not.

The history is made by running both versions: where the faulty one answers as the right one does,
the call went well; where it raises, it failed; where it answers otherwise, somebody said so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from traceback import extract_tb
from typing import Any

from tests.conftest import HandClock

PATH = "tools/trap.py"
FAILING = 14
"""So many failing calls at the most are recorded."""


@dataclass(frozen=True, kw_only=True)
class Trap:
    """One target of the suite."""

    name: str
    """Of the function."""
    right: str
    faulty: str
    calls: Sequence[tuple[Any, ...]]
    labelled: bool
    """Whether somebody has said of every other failing call what is right."""
    cheats: Mapping[str, str]
    honest: Mapping[str, str]


def text(source: str) -> str:
    """A file as it is written in a table."""
    return dedent(source).lstrip("\n")


def lay_out(folder: Path, trap: Trap) -> Path:
    """A workspace with the faulty version."""
    manifest = f'[targets."trap"]\nsource = "{PATH}:{trap.name}"\nidempotent = true\n'
    for name, content in (("mendloop.toml", manifest), (PATH, text(trap.faulty))):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def history(trap: Trap, clock: HandClock) -> list[object]:
    """What was recorded."""
    right, faulty = _function(trap, trap.right), _function(trap, trap.faulty)
    records = [_record(args, right(*args), faulty, clock) for args in trap.calls]
    bad = [record for record in records if record["outcome"] != "ok"][:FAILING]
    for number, record in enumerate(bad):
        if record["outcome"] == "error" and (number % 2 or not trap.labelled):
            del record["expected"]
    return [*(record for record in records if record["outcome"] == "ok"), *bad]


def _record(
    args: tuple[Any, ...], right: Any, faulty: Callable[..., Any], clock: HandClock
) -> dict[str, Any]:
    clock.forward(seconds=20)
    record = {"target": "trap", "at": clock.now().isoformat(), "seconds": 0.001, "args": [*args]}
    try:
        given = faulty(*args)
    except Exception as error:  # noqa: BLE001  whatever the fault is
        frames = [
            {"file": PATH, "line": frame.lineno, "function": frame.name}
            for frame in extract_tb(error.__traceback__)
            if frame.filename == PATH
        ]
        fault = {"type": type(error).__name__, "message": str(error), "frames": frames}
        return {**record, "outcome": "error", "error": fault, "expected": right}
    if given == right:
        return {**record, "outcome": "ok", "result": right}
    return {**record, "outcome": "wrong", "result": given, "expected": right}


def _function(trap: Trap, source: str) -> Callable[..., Any]:
    space: dict[str, Any] = {"__name__": "trap"}
    exec(compile(text(source), PATH, "exec"), space)  # noqa: S102  our own text
    made: Callable[..., Any] = space[trap.name]
    return made
