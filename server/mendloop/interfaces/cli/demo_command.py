"""``mendloop demo``: the whole loop in under a minute, on a workspace of its own."""

from pathlib import Path
from typing import Annotated, Final

import anyio
import typer

from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.shell import FAILED, Shell

commands: Final = typer.Typer()


@command(commands, "demo")
def demo_(
    _shell: Shell,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Leave everything there, to look at."),
    ] = None,
) -> None:
    """Break, find, mend, test, deploy, watch, take back: on a copy of the demo's tools."""
    from mendloop.interfaces.cli.demo.play import demo  # noqa: PLC0415  loads an MCP client

    if not anyio.run(demo, keep):
        raise typer.Exit(FAILED)
