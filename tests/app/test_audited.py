"""Nothing changes the state without an entry in the audit, in the very same transaction."""

import ast
from collections.abc import Iterator
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
}
"""Transactions that write no entry each time, and why."""


def transactions() -> Iterator[tuple[str, str]]:
    """Every block that writes, by its module and function, and its source."""
    for path in sorted(APP.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            for block in ast.walk(function):
                if isinstance(block, ast.AsyncWith):
                    items = [ast.unparse(item.context_expr) for item in block.items]
                    if any(item.endswith("state.transaction()") for item in items):
                        yield f"{path.name}:{function.name}", ast.unparse(block)


WRITING = tuple(transactions())


def test_the_transactions_are_found() -> None:
    assert len(WRITING) > 20
    assert set(BESIDE) <= {name for name, _ in WRITING}


@pytest.mark.promise("audit/every-change-is-on-record")
@pytest.mark.parametrize(("name", "source"), WRITING, ids=[name for name, _ in WRITING])
def test_what_changes_the_state_puts_it_on_record_in_the_same_transaction(
    name: str, source: str
) -> None:
    records = "tables.audit.append(" in source or "_note(" in source or "_note_all(" in source
    assert records or name in BESIDE
