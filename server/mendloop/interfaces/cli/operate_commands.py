"""Set up, and keep it running."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

import typer

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
