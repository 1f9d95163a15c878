"""What ``status``, ``detect`` and ``investigate`` show."""

from collections.abc import Mapping
from typing import Final

from rich.console import RenderableType
from rich.syntax import Syntax
from rich.text import Text

from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.interfaces.cli.render.console import (
    coloured,
    facts,
    head,
    left_out,
    say,
    section,
    table,
    text,
)
from mendloop.interfaces.cli.render.next_step import next_step
from mendloop.interfaces.cli.render.words import counted, share, word

_TAB: Final = 4


def status(answer: StatusAnswer) -> None:
    """How things stand."""
    stopped = answer.stopped
    say(
        None
        if stopped is None
        else head("stopped", f"by {stopped.by} at {stopped.at}: {stopped.recorded_reason}"),
        facts(
            (
                ("open incidents", answer.open_incidents),
                ("muted", answer.muted or None),
                *(
                    (f"{word(key)} left", f"{left:,}".replace(",", " "))
                    for key, left in answer.left.items()
                ),
                ("standing approvals", "; ".join(answer.standing or ()) or None),
                ("sandbox tier", answer.sandbox_tier),
                ("audit", counted(answer.audit_entries, "entry", "entries")),
                ("audit head", f"{answer.audit_entries}:{answer.audit_head}"),
            )
        ),
        *section(
            "changed outside the loop",
            table(("target",), ((each,) for each in answer.drifted or ())),
        ),
        *section(
            "incidents",
            table(
                ("id", "kind", "target", "priority", "summary"),
                (
                    (each.id, word(each.kind), each.target, each.priority, each.summary)
                    for each in answer.incidents
                ),
            ),
        ),
        *section(
            "proposals waiting",
            table(
                ("id", "verdict", "targets"),
                (
                    (each.id, word(each.verdict or "not tested"), ", ".join(each.targets))
                    for each in answer.proposals
                ),
            ),
        ),
        *section(
            "deployments watched",
            table(
                ("deployment", "target", "calls", "summary"),
                (
                    (each.deployment, each.target, each.calls, each.summary)
                    for each in answer.watches
                ),
            ),
        ),
        left_out(answer.watches_left_out, "mendloop show DEPLOYMENT"),
        *next_step(answer.next),
    )


def detected(answer: DetectAnswer) -> None:
    """What fails or has grown worse."""
    say(
        head(
            counted(len(answer.incidents) + (answer.left_out or 0), "open incident"),
            f"in {counted(answer.calls, 'call')} of {counted(answer.targets, 'target')}",
        ),
        table(
            ("id", "kind", "target", "priority", "summary"),
            (
                (each.id, word(each.kind), ", ".join(each.targets), each.priority, each.summary)
                for each in answer.incidents
            ),
        ),
        left_out(answer.left_out, "mendloop status"),
        Text(f"  {answer.resolved} ended with this look", "dim") if answer.resolved else None,
        Text(f"  {answer.muted} muted: mendloop unmute INCIDENT", "dim") if answer.muted else None,
        *next_step(answer.next),
    )


def investigated(answer: InvestigateAnswer) -> None:
    """A likely cause, with the evidence for it."""
    say(
        head(answer.target, answer.incident or ""),
        facts(
            (
                ("layer", f"{answer.layer}, {share(answer.confidence)} sure"),
                ("why", answer.why),
                ("replayed", f"{answer.reproduced} of {answer.replayed} failed again"),
            )
        ),
        *section(
            "failures by kind",
            table(
                ("calls", "where", "example", "error"),
                (
                    (each.calls, each.where, each.example, each.recorded_error)
                    for each in answer.clusters
                ),
            ),
        ),
        left_out(answer.clusters_left_out, "mendloop investigate --json"),
        *section(
            "smallest inputs that fail",
            table(
                ("from", "made smaller", "call"),
                (
                    (each.execution, "yes" if each.reduced else "no", each.recorded_call)
                    for each in answer.smallest_inputs
                ),
            ),
        ),
        *_suspects(answer),
        *section("around it", _around(answer)),
        *section(
            "earlier ones of the same kind",
            table(
                ("incident", "target", "outcome"),
                ((each.incident, each.target, each.outcome) for each in answer.similar),
            ),
        ),
        *section("source", _source(answer)),
        left_out(answer.source.lines_left_out, "open the file"),
        *next_step(answer.next),
    )


def _suspects(answer: InvestigateAnswer) -> tuple[RenderableType | None, ...]:
    return section(
        "suspicious lines",
        table(
            ("line", "score", "failing", "passing", "code"),
            (
                (each.line, f"{each.score:.2f}", each.failing, each.passing, each.code)
                for each in answer.suspects
            ),
        ),
    )


def _around(answer: InvestigateAnswer) -> RenderableType | None:
    lines = answer.recorded_evidence
    return Text("\n").join(text(each) for each in lines) if lines else None


def _source(answer: InvestigateAnswer) -> RenderableType | None:
    code = answer.source.text
    if not code:
        return None
    if coloured():
        return Syntax(
            code,
            "python",
            theme="ansi_dark",
            line_numbers=True,
            start_line=answer.source.first_line,
            highlight_lines={each.line for each in answer.suspects},
            background_color="default",
        )
    lines = enumerate(code.split("\n"), answer.source.first_line)
    return Text("\n").join(
        Text(f"{number:>5} ").append_text(text(line.expandtabs(_TAB))) for number, line in lines
    )


def numbers(values: Mapping[str, float]) -> str:
    """The figures behind a statement, on one line."""
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())
