"""What happens on a terminal, tried on a real one."""

import os
import pty
import re
import sys

import pytest

from tests.interfaces.cli.conftest import Line, Lived

QUESTION = b"to approve: "
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def terminal(
    line: Line,
    *words: str,
    typed: bytes | list[bytes] = b"",
    asks: bytes = QUESTION,
    also: bytes = QUESTION,
) -> tuple[str, int]:
    """Type one command on a terminal; answer the questions, which end in one of two ways.

    Returns:
        What was shown, and the exit code.
    """
    common = ("--workspace", str(line.workspace), "--data", str(line.data))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAUDE")}
    kept.pop("AI_AGENT", None)
    kept.pop("NO_COLOR", None)
    child, descriptor = pty.fork()
    if child == 0:
        os.execve(  # noqa: S606  the program under test, on a terminal of its own
            sys.executable,
            [sys.executable, "-m", "mendloop", *words, *common],
            {
                **kept,
                "MENDLOOP_APPROVAL_KEY": str(line.key),
                "TERM": "xterm-256color",
                "COLUMNS": "100",
                "LINES": "40",
            },
        )
    shown, answers = bytearray(), [typed] if isinstance(typed, bytes) else [*typed]
    while data := _read(descriptor):
        shown += data
        if shown.endswith((asks, also)) and answers:
            os.write(descriptor, answers.pop(0))
    _, status = os.waitpid(child, 0)
    os.close(descriptor)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other side is closed
        return b""


def approvals(line: Line) -> int:
    return [each["event"] for each in line.json("audit")["entries"]].count("approved")


def test_approve_asks_for_a_word_and_takes_it(lived: Lived) -> None:
    shown, code = terminal(lived.line, "approve", lived.good, typed=b"yes\n")
    assert (code, approvals(lived.line)) == (0, 1)
    plain = ESCAPE.sub("", shown)
    assert plain.index("verdict: passed") < plain.index("to approve: ")
    assert "good once until" in plain


@pytest.mark.promise("cli/approve-asks-in-a-terminal")
@pytest.mark.parametrize("typed", [b"y\n", b"\n", b"YES please\n", b"\x04"])
def test_any_other_word_is_a_no(lived: Lived, typed: bytes) -> None:
    shown, code = terminal(lived.line, "approve", lived.good, typed=typed)
    assert (code, approvals(lived.line)) == (1, 0)
    assert "It was not approved." in shown


def test_an_interrupt_ends_with_130_and_without_a_traceback(lived: Lived) -> None:
    shown, code = terminal(lived.line, "approve", lived.good, typed=b"\x03")
    assert (code, approvals(lived.line)) == (130, 0)
    assert "Traceback" not in shown


def test_what_cannot_be_approved_is_not_asked_about(lived: Lived) -> None:
    shown, code = terminal(lived.line, "approve", lived.other)
    assert code == 1
    assert QUESTION.decode() not in shown
    assert "not been tested" in shown


def test_a_terminal_gets_colours_and_the_same_words(lived: Lived) -> None:
    shown, code = terminal(lived.line, "diff", lived.good)
    assert code == 0
    assert "\x1b[" in shown
    on_terminal = [each.rstrip() for each in ESCAPE.sub("", shown).splitlines()]
    in_a_pipe = lived.line.done("diff", lived.good).splitlines()
    assert on_terminal == [each.rstrip() for each in in_a_pipe]


def test_a_table_fits_the_terminal_and_leaves_no_column_out(lived: Lived) -> None:
    shown, _ = terminal(lived.line, "show", lived.good)
    lines = [each.rstrip() for each in ESCAPE.sub("", shown).splitlines()]
    assert max(map(len, lines)) <= 100
    (heads,) = [each for each in lines if each.split()[:2] == ["check", "verdict"]]
    assert heads.split() == ["check", "verdict", "summary", "numbers"]
    assert any("still_right" in each for each in lines)


@pytest.mark.slow
def test_long_work_shows_a_bar_on_a_terminal_and_takes_it_away(lived: Lived) -> None:
    shown, code = terminal(lived.line, "test", lived.good)
    assert code == 0
    assert "cases run" in shown
    assert "\x1b[2K" in shown
