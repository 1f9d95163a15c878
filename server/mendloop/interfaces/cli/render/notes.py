"""What ``run``, ``record`` and ``label`` show."""

from mendloop.core.stats.words import seconds as duration
from mendloop.interfaces.answers.record import RecordAnswer, RunAnswer
from mendloop.interfaces.answers.text import compact
from mendloop.interfaces.cli.render.console import facts, head, left_out, say, section, table
from mendloop.interfaces.cli.render.next_step import next_step
from mendloop.interfaces.cli.render.words import word
from mendloop.model.execution import Outcome


def ran(answer: RunAnswer) -> None:
    """What a tool said."""
    error = answer.error
    result = answer.recorded_result_start
    if result is None and answer.outcome is Outcome.OK:
        result = compact(answer.result)
    say(
        head(answer.execution, word(answer.outcome), f"in {duration(answer.seconds)}"),
        facts(
            (
                ("result", result),
                ("error", None if error is None else f"{error.type}: {error.recorded_message}"),
                ("where", None if error is None else error.where),
            )
        ),
        *next_step(answer.next),
    )


def recorded(answer: RecordAnswer) -> None:
    """What became of records."""
    labelled = answer.labelled
    kept = len(answer.ids) + (answer.ids_left_out or 0)
    say(
        head(f"{kept} kept", f"{answer.new} of them new")
        if labelled is None
        else head(labelled.execution, word(labelled.outcome), labelled.target),
        *section(
            "refused",
            table(
                ("position", "reason"), ((each.position, each.reason) for each in answer.refused)
            ),
        ),
        left_out(answer.refused_left_out, "mend those shown first"),
        *next_step(answer.next),
    )
