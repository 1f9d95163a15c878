"""The history in numbers and pictures."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from mendloop.app.survey import Survey, TargetStats
from mendloop.bootstrap import House
from mendloop.errors import InvalidInput
from mendloop.interfaces.answers.stats import stats_document
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render import numbers
from mendloop.interfaces.cli.shell import Shell

commands: Final = typer.Typer()

DaysOption = Annotated[
    float, typer.Option(min=0.05, max=3650, metavar="N", help="How far to look back.")
]


@command(commands, "stats")
def stats(
    shell: Shell,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The name of a target.")],
    days: DaysOption = 7,
) -> None:
    """Say how often a target is called, fails, and how long it takes."""

    async def read(house: House) -> TargetStats:
        known = (await house.loop.reader.target(target)).name
        return await house.loop.surveyor.stats(known, window=timedelta(days=days))

    found = shell.work(lambda house, _: read(house))
    shell.tell(stats_document(found), lambda: numbers.stats(found))


@command(commands, "report")
def report(
    shell: Shell,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            allow_dash=True,
            help="Where the page goes; - is standard output; by default report.html beside the "
            "history.",
        ),
    ] = None,
    days: DaysOption = 7,
) -> None:
    """Make one page with charts: what was called, what failed, what was done about it.

    It needs nothing but itself: open it in a browser, keep it, send it.
    """
    from mendloop.interfaces.web.report import report_html  # noqa: PLC0415  Jinja loads with it

    async def read(house: House) -> tuple[Survey, Path]:
        survey = await house.loop.surveyor.survey(window=timedelta(days=days))
        return survey, house.settings.state

    survey, state = shell.work(lambda house, _: read(house))
    page = report_html(survey, workspace=shell.settings().workspace.name or "tools")
    if out == Path("-"):
        sys.stdout.write(page)
        return
    path = state / "report.html" if out is None else out
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be written: {error.strerror}.", hint="Name another file with --out."
        ) from error
    facts = {
        "path": str(path),
        "calls": survey.calls,
        "failures": survey.failures,
        "incidents": len(survey.incidents),
    }
    shell.tell(facts, lambda: numbers.reported(path, survey))
