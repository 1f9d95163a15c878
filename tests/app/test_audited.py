"""Nothing changes the state without an entry in the audit, in the very same transaction."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "server" / "mendloop" / "app"
BESIDE = {
    "approve.py:resume": "inside: only where something was stopped",
    "approve.py:approve": "inside: the same approval twice is one",
    "propose.py:keep": "inside: the same change twice is one",
    "doorkeeper.py:bearer": "the day of a token's last use: nobody has decided anything",
    "habits.py:_declared": "since when a target is known: nobody has decided anything",
    "monitor.py:count_late_failure": "the label is on record, and so is the end of the watch",
    "monitor.py:_advance": "calls are counted; what comes of them is put on record by _judge",
    "transact.py:run": "a step of what the gate has put on record, and its end will be",
    "counting.py:keep": "how often each action was done: nobody has decided anything",
    "spent.py:count_tokens": "what clients report is in the history: nobody has decided anything",
    "spent.py:settle": "how much of a grant was used: nobody has decided anything",
}
"""Transactions that write no entry each time, and why."""


def transactions() -> Iterator[tuple[str, bool]]:
    """Every block that writes, by its module and function, and whether it puts that on record."""
    for path in sorted(APP.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {
            each.name: each for each in ast.walk(tree) if isinstance(each, ast.AsyncFunctionDef)
        }
        for function in functions.values():
            for block in ast.walk(function):
                if isinstance(block, ast.AsyncWith):
                    items = [ast.unparse(item.context_expr) for item in block.items]
                    if any(item.endswith("state.transaction()") for item in items):
                        yield f"{path.name}:{function.name}", records(block, functions, set())


def records(block: ast.AST, functions: Mapping[str, ast.AST], seen: set[str]) -> bool:
    """Whether a block appends to the audit, itself or by what it calls of its own module."""
    for call in ast.walk(block):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name == "tables.audit.append":
            return True
        short = name.removeprefix("self.")
        if short in functions and short not in seen:
            seen.add(short)
            if records(functions[short], functions, seen):
                return True
    return False


WRITING = tuple(transactions())


def test_the_transactions_are_found() -> None:
    assert len(WRITING) > 20
    assert set(BESIDE) <= {name for name, _ in WRITING}


@pytest.mark.promise("audit/every-change-is-on-record")
@pytest.mark.parametrize(("name", "noted"), WRITING, ids=[name for name, _ in WRITING])
def test_what_changes_the_state_puts_it_on_record_in_the_same_transaction(
    name: str, *, noted: bool
) -> None:
    assert noted or name in BESIDE
