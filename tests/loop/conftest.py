"""A house over a small workspace: real databases, real files, a real sandbox, a hand-moved clock."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from mendloop.bootstrap import House, open_house
from mendloop.settings import Settings
from tests.conftest import HandClock

MANIFEST = """
[targets."shop.share"]
source = "tools/shop.py:share"
idempotent = true
cases = "cases/share.jsonl"

[targets."shop.label"]
source = "tools/shop.py:label"
idempotent = true

[targets."shop.wait"]
source = "tools/wait.py:wait"
idempotent = true

[targets."wait.limit"]
source = "settings.toml#wait.limit"
range = [1, 9]
used_by = ["shop.wait"]

[targets."mail.send"]
source = "tools/mail.py:send"
side_effects = ["network"]

[targets."reply"]
source = "prompts/reply.md"
"""
SHOP = '''"""Small sums."""


def share(total, people):
    """The share of each, in cents."""
    if total < 0:
        return 0
    return total // people


def label(name):
    """A short label."""
    return name.strip().upper()
'''
WAIT = '''"""How long to wait."""

import tomllib
from pathlib import Path

LIMIT = tomllib.loads((Path(__file__).parents[1] / "settings.toml").read_text())["wait"]["limit"]


def wait(attempt):
    """Seconds before the next attempt."""
    if attempt > LIMIT:
        raise RuntimeError(f"attempt {attempt} is past the limit")
    return attempt * 2
'''
FILES = {
    "mendloop.toml": MANIFEST,
    "tools/shop.py": SHOP,
    "tools/wait.py": WAIT,
    "tools/mail.py": "def send(to):\n    return len(to)\n",
    "tools/helper.py": "ANSWER = 42\n",
    "settings.toml": "[wait]\nlimit = 3  # attempts\n",
    "prompts/reply.md": "Dear {name},\n\nanswer kindly.\n",
    "cases/share.jsonl": '{"args": [7, 0], "expected": 0}\n{"args": [9, 0], "expected": 0}\n',
}


def lay_out(folder: Path) -> Path:
    """The workspace, on disk."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "workspace")


@pytest.fixture
async def house(tmp_path: Path, workspace: Path, clock: HandClock) -> AsyncGenerator[House]:
    settings = Settings.at(workspace, tmp_path / "data", {"SOME_TOKEN": "hunter2-hunter2"})
    async with open_house(settings, clock=clock) as opened:
        yield opened


def record(clock: HandClock, target: str, *args: Any, **more: Any) -> dict[str, Any]:
    """One raw record, a minute after the one before."""
    clock.forward(minutes=1)
    return {
        "target": target,
        "at": clock.now().isoformat(),
        "seconds": 0.001,
        "outcome": "ok",
        "args": list(args),
        **more,
    }


def share_history(clock: HandClock, *, failing: int = 20, passing: int = 100) -> list[object]:
    """Calls of ``shop.share``: some divide by zero."""
    crash = {
        "type": "ZeroDivisionError",
        "message": "integer division or modulo by zero",
        "frames": [{"file": "tools/shop.py", "line": 8, "function": "share"}],
    }
    good = [
        record(clock, "shop.share", 10 + n, 1 + n % 7, result=(10 + n) // (1 + n % 7))
        for n in range(passing)
    ]
    bad = [
        record(clock, "shop.share", 10 + n, 0, outcome="error", error=crash) for n in range(failing)
    ]
    return [*good, *bad]


def wait_history(clock: HandClock) -> list[object]:
    """Calls of ``shop.wait``: the fourth attempt is refused."""
    crash = {
        "type": "RuntimeError",
        "message": "attempt 4 is past the limit",
        "frames": [{"file": "tools/wait.py", "line": 12, "function": "wait"}],
    }
    bad = [record(clock, "shop.wait", 4, outcome="error", error=crash) for _ in range(20)]
    good = [record(clock, "shop.wait", n / 32, result=n / 16) for n in range(96)]
    return [*good, *bad]
