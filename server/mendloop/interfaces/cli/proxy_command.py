"""``mendloop proxy``: this process becomes the relay.

By replacing itself: the relay needs a tenth of what the command line has loaded by now, stays as
long as the server that it stands before, and is signalled by the client under this process's id.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import typer
from typer.core import TyperCommand
from typing_extensions import override

from mendloop.interfaces.cli.options import common

_MODULE: Final = "mendloop.interfaces.proxy"

commands: Final = typer.Typer()


class _Unread(TyperCommand):
    """Leaves its arguments alone: those behind ``--`` are another program's."""

    @override
    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        ctx.args = list(args)
        return ctx.args


@commands.command("proxy", cls=_Unread, add_help_option=False)
def proxy_(context: typer.Context) -> None:
    """Stand before any MCP server, pass everything on unchanged, and record its calls."""
    _become([*common(context).arguments(), *context.args])


def _become(arguments: Sequence[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: nothing is imported from the folder in which a client happens to start its servers
    command = [sys.executable, "-P", "-m", _MODULE, *arguments]
    os.execv(sys.executable, command)  # noqa: S606  itself, with the arguments it was given
