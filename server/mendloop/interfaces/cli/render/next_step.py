"""What usually follows: the last line of every answer."""

from rich.console import RenderableType
from rich.text import Text

from mendloop.interfaces.cli.advice import as_commands
from mendloop.interfaces.cli.render.console import text


def next_step(said: str) -> tuple[RenderableType, ...]:
    """The last lines of an answer."""
    return Text(""), Text.assemble(("next: ", "dim"), text(as_commands(said), "bold cyan"))
