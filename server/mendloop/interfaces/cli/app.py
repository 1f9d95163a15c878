"""The command line, whole."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, NoReturn

import typer
from typer.main import get_command

from mendloop import __version__
from mendloop.interfaces.cli import (
    act_commands,
    audit_commands,
    certificate_commands,
    compare_command,
    demo_command,
    desk_commands,
    drift_commands,
    hook_command,
    incident_commands,
    keep_commands,
    key_commands,
    look_commands,
    loop_commands,
    operate_commands,
    proxy_command,
    report_commands,
)
from mendloop.interfaces.cli.options import (
    Common,
    DataOption,
    JsonOption,
    WorkspaceOption,
    common,
)

_ANY: Final = {"allow_extra_args": True, "ignore_unknown_options": True}
_MODULES: Final = (
    loop_commands,
    act_commands,
    desk_commands,
    key_commands,
    drift_commands,
    incident_commands,
    compare_command,
    look_commands,
    report_commands,
    audit_commands,
    certificate_commands,
    operate_commands,
    keep_commands,
    hook_command,
    demo_command,
    proxy_command,
)


def build(serve: Callable[[Sequence[str]], None]) -> typer.Typer:
    """All commands.

    Args:
        serve: Serves MCP, as its arguments say; handed in because this face does not know that one.
    """
    app = typer.Typer(
        name="mendloop",
        help="A safe self-improvement loop over the Python tools that a coding agent uses.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_before)
    for module in _MODULES:
        app.add_typer(module.commands)

    @app.command("serve", context_settings=_ANY, add_help_option=False)
    def serve_(context: typer.Context) -> None:
        """Serve MCP, over stdio or HTTP."""
        serve([*common(context).arguments(), *context.args])

    return app


def command_line(arguments: Sequence[str], serve: Callable[[Sequence[str]], None]) -> NoReturn:
    """Run one command line to its end, and exit.

    Not by calling the Typer object: that would put a hook of its own in the place of
    ``sys.excepthook``.
    """
    get_command(build(serve)).main(args=list(arguments), prog_name="mendloop")
    raise SystemExit(0)


def _version(wanted: bool) -> None:  # noqa: FBT001  Typer calls it so
    if wanted:
        typer.echo(f"mendloop {__version__}")
        raise typer.Exit


def _before(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,  # noqa: FBT002  Typer makes a flag of it
    version: Annotated[  # noqa: ARG001, FBT002  its callback has done all
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Remember what stands before the command."""
    context.obj = Common(workspace=workspace, data=data, as_json=as_json)
