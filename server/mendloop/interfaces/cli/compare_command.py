"""The proposals for one incident, side by side."""

from typing import Final

import typer
from rich.text import Text

from mendloop.app.attempts import Attempt
from mendloop.app.compare import Comparison
from mendloop.interfaces.answers.compare import comparison_document
from mendloop.interfaces.answers.text import clean
from mendloop.interfaces.cli.incident_commands import IncidentArgument
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render.console import Cell, head, say, section, table
from mendloop.interfaces.cli.render.words import share, word
from mendloop.interfaces.cli.shell import Shell

commands: Final = typer.Typer()
_CALL: Final = 200


@command(commands, "compare")
def compare(shell: Shell, incident: IncidentArgument) -> None:
    """Lay the proposals for an incident side by side.

    Those that still apply are run in the sandbox on the same inputs. Proposals of one cluster
    answer alike on all of them; the input below tells the clusters apart.
    """
    done = shell.work(
        lambda house, progress: house.loop.comparer.compare(incident, progress=progress)
    )
    shell.tell(comparison_document(done), lambda: _show(done))


def _show(done: Comparison) -> None:
    heads = (
        "id", "verdict", "evidence", "lines", "disagreements", "bound", "cluster", "origin",
    )  # fmt: skip
    rows = table(heads, (_row(each) for each in done.attempts))
    telling = done.telling
    say(
        head(done.incident.id, f"{len(done.attempts)} proposals, {done.inputs} inputs"),
        rows or Text("nothing was proposed for it"),
        *section(
            "an input that tells them apart",
            None
            if telling is None
            else table(
                ("cluster", "answers", "to"),
                (
                    (number, clean(answer, _CALL), clean(telling.call, _CALL))
                    for number, answer in telling.answers
                ),
            ),
        ),
    )


def _row(attempt: Attempt) -> tuple[Cell, ...]:
    proposal, report = attempt.proposal, attempt.report
    verdict = "not tested" if report is None else report.verdict.value
    return (
        proposal.id,
        Text(f"{verdict} (stale)") if attempt.stale else word(verdict),
        "" if report is None else report.oracle.replace("_", " "),
        proposal.changed_lines,
        None if report is None else len(report.disagreements),
        None if report is None else share(report.regression_bound),
        attempt.cluster,
        clean(proposal.origin, _CALL),
    )
