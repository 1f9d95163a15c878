"""Print for a person: with colour on a terminal, the same words as plain lines in a pipe.

Everything goes through ``Text``, never through markup, and every text that others wrote is written
out by ``clean`` first: a recorded value cannot move the cursor, nor pass for our own words.
"""

import io
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mendloop.interfaces.answers.text import clean

_LONGEST: Final = 4_000
_ANY_WIDTH: Final = 20_000
"""Of a pipe: lines are never wrapped there, so that they can be searched."""
_GLANCE: Final = 20
"""Characters of a column that is never broken into lines."""

Cell = Text | str | int | float | None


def say(*parts: RenderableType | None) -> None:
    """Print parts, one below the other; those that are ``None`` are left out."""
    shown = [part for part in parts if part is not None]
    if sys.stdout.isatty():
        console = Console(markup=False, highlight=False, emoji=False)
        for part in shown:
            console.print(part)
        return
    sys.stdout.write("".join(map(_plain, shown)))


def _plain(part: RenderableType) -> str:
    """A part as lines that nothing is added to: a diff must stay one, to the last blank."""
    if isinstance(part, Text):
        return f"{part.plain}\n"
    buffer = io.StringIO()
    Console(
        file=buffer, width=_ANY_WIDTH, color_system=None, markup=False, highlight=False, emoji=False
    ).print(part)
    return "".join(line.rstrip() + "\n" for line in buffer.getvalue().split("\n")[:-1])


def coloured() -> bool:
    """Whether what is printed goes to a terminal."""
    return sys.stdout.isatty()


def text(value: object, style: str = "") -> Text:
    """Somebody's text on one line, with everything unseen written out."""
    return Text(clean(str(value), _LONGEST), style)


def cell(value: Cell) -> Text:
    """What stands in a table: a text as it is, a number, or a dash for what is not there."""
    match value:
        case Text():
            return value
        case None | "":
            return Text("-", "dim")
        case float():
            return Text(f"{value:.4g}")
        case _:
            return text(value)


def table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> RenderableType | None:
    """Rows under their heads, without a frame; nothing where there is no row."""
    cells = [[cell(each) for each in row] for row in rows]
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for position, name in enumerate(heads):
        widest = max((row[position].cell_len for row in cells), default=0)
        # ids and words are read at a glance; only what is long may be broken
        made.add_column(name, overflow="fold", no_wrap=widest <= _GLANCE)
    for row in cells:
        made.add_row(*row)
    return Padding(made, (0, 0, 0, 2)) if cells else None


def facts(rows: Iterable[tuple[str, Cell]]) -> RenderableType:
    """Names and values, one pair a line; a pair without a value is left out."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        if value is not None and value != "":
            made.add_row(name, cell(value))
    return Padding(made, (0, 0, 0, 2))


def head(words: str, *more: Text | str) -> Text:
    """A line that says what follows."""
    line = Text()
    line.append_text(text(words, "bold"))
    for each in more:
        line.append("  ")
        line.append_text(each if isinstance(each, Text) else text(each))
    return line


def section(words: str, body: RenderableType | None) -> tuple[RenderableType | None, ...]:
    """A title and what is below it, or neither."""
    return () if body is None else (Text(""), Text(words, "bold"), body)


def left_out(count: int | None, where: str) -> Text | None:
    """A note that not all is shown, and where the rest is."""
    return Text(f"  and {count} more: {where}", "dim") if count else None
