import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from mendloop.interfaces.cli.render import console
from mendloop.interfaces.cli.render.diff import changes
from tests.interfaces.cli.conftest import Line, propose

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31m[bold red]free[/]\r\n\u202elow\u2066\x9b1m\x00"


def hidden(text: str) -> list[str]:
    """What moves a cursor, hides, or turns text around."""
    return [
        c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066")
    ]


def record(**more: Any) -> str:
    return json.dumps({"id": "h1", "target": "shop.total", "outcome": "ok", **more})


@pytest.mark.promise("cli/recorded-texts-are-written-out")
@pytest.mark.parametrize(
    "more",
    [
        {"args": [HOSTILE], "result": {HOSTILE: HOSTILE}},
        {"kwargs": {"text": HOSTILE}, "caller": HOSTILE, "session": HOSTILE},
        {
            "outcome": "error",
            "error": {
                "type": "Bad",
                "message": HOSTILE,
                "frames": [{"file": HOSTILE, "line": 1, "function": HOSTILE}],
            },
        },
    ],
)
def test_nothing_recorded_reaches_the_terminal_raw(new: Line, more: dict[str, Any]) -> None:
    new.done("record", typed=record(**more))
    for words in (("history", "shop.total"), ("show", "h1"), ("detect",)):
        for flags in ((), ("--json",)):
            assert hidden(new.done(*words, *flags)) == []


@pytest.mark.promise("cli/recorded-texts-are-written-out")
def test_nothing_proposed_reaches_the_terminal_raw(new: Line) -> None:
    proposal = propose(new, "notes.reply", HOSTILE, path="notes/reply.md", why=HOSTILE)
    for words in (("show", proposal), ("diff", proposal)):
        assert hidden(new.done(*words)) == []
        assert hidden(new.done(*words, "--json")) == []
    assert hidden(new.done("stop", "--reason", HOSTILE)) == []
    assert hidden(new.done("audit")) == []
    assert hidden(new.done("status")) == []


@pytest.mark.promise("cli/recorded-texts-are-written-out")
def test_nothing_in_a_message_of_failure_reaches_the_terminal_raw(new: Line) -> None:
    assert hidden(new.refused("show", HOSTILE.replace("\x00", ""))) == []


def test_markup_is_shown_and_not_obeyed(new: Line) -> None:
    new.done("record", typed=record(args=["[bold red]free[/]"]))
    assert '[["[bold red]free[/]"],{}]' in new.done("history", "shop.total")


@given(st.text())
def test_every_cell_is_one_line_without_hidden_characters(text: str) -> None:
    shown = console.cell(text).plain
    assert hidden(shown) == []
    assert "\n" not in shown


@given(st.lists(st.text(max_size=20), max_size=8), st.lists(st.text(max_size=20), max_size=8))
def test_a_diff_shows_every_changed_line_and_hides_nothing(
    before: list[str], after: list[str]
) -> None:
    old = "".join(line.replace("\n", "") + "\n" for line in before)
    new = "".join(line.replace("\n", "") + "\n" for line in after)
    shown = changes("notes.txt", old, new)
    assert isinstance(shown, Text)
    assert hidden(shown.plain) == []
    body = shown.plain.split("\n")[2:]
    plus = sum(line.startswith("+") for line in body)
    minus = sum(line.startswith("-") for line in body)
    assert plus - minus == len(after) - len(before)
    assert (old == new) == (body == [])
