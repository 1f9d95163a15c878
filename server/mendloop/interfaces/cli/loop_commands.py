"""The twins of the tools that look, propose and test."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from mendloop.bootstrap import House
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.interfaces.calls import change, look
from mendloop.interfaces.cli.names import Subject
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render import changes, looks
from mendloop.interfaces.cli.shell import NOT_PASSED, Shell
from mendloop.interfaces.cli.sources import wanted
from mendloop.model.report import Verdict

commands: Final = typer.Typer()
_STRATEGIES: Final = "revert, tune, recipes or shared"

ProposalArgument = Annotated[str, typer.Argument(metavar="PROPOSAL", help="Such as p-7k3f9q2m.")]
SubjectArgument = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="An incident (i-...), or the name of a target.")
]


@command(commands, "status")
def status(shell: Shell) -> None:
    """Say how things stand."""

    async def read(house: House) -> StatusAnswer:
        await house.warden.look()  # a server does so all the time
        return await look.status(house.loop)

    answer = shell.work(lambda house, _: read(house))
    shell.answer(answer, looks.status)


@command(commands, "detect")
def detect(
    shell: Shell,
    target: Annotated[str | None, typer.Option(metavar="NAME", help="Look at this one.")] = None,
    window_hours: Annotated[
        float | None, typer.Option(min=0.01, metavar="N", help="How far to look back.")
    ] = None,
) -> None:
    """Look for what fails or grew worse."""
    answer = shell.work(
        lambda house, _: look.detect(house.loop, target=target, window_hours=window_hours)
    )
    shell.answer(answer, looks.detected)


@command(commands, "investigate")
def investigate(shell: Shell, subject: SubjectArgument) -> None:
    """Look for the cause of failures."""
    about = Subject.of(subject)
    answer = shell.work(
        lambda house, progress: look.investigate(
            house.loop, incident=about.incident, target=about.target, progress=progress
        )
    )
    shell.answer(answer, looks.investigated)


@command(commands, "fix")
def fix(
    shell: Shell,
    subject: SubjectArgument,
    strategy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"One way of searching: {_STRATEGIES}. By default all."),
    ] = None,
    budget: Annotated[
        float, typer.Option(min=1, max=3600, metavar="SECONDS", help="How long to search.")
    ] = 30,
) -> None:
    """Search for a tested fix, without a model.

    Ends with 3 where no change that was found has passed.
    """
    about = Subject.of(subject)
    answer = shell.work(
        lambda house, progress: change.generate_fix(
            house.loop,
            incident=about.incident,
            target=about.target,
            strategy=strategy,
            budget=timedelta(seconds=budget),
            progress=progress,
        )
    )
    shell.answer(answer, changes.generated)
    if not any(each.verdict is Verdict.PASSED for each in answer.proposals):
        raise typer.Exit(NOT_PASSED)


@command(commands, "propose")
def propose(  # noqa: PLR0913, PLR0917  each is an option of its own
    shell: Shell,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="What is to change.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="What it mends, and how.")],
    file: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH[=FILE]",
            help="A path of the workspace, and the file that holds its new content (- is standard "
            "input); without =FILE it is read at the same path from the current folder.",
        ),
    ] = None,
    diff: Annotated[
        Path | None,
        typer.Option(metavar="FILE", allow_dash=True, help="A unified diff; - is standard input."),
    ] = None,
    edits: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            allow_dash=True,
            help='Texts to replace, each of which occurs once, as JSON: [{"path": ..., "old": ...,'
            ' "new": ...}, ...]; - is standard input.',
        ),
    ] = None,
    incident: Annotated[
        str | None, typer.Option(metavar="INCIDENT", help="The incident that it answers.")
    ] = None,
) -> None:
    """Hand in a change of your own.

    Nothing is run, and no file is touched.
    """
    content = wanted(file or (), diff, edits)
    answer = shell.work(
        lambda house, _: change.propose_fix(
            house.loop, content, rationale=why, target=target, incident=incident
        )
    )
    shell.answer(answer, changes.proposed)


@command(commands, "test")
def test(
    shell: Shell,
    proposal: ProposalArgument,
    modes: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODE",
            help="Some of static, unit, replay, synthetic, generated, performance, with commas."
            " All by default, and only a test of all can pass.",
        ),
    ] = None,  # noqa: PT028  a command, not a test
) -> None:
    """Test a change: the project's own tests, and recorded, declared and made-up calls.

    Runs in the sandbox. Ends with 3 unless the verdict is: passed.
    """
    chosen = [one.strip() for each in modes for one in each.split(",")] if modes else None
    answer = shell.work(
        lambda house, progress: change.test_fix(
            house.loop, proposal=proposal, modes=chosen, progress=progress
        )
    )
    shell.answer(answer, changes.tested)
    if answer.verdict is not Verdict.PASSED:
        raise typer.Exit(NOT_PASSED)
