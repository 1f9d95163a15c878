"""Claude Code itself, headless, with a scripted model and Mendloop's plugin."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.claude.fake_api import Step, serving

PROGRAM: Final = "MENDLOOP_CLAUDE"
"""The environment variable that names the binary."""
CHECKOUT: Final = Path(__file__).parents[2]
PLUGIN: Final = CHECKOUT / "plugins" / "mendloop"
_DEMO: Final = Path(__file__).with_name("demo_server.py")
_LONGEST: Final = 90.0


def claude() -> str:
    """The binary, or the test is skipped."""
    named = os.environ.get(PROGRAM, "")
    if not named:
        pytest.skip(f"{PROGRAM} does not name a Claude Code binary; `make plugin` does")
    if not os.access(named, os.X_OK):
        pytest.fail(f"{PROGRAM} names {named}, which cannot be run")
    return named


@dataclass(frozen=True, slots=True)
class Place:
    """A project and a home of their own, where nothing of the machine's user is."""

    root: Path

    @property
    def project(self) -> Path:
        """The workspace."""
        return self.root / "project"

    @property
    def data(self) -> Path:
        """Where Mendloop keeps its state by default."""
        return self.root / "state" / "mendloop"

    @property
    def log(self) -> Path:
        """What Claude Code writes down of its hooks."""
        return self.root / "debug.log"

    def environment(self) -> dict[str, str]:
        """No variable of the machine's user but the path to programs."""
        return {
            "PATH": f"{self.root / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(self.root / "home"),
            "XDG_STATE_HOME": str(self.root / "state"),
            "ANTHROPIC_API_KEY": "sk-none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "IS_SANDBOX": "1",
        }


def settle(root: Path, *words: str) -> Place:
    """Make a place in which `uvx mendloop` is the Mendloop of this checkout.

    Args:
        root: An empty folder.
        words: What the server with the tools that fail is told at its start.
    """
    place = Place(root)
    for name in ("project", "home", "bin", "state"):
        (root / name).mkdir()
    (place.project / "mendloop.toml").write_text("", encoding="utf-8")
    servers = {"demo": {"type": "stdio", "command": sys.executable, "args": [str(_DEMO), *words]}}
    (root / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    uvx = root / "bin" / "uvx"
    uvx.write_text(
        f'#!/bin/sh\nshift\nexec "{sys.executable}" -m mendloop "$@"\n', encoding="utf-8"
    )
    uvx.chmod(0o755)
    return place


def run(place: Place, script: Sequence[Step], *options: str) -> None:
    """One session from its prompt to its end."""
    words = [claude(), "-p", "Go on.", "--mcp-config", str(place.root / "mcp.json")]
    words += ["--permission-mode", "bypassPermissions", "--debug-file", str(place.log), *options]
    with serving(script) as url:
        ended = subprocess.run(
            words,
            cwd=place.project,
            env={**place.environment(), "ANTHROPIC_BASE_URL": url},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_LONGEST,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
