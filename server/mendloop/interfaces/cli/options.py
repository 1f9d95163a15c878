"""What every command understands, wherever on the line it stands."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, cast

import typer

from mendloop.interfaces.cli.shell import Shell, ends
from mendloop.noun import dataclass

_Own = ParamSpec("_Own")

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="The folder of the tools; by default the nearest one upward with a mendloop.toml.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Where state is kept; by default MENDLOOP_DATA_DIR, or the user's state folder.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the answer as JSON on one line, and nothing else.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The values of the three options that stand before the command."""

    workspace: Path | None = None
    data: Path | None = None
    as_json: bool = False

    def arguments(self) -> list[str]:
        """Those that were given, as they may stand after a command."""
        given: list[str] = []
        if self.workspace is not None:
            given += ["--workspace", str(self.workspace)]
        if self.data is not None:
            given += ["--data", str(self.data)]
        return given


def common(context: typer.Context) -> Common:
    """What stood before the command."""
    return context.obj if isinstance(context.obj, Common) else Common()


def command(
    app: typer.Typer, name: str
) -> Callable[[Callable[Concatenate[Shell, _Own], None]], Callable[Concatenate[Shell, _Own], None]]:
    """Register a command, and let it understand the common options behind its name too.

    Typer reads options off a signature, so the common ones are added to the one that it sees.
    """

    def register(
        work: Callable[Concatenate[Shell, _Own], None],
    ) -> Callable[Concatenate[Shell, _Own], None]:
        def run(
            context: typer.Context,
            workspace: WorkspaceOption = None,
            data: DataOption = None,
            as_json: JsonOption = False,  # noqa: FBT002  Typer makes a flag of it
            **own: Any,
        ) -> None:
            before = common(context)
            shell = Shell(
                workspace=workspace or before.workspace,
                data=data or before.data,
                as_json=as_json or before.as_json,
            )
            with ends():
                cast("Callable[..., None]", work)(shell, **own)

        shown = inspect.signature(run)
        first, *rest = (p for p in shown.parameters.values() if p.kind is not p.VAR_KEYWORD)
        _, *own = inspect.signature(work).parameters.values()
        keyword_only = [p.replace(kind=p.KEYWORD_ONLY) for p in (*own, *rest)]
        vars(run)["__signature__"] = shown.replace(parameters=[first, *keyword_only])
        run.__doc__ = work.__doc__
        app.command(name)(run)
        return work

    return register
