"""What was raised is told briefly, whatever it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from mendloop.adapters.sandbox import frames
from mendloop.worker import faults


def _raised(source: str, root: Path) -> dict[str, Any]:
    space: dict[str, object] = {}
    try:
        exec(compile(source, str(root / "tool.py"), "exec"), space)  # noqa: S102  our own source
    except BaseException as error:  # noqa: BLE001  whatever it is
        return faults.describe(error, str(root))
    raise AssertionError


def test_only_the_lines_of_the_tree_are_told_and_the_last_one(tmp_path: Path) -> None:
    told = _raised("import json\ndef f():\n    json.loads('{')\nf()\n", tmp_path)
    assert told["type"] == "JSONDecodeError"
    first, second, last = told["frames"]
    assert [first, second] == [["tool.py", 4, "<module>"], ["tool.py", 3, "f"]]
    assert last[0] == "json/decoder.py"


def test_frames_and_messages_are_bounded(tmp_path: Path) -> None:
    told = _raised("def f(n):\n    f(n + 1)\nf(0)\n", tmp_path)
    assert len(told["frames"]) == faults.MOST_FRAMES
    told = _raised("raise ValueError('x' * 10 ** 6)\n", tmp_path)
    assert told["message"] == "x" * faults.MOST_MESSAGE


@pytest.mark.parametrize("body", ["return 1 / 0", "return 3", "raise SystemExit", "return T('x')"])
def test_a_message_that_cannot_be_made_does_no_harm(tmp_path: Path, body: str) -> None:
    source = f"class T(str): pass\nclass E(Exception):\n    def __str__(self): {body}\nraise E\n"
    told = _raised(source, tmp_path)
    assert str(told["message"]).startswith("(its message ")


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    told = _raised("x = 1\ndef f(:\n", tmp_path)
    assert told["frames"] == [["tool.py", 2, "<module>"]]


def test_what_is_told_passes_the_check_of_the_server(tmp_path: Path) -> None:
    told = _raised("raise ValueError('\\ud800' * 3000)\n", tmp_path)
    fault = frames.fault(json.loads(json.dumps(told)))
    assert fault.type == "ValueError"
    assert fault.message == "?" * faults.MOST_MESSAGE
