import ast
from pathlib import Path

import pytest

from mendloop.errors import InvalidInput
from mendloop.interfaces.cli.effects import guess
from mendloop.interfaces.cli.scan import found_in
from mendloop.model.target import SideEffect

TOOL = '"""A module."""\n\n\ndef run(x):\n    """Do it."""\n    return x\n'


def put(folder: Path, path: str, text: str = TOOL) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


def names(folder: Path) -> list[str]:
    return [each.name for each in found_in(folder)]


def test_a_function_is_called_after_its_module(tmp_path: Path) -> None:
    put(tmp_path, "tools/pay.py")
    assert [(each.name, each.source) for each in found_in(tmp_path)] == [
        ("pay.run", "tools/pay.py:run")
    ]


def test_two_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    put(tmp_path, "a/pay.py")
    put(tmp_path, "b/pay.py")
    put(tmp_path, "post.py")
    assert names(tmp_path) == ["a.pay.run", "b.pay.run", "post.run"]


@pytest.mark.parametrize(
    "path",
    [
        ".hidden/pay.py",
        "tests/pay.py",
        "test_pay.py",
        "pay_test.py",
        "conftest.py",
        "setup.py",
        "node_modules/pay.py",
        "__pycache__/pay.py",
        "not-a-module.py",
        "pay.txt",
    ],
)
def test_what_is_no_tool_is_passed_over(tmp_path: Path, path: str) -> None:
    put(tmp_path, path)
    assert names(tmp_path) == []


def test_a_virtual_environment_is_known_by_its_file(tmp_path: Path) -> None:
    put(tmp_path, "env/pyvenv.cfg", "")
    put(tmp_path, "env/lib/pay.py")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x: int): return x", ["m.f"]),
        ("def f(x) -> int: return x", ["m.f"]),
        ("async def f(*, x: int): return x", ["m.f"]),
        ("def f(x): return x", []),
        ("def _f(x: int): return x", []),
        ("def main(x: int): return x", []),
        ("class C:\n    def f(self, x: int): return x", []),
        ("def f(x: int: return x", []),
        ("\0", []),
        ("def f(x: int): return '\\d'", ["m.f"]),
    ],
)
def test_public_is_what_has_a_docstring_or_an_annotation(
    tmp_path: Path, source: str, found: list[str]
) -> None:
    put(tmp_path, "m.py", source)
    assert names(tmp_path) == found


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "outside/pay.py")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside/linked").symlink_to(tmp_path / "outside")
    (tmp_path / "inside/pay.py").symlink_to(tmp_path / "outside/pay.py")
    assert names(tmp_path / "inside") == []


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no folder"):
        found_in(tmp_path / "missing")


@pytest.mark.parametrize(
    ("source", "effects"),
    [
        ("import requests\ndef f(u): return requests.get(u)", {SideEffect.NETWORK}),
        ("from urllib.request import urlopen\ndef f(u): return urlopen(u)", {SideEffect.NETWORK}),
        ("def f(p): return open(p).read()", {SideEffect.READS_FILES}),
        ("def f(p): p.write_text('')", {SideEffect.WRITES_FILES}),
        ("def f(db): db.execute('x')", {SideEffect.WRITES_DATABASE}),
        ("import datetime\ndef f(): return datetime.date.today()", {SideEffect.CLOCK}),
        ("def f():\n    import random\n    return random.random()", {SideEffect.RANDOM}),
        (
            "import subprocess\ndef f(): return g()\ndef g(): subprocess.run('x')",
            {SideEffect.SUBPROCESS},
        ),
    ],
)
def test_side_effects_are_guessed_from_what_is_used(source: str, effects: set[SideEffect]) -> None:
    guessed = guess(ast.parse(source), "f")
    assert guessed.effects == effects
    assert not guessed.pure


@pytest.mark.parametrize(
    ("source", "pure"),
    [
        ("def f(x): return x + 1", True),
        ("import math\ndef f(x): return math.sqrt(x)", True),
        ("import os\ndef f(x): return x", True),
        ("def f(x): return f(x - 1) if x else 0", True),
        ("from .other import g\ndef f(x): return g(x)", False),
        ("import numpy as np\ndef f(x): return np.mean(x)", False),
        ("seen = 0\ndef f(x):\n    global seen\n    seen += x", False),
        ("def f(x): return eval(x)", False),
        ("class C: ...\ndef f(x): return C(x)", False),
    ],
)
def test_what_cannot_be_read_to_its_end_is_not_called_idempotent(source: str, pure: bool) -> None:  # noqa: FBT001
    guessed = guess(ast.parse(source), "f")
    assert guessed.pure is pure
    assert guessed.why.startswith("guessed: ")
