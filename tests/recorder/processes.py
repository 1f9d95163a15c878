"""Programs that record, run as a user would run them, and what they have left in the spool."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mendloop

SOURCE = Path(mendloop.__file__).parents[1]
_PATIENCE = 20.0


class Place(NamedTuple):
    """A workspace, and where its state goes."""

    workspace: Path
    data: Path

    @property
    def state(self) -> Path:
        """The state folder of the workspace; there is one once something was recorded."""
        (state,) = self.data.iterdir()
        return state

    @property
    def spool(self) -> Path:
        return self.state / "spool"

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(SOURCE)]))
        named = {"MENDLOOP_DATA_DIR": str(self.data), "PYTHONPATH": path}
        return {**kept, **named, **more}

    def write(self, code: str, name: str = "program.py") -> Path:
        path = self.workspace / name
        path.write_text(code, encoding="utf-8")
        return path

    def run(
        self,
        code: str,
        *,
        flags: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
    ) -> subprocess.CompletedProcess[str]:
        """A program of the workspace, to its end."""
        return subprocess.run(
            [python, *flags, str(self.write(code))],
            cwd=self.workspace,
            env=self.environment() if environment is None else dict(environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_PATIENCE,
            check=False,
        )

    def good(self, code: str, **options: Any) -> list[dict[str, Any]]:
        """The records of a program that ends well, having said nothing."""
        done = self.run(code, **options)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return self.records()

    def records(self) -> list[dict[str, Any]]:
        """All that has been recorded so far, in the order of files and lines."""
        folder = next(self.data.glob("*/spool"), None)
        return [] if folder is None else read(folder)


def read(folder: Path) -> list[dict[str, Any]]:
    """The whole lines of a spool folder; each must be a record with an id of its own."""
    found = [
        json.loads(line)
        for path in sorted(folder.iterdir())
        for line in path.read_bytes().split(b"\n")[:-1]
    ]
    twice = [name for name, times in Counter(one["id"] for one in found).items() if times > 1]
    assert not twice, f"recorded twice: {twice}"
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once it holds."""
    until = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < until, "it never came to hold"
        time.sleep(0.002)
