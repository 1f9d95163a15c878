"""What ``fix``, ``propose``, ``test``, ``deploy``, ``rollback`` and ``stop`` show."""

from rich.console import RenderableType
from rich.text import Text

from mendloop.core.stats.words import seconds as duration
from mendloop.interfaces.answers.deploy import DeploymentAnswer, StopAnswer
from mendloop.interfaces.answers.repair import GenerateAnswer, ProposeAnswer
from mendloop.interfaces.answers.report import TestAnswer
from mendloop.interfaces.cli.render.console import facts, head, left_out, say, section, table
from mendloop.interfaces.cli.render.looks import numbers
from mendloop.interfaces.cli.render.next_step import next_step
from mendloop.interfaces.cli.render.words import counted, share, short, verdict_line, word


def generated(answer: GenerateAnswer) -> None:
    """Changes that were found by search."""
    say(
        head(
            answer.target,
            f"{answer.tried} of {answer.space} candidates tried, {_plain(answer.stopped)}",
        ),
        table(
            ("proposal", "verdict", "tier", "bound", "lines", "origin", "note"),
            (
                (
                    each.proposal,
                    word(each.verdict or "not tested"),
                    word(each.tier),
                    share(each.regression_bound),
                    each.changed_lines,
                    each.origin,
                    each.note,
                )
                for each in answer.proposals
            ),
        ),
        left_out(answer.left_out, "mendloop status"),
        facts((("told apart by", _telling(answer)), ("note", answer.note))),
        *next_step(answer.next),
    )


def _plain(reason: str) -> str:
    return reason.replace("_", " ")


def _telling(answer: GenerateAnswer) -> str:
    """An input on which the best change and its nearest rival answer otherwise."""
    return next((one for each in answer.proposals if (one := each.recorded_telling_input)), "")


def proposed(answer: ProposeAnswer) -> None:
    """A change that was taken in."""
    say(
        head(answer.proposal, "known already: the same change was proposed before")
        if answer.known
        else head(answer.proposal, "taken in; no file was touched"),
        facts(
            (
                ("targets", ", ".join(answer.targets)),
                ("files", ", ".join(answer.files)),
                ("kind", f"{answer.kind}, {counted(answer.changed_lines, 'line')}"),
                ("flags", ", ".join(answer.flags)),
                ("tier", word(answer.tier)),
                ("because", "; ".join(answer.why_tier)),
            )
        ),
        *section("found by reading", _findings(answer)),
        left_out(answer.findings_left_out, f"mendloop show {answer.proposal}"),
        *next_step(answer.next),
    )


def _findings(answer: ProposeAnswer) -> RenderableType | None:
    return table(
        ("blocks", "rule", "where", "message"),
        (
            ("yes" if each.blocks else "no", each.rule, f"{each.path}:{each.line}", each.message)
            for each in answer.findings
        ),
    )


def tested(answer: TestAnswer) -> None:
    """How a change did when it was tested; the verdict stands above the next step."""
    bound = share(answer.regression_bound)
    say(
        head(answer.proposal, f"in {duration(answer.seconds)}, sandbox tier {answer.sandbox_tier}"),
        table(
            ("check", "verdict", "summary", "numbers"),
            (
                (each.name, word(each.verdict), each.summary, numbers(each.numbers))
                for each in answer.checks
            ),
        ),
        left_out(answer.checks_left_out, f"mendloop show {answer.proposal}"),
        *section(
            "calls that it answers otherwise",
            table(
                ("call", "wanted", "got", "why"),
                (
                    (each.recorded_call, each.recorded_wanted, each.recorded_got, each.why)
                    for each in answer.disagreements
                ),
            ),
        ),
        left_out(answer.disagreements_left_out, f"mendloop show {answer.proposal}"),
        Text(""),
        facts(
            (
                ("evidence", answer.oracle),
                (
                    "bound",
                    bound and f"with 95 % confidence at most {bound} of such calls get worse",
                ),
            )
        ),
        verdict_line(answer.verdict),
        *next_step(answer.next),
    )


def deployed(answer: DeploymentAnswer) -> None:
    """A change that was put in place or taken back."""
    say(
        head(answer.deployment, word(answer.kind), word(answer.progress)),
        facts(
            (
                ("targets", ", ".join(answer.targets)),
                ("proposal", answer.proposal),
                ("undoes", answer.undoes),
                ("by", f"{answer.by} at {answer.at}"),
                ("reason", answer.recorded_reason),
                ("left alone", ", ".join(answer.conflicts or ())),
            )
        ),
        table(
            ("file", "old", "new"),
            ((each.path, short(each.old), short(each.new)) for each in answer.files),
        ),
        left_out(answer.files_left_out, f"mendloop show {answer.deployment}"),
        *next_step(answer.next),
    )


def stopped(answer: StopAnswer) -> None:
    """The emergency stop."""
    say(
        head("stopped", f"by {answer.by} at {answer.at}: {answer.recorded_reason}"),
        *next_step(answer.next),
    )
