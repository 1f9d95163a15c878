"""What a command works with: the settings, the house, the two ways to answer, the exit code."""

import os
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio
import typer
from pydantic_core import to_jsonable_python

from mendloop.app.actor import acting
from mendloop.app.ports import Progress
from mendloop.bootstrap import House, open_house
from mendloop.errors import MendloopError
from mendloop.interfaces.answers.base import Answer
from mendloop.interfaces.answers.text import compact
from mendloop.interfaces.cli.advice import refusal
from mendloop.interfaces.cli.faults import FAULTS
from mendloop.interfaces.cli.person import actor
from mendloop.interfaces.cli.render.progress import watched
from mendloop.noun import dataclass
from mendloop.settings import Settings

FAILED: Final = 1
NOT_PASSED: Final = 3
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """One command line, read."""

    workspace: Path | None
    data: Path | None
    as_json: bool

    def settings(self) -> Settings:
        """All that is set, for the workspace in question.

        Raises:
            InvalidInput: A folder or a key is not acceptable.
        """
        settings = Settings.at(self.workspace, self.data, os.environ)
        FAULTS.keep_in(settings.state)
        return settings

    def work(self, job: Callable[[House, Progress], Awaitable[_Result]]) -> _Result:
        """Open the house, do one thing in it, and close it again.

        Raises:
            MendloopError: As the job does.
        """

        async def whole() -> _Result:
            async with open_house(self.settings()) as house:
                with watched() as progress, acting(actor(os.environ)):
                    return await job(house, progress)

        return anyio.run(whole)

    def answer(self, answer: Answer, show: Callable[[Any], None]) -> None:
        """Print what a tool answers: exactly that, or for a person."""
        if self.as_json:
            sys.stdout.write(answer.text() + "\n")
        else:
            show(answer)

    def tell(self, value: object, show: Callable[[], None]) -> None:
        """Print nouns of the model: as JSON, or for a person."""
        if self.as_json:
            self.line(value)
        else:
            show()

    def line(self, value: object) -> None:
        """Print a value as JSON on one line."""
        sys.stdout.write(compact(to_jsonable_python(value)) + "\n")


@contextmanager
def ends() -> Generator[None]:
    """Let a failure that the caller can act on end the command: two lines, and the code 1."""
    try:
        yield
    except MendloopError as error:
        sys.stderr.write(refusal(error))
        raise typer.Exit(FAILED) from error
