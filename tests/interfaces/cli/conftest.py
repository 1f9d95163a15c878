"""A small shop with a broken tool, its recorded calls, and a command line over it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner, Result

from mendloop.interfaces.answers.base import Answer
from mendloop.interfaces.cli.app import build
from mendloop.settings import Settings

MANIFEST = """\
[targets."shop.price"]
source = "tools/shop.py:price"
idempotent = true

[targets."shop.total"]
source = "tools/shop.py:total"
idempotent = true

[targets."notes.reply"]
source = "notes/reply.md"
"""
SHOP = '''\
"""Prices."""


def price(text):
    """The amount of a price."""
    amount = text.strip()
    return round(float(amount), 2)


def total(price, count):
    """What so many cost."""
    return price * count
'''
GOOD = SHOP.replace("float(amount)", 'float(amount.replace(",", ""))')
OTHER = SHOP.replace("price * count", "count * price")
PEOPLE: dict[str, str | None] = {"CLAUDECODE": None, "AI_AGENT": None}
"""The environment of a person's own terminal, whoever runs these tests."""

AnswerKind = TypeVar("AnswerKind", bound=Answer)


@dataclass(frozen=True)
class Line:
    """Types commands."""

    workspace: Path
    data: Path

    def __call__(
        self, *words: str, typed: str | bytes = "", env: dict[str, str] | None = None
    ) -> Result:
        """Type one command, in the terminal of a person."""
        served: list[object] = []
        before = ["--workspace", str(self.workspace), "--data", str(self.data)]
        return CliRunner().invoke(
            build(served.append),
            [*before, *words],
            input=typed,
            env={**PEOPLE, "MENDLOOP_APPROVAL_KEY": str(self.key), **(env or {})},
        )

    @property
    def key(self) -> Path:
        """The private key of the person, where they have made one."""
        return self.data / "keys" / "approval_key"

    def done(self, *words: str, typed: str | bytes = "", code: int = 0) -> str:
        """What a command prints that ends as it should."""
        result = self(*words, typed=typed)
        assert result.exit_code == code, result.output
        return result.stdout

    def refused(
        self, *words: str, typed: str | bytes = "", env: dict[str, str] | None = None
    ) -> str:
        """The two lines of a command that is refused."""
        result = self(*words, typed=typed, env=env)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 2, result.stderr
        assert result.stderr.startswith("mendloop: ")
        return result.stderr

    def misused(self, *words: str, typed: str = "") -> str:
        """What a command says that was typed wrongly."""
        result = self(*words, typed=typed)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        return result.stderr

    def json(self, *words: str, code: int = 0) -> Any:
        """The answer of a command as JSON, which is all that it prints, on one line."""
        text = self.done("--json", *words, code=code)
        assert text.count("\n") == 1, text
        return json.loads(text)

    def answer(
        self, kind: type[AnswerKind], *words: str, typed: str | bytes = "", code: int = 0
    ) -> AnswerKind:
        """The answer of a twin of a tool: exactly what the tool answers, and nothing else."""
        text = self.done("--json", *words, typed=typed, code=code)
        answer = kind.model_validate_json(text)
        assert text == answer.text() + "\n"
        return answer

    @property
    def settings(self) -> Settings:
        """What the commands read."""
        return Settings.at(self.workspace, self.data, {})

    def file(self, name: str, text: str) -> Path:
        """A file beside the workspace."""
        path = self.workspace.parent / name
        path.write_text(text, encoding="utf-8")
        return path


def calls() -> list[dict[str, Any]]:
    """What was recorded: every third price cannot be read."""
    read = [
        {"id": f"r{n}", "target": "shop.price", "outcome": "ok", "args": [f" {n}.50"]}
        | {"result": n + 0.5, "seconds": 0.001}
        for n in range(60)
    ]
    failed = [
        {"id": f"f{n}", "target": "shop.price", "outcome": "error", "args": [f"{n},000.25"]}
        | {
            "seconds": 0.001,
            "expected": n * 1000 + 0.25,
            "error": {
                "type": "ValueError",
                "message": f"could not convert string to float: '{n},000.25'",
                "frames": [{"file": "tools/shop.py", "line": 7, "function": "price"}],
            },
        }
        for n in range(1, 31)
    ]
    totals = [
        {"id": f"t{n}", "target": "shop.total", "outcome": "ok", "args": [n, 2], "result": 2 * n}
        | {"seconds": 0.001}
        for n in range(60)
    ]
    return [*read, *failed, *totals]


def make_shop(folder: Path) -> Line:
    """A shop of which nothing is recorded yet."""
    workspace = folder / "shop"
    for name, text in (
        ("mendloop.toml", MANIFEST),
        ("tools/shop.py", SHOP),
        ("notes/reply.md", "Be kind.\n"),
    ):
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Line(workspace, folder / "data")


def propose(
    line: Line, target: str, text: str, *, path: str = "tools/shop.py", why: str = "commas"
) -> str:
    """The id of a new proposal."""
    new = line.file("new.py", text)
    words = ("propose", target, "--file", f"{path}={new}", "--why", why)
    proposal: str = line.json(*words)["proposal"]
    return proposal


@dataclass(frozen=True)
class Lived:
    """A shop that the loop has worked in."""

    line: Line
    incident: str
    good: str
    """A proposal that has passed its test."""
    other: str
    """A proposal that was not tested."""


@pytest.fixture
def new(tmp_path: Path) -> Line:
    """The command line over a shop of which nothing is recorded."""
    return make_shop(tmp_path)


@pytest.fixture(scope="session")
def first_life(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Made once; nobody changes it."""
    line = make_shop(tmp_path_factory.mktemp("first"))
    records = line.file("calls.jsonl", "".join(json.dumps(each) + "\n" for each in calls()))
    line.done("import", "jsonl", str(records))
    incident = line.json("detect")["incidents"][0]["id"]
    good = propose(line, "shop.price", GOOD)
    line.done("test", good)
    return Lived(line, incident, good, propose(line, "shop.total", OTHER))


@pytest.fixture
def lived(first_life: Lived, tmp_path: Path) -> Lived:
    """A copy of that life, to change."""
    before = first_life.line
    line = Line(tmp_path / "shop", tmp_path / "data")
    shutil.copytree(before.workspace, line.workspace)
    # the state folder is named after the path of the workspace
    shutil.copytree(before.settings.state, line.settings.state, dirs_exist_ok=True)
    line.done("keys", "new", "--no-passphrase")
    return Lived(line, first_life.incident, first_life.good, first_life.other)


@pytest.fixture
def line(lived: Lived) -> Line:
    """The command line over a shop with a history."""
    return lived.line
