"""What ``init``, ``recover`` and ``doctor`` show."""

import sys
from collections.abc import Sequence

from rich.text import Text

from mendloop.interfaces.cli.checked import Checked
from mendloop.interfaces.cli.render.console import head, say, section, table
from mendloop.interfaces.cli.render.words import word
from mendloop.model.deployment import Deployment


def initialised(text: str) -> None:
    """The proposed file itself, so that it can be piped into one."""
    sys.stdout.write(text)


def recovered(ended: Sequence[Deployment]) -> None:
    """What was left half done."""
    say(
        head("nothing was left half done") if not ended else head(f"{len(ended)} ended"),
        table(
            ("deployment", "progress", "targets", "left alone"),
            (
                (
                    each.id,
                    word(each.progress),
                    ", ".join(each.targets),
                    ", ".join(each.conflicts),
                )
                for each in ended
            ),
        ),
    )


def examined(checks: Sequence[Checked], *, able: bool) -> None:
    """What was tried, what was found, and how to mend what is amiss."""
    say(
        table(
            ("", "what", "found"),
            ((_mark(each), each.name, each.found) for each in checks),
        ),
        *section(
            "to mend",
            table(("what", "how"), ((each.name, each.mend) for each in checks if each.mend)),
        ),
        Text(""),
        Text("changes can be tested on this machine", "green")
        if able
        else Text("changes cannot be tested on this machine", "bold red"),
    )


def _mark(check: Checked) -> Text:
    if check.ok:
        return Text("ok", "green")
    return Text("missing", "bold red") if check.needed else Text("note", "yellow")
