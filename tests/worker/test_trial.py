"""Many versions of one function in one process: each as if it were the first."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mendloop.worker.trial import ENTRIES, Trial

_SOURCE = """\
KEPT = []
class Shelf:
    made = 0
    def count(self, n):
        return n + 1
def add(n):
    KEPT.append(n)
    return sum(KEPT)
def each(n):
    yield from range(n)
async def later(n):
    return n * 2
def endless(n):
    while n:
        pass
"""


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Callable[[str], Trial]]:
    file = tmp_path / "tried_module.py"
    file.write_text(_SOURCE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("tried_module", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tried_module"] = module
    spec.loader.exec_module(module)
    yield lambda function: Trial(module, str(tmp_path), function)
    del sys.modules["tried_module"]


def _calls(*numbers: int) -> list[Any]:
    return [[[number], {}] for number in numbers]


def test_what_a_call_leaves_behind_is_cleared_away_before_the_next(
    trial: Callable[[str], Trial],
) -> None:
    told = trial("add").attempt(None, _calls(1, 2, 3), 1.0)
    assert told == [["returned", 1], ["returned", 2], ["returned", 3]]


@pytest.mark.parametrize(
    ("function", "value"), [("each", [0, 1, 2]), ("later", 6), ("Shelf.count", 4)]
)
def test_functions_of_every_sort_are_found_and_finished_as_anywhere_else(
    trial: Callable[[str], Trial], function: str, value: Any
) -> None:
    assert trial(function).attempt(None, _calls(3), 1.0) == [["returned", value]]


def test_other_lines_of_a_function_count_for_one_version_only(
    trial: Callable[[str], Trial],
) -> None:
    tried = trial("Shelf.count")
    line = _SOURCE.splitlines().index("    def count(self, n):") + 1
    text = "    def count(self, n):\n        return n / 0\n"
    change = ["function", "count", line, ["Shelf"], text]
    [[kind, error, _, frames]] = tried.attempt(change, _calls(3), 1.0)
    assert (kind, error, frames) == (
        "raised",
        "ZeroDivisionError",
        [["tried_module.py", line + 1, "count"]],
    )
    assert tried.attempt(None, _calls(3), 1.0) == [["returned", 4]]


def test_another_file_takes_the_place_of_the_first_for_one_version_only(
    trial: Callable[[str], Trial],
) -> None:
    tried = trial("add")
    here = sys.modules["tried_module"]
    other = ["module", "def add(n):\n    return -n\n"]
    assert tried.attempt(other, _calls(3), 1.0) == [["returned", -3]]
    assert sys.modules["tried_module"] is here
    assert tried.attempt(["module", "def ad"], _calls(3), 1.0)[0][0] == "broken"
    assert tried.attempt(None, _calls(3), 1.0) == [["returned", 3]]


def test_what_does_not_end_is_ended_and_its_lines_are_told(trial: Callable[[str], Trial]) -> None:
    tried = trial("endless")
    assert tried.attempt(None, _calls(1, 0), 0.05) == [["timeout"], ["returned", None]]
    loop = _SOURCE.splitlines().index("    while n:") + 1
    assert tried.lines(_calls(1), 0.05) == [[loop, loop + 1]]


def test_each_entry_is_one_that_the_server_names() -> None:
    from mendloop.app.ports import Entry  # noqa: PLC0415  the worker itself must not import it

    assert set(ENTRIES) == {entry.value for entry in Entry}


_REMEMBERING = """\
def memory(function):
    store = {}
    calls = 0
    def inner(n):
        nonlocal calls
        calls += 1
        if n not in store:
            store[n] = function(n)
        return store[n], calls
    return inner
class Memo:
    def __init__(self, function):
        self.function = function
        self.store = {}
    def __call__(self, n):
        if n not in self.store:
            self.store[n] = self.function(n)
        return self.store[n], 1
@memory
def closed(n):
    return n + 1
@memory
def other(n):
    return n + 2
@Memo
def kept(n):
    return n + 1
def told(n):
    told.seen.append(n)
    return n + 1, len(told.seen)
told.seen = []
"""


@pytest.mark.parametrize("function", ["closed", "kept", "told"])
def test_what_a_decorator_or_a_function_remembers_is_cleared_away_too(
    function: str, tmp_path: Path
) -> None:
    file = tmp_path / "remembering_module.py"
    file.write_text(_REMEMBERING, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("remembering_module", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tried = Trial(module, str(tmp_path), function)
    first = [["returned", {"$t": [4, 1]}]] * 2
    assert tried.attempt(None, _calls(3, 3), 1.0) == first
    lines: list[str] = [*_REMEMBERING.splitlines()]
    line = lines.index(f"def {function}(n):") + 1
    text = f"def {function}(n):\n    return n + 9\n"
    above = [] if function == "told" else lines[line - 2 : line - 1]
    nowhere: list[str] = []
    change = ["function", function, line - len(above), nowhere, "\n".join([*above, text])]
    got = tried.attempt(change, _calls(3, 3), 1.0)
    wanted = 12 if function == "told" else {"$t": [12, 1]}
    assert got == [["returned", wanted]] * 2
    assert tried.attempt(None, _calls(3), 1.0) == first[:1]
