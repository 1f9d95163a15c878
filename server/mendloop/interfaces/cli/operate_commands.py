"""Set up, bring records in, and keep it running."""

from collections.abc import Awaitable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from mendloop.app.bring import Brought
from mendloop.app.ports import Progress
from mendloop.bootstrap import House
from mendloop.interfaces.answers.documents import deployment_document
from mendloop.interfaces.cli.checks import examined
from mendloop.interfaces.cli.manifest_text import manifest_text
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render import operating
from mendloop.interfaces.cli.scan import found_in
from mendloop.interfaces.cli.shell import FAILED, Shell
from mendloop.model.deployment import Deployment

commands: Final = typer.Typer()


class ImportFormat(StrEnum):
    """The formats that can be read."""

    JSONL = "jsonl"


@command(commands, "init")
def init(shell: Shell) -> None:
    """Propose a mendloop.toml for a folder of tools: `mendloop init > mendloop.toml`.

    Nothing is run, only read, and nothing is written: where the text goes is the person's own act.
    """
    targets = found_in((shell.workspace or Path()).resolve())
    text = manifest_text((shell.workspace or Path()).resolve(), targets)
    shell.tell(
        {"targets": [each.name for each in targets], "toml": text},
        lambda: operating.initialised(text),
    )


@command(commands, "import")
def import_(
    shell: Shell,
    format_: Annotated[ImportFormat, typer.Argument(metavar="FORMAT", help="jsonl")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file.")],
) -> None:
    """Bring a file of executions in.

    A second time changes nothing. Ends with 1 where no line could be read.
    """
    brought = shell.work(lambda house, progress: _bring(house, format_, path, progress))
    shell.tell(asdict(brought), lambda: operating.brought(brought))
    if not brought.new and brought.refused and brought.refused >= brought.read:
        raise typer.Exit(FAILED)


@command(commands, "recover")
def recover(shell: Shell) -> None:
    """End what a crash has left half done.

    Every start does so; this says what it was.
    """

    async def read(house: House) -> tuple[Deployment, ...]:
        return house.ended

    ended = shell.work(lambda house, _: read(house))
    shell.tell(
        {"ended": [deployment_document(each, (), ()) for each in ended]},
        lambda: operating.recovered(ended),
    )


@command(commands, "doctor")
def doctor(shell: Shell) -> None:
    """Try everything that the loop needs.

    Says how to mend what is missing. Ends with 1 where changes cannot be tested.
    """
    checks = examined(shell)
    able = all(each.ok for each in checks if each.needed)
    shell.tell(
        {"able": able, "checks": [asdict(each) for each in checks]},
        lambda: operating.examined(checks, able=able),
    )
    if not able:
        raise typer.Exit(FAILED)


def _bring(
    house: House, format_: ImportFormat, path: Path, progress: Progress
) -> Awaitable[Brought]:
    match format_:
        case ImportFormat.JSONL:
            return house.importer.bring(path, progress=progress)
