"""How the demo shows itself: headings, checks, diffs and bars; plain lines in a pipe."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import Final

from rich.text import Text

from mendloop.app.ports import Progress
from mendloop.interfaces.cli.render.console import Cell, say, table, text
from mendloop.interfaces.cli.render.progress import watched
from mendloop.noun import dataclass

_STYLES: Final = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


class StepFailed(Exception):
    """A step did not do what it says."""


@dataclass(slots=True)
class Stage:
    """Prints the play, and keeps count of what was checked."""

    scene: int = 0
    checked: int = field(default=0)

    def heading(self, words: str) -> None:
        """Begin the next scene."""
        self.scene += 1
        say(Text(""), Text(f"{self.scene}. {words}", "bold cyan"))

    def line(self, words: str, style: str = "") -> None:
        """Say something; what others wrote is shown with everything unseen written out."""
        say(Text("   ").append_text(text(words, style)))

    def check(self, words: str, *, holds: bool) -> None:
        """Say what was seen, and end the play where it is not so.

        Raises:
            StepFailed: It is not so.
        """
        if not holds:
            say(Text("   ").append("NOT SO  ", "bold red").append_text(text(words)))
            raise StepFailed(words)
        self.checked += 1
        say(Text("   ").append("ok  ", "bold green").append_text(text(words)))

    def diff(self, unified: str) -> None:
        """Show a change: a unified diff as a resource holds it."""
        for line in unified.splitlines():
            style = next((_STYLES[sign] for sign in _STYLES if line.startswith(sign)), "")
            say(Text("      ").append_text(text(line, style)))

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Show rows under their heads."""
        say(table(heads, rows))

    @contextmanager
    def busy(self, words: str) -> Generator[Progress]:
        """A bar while something takes its time."""
        sys.stdout.flush()
        with watched() as bar:

            async def step(done: float, total: float, message: str) -> None:
                await bar(done, total, f"{words}: {message}" if message else words)

            yield step
