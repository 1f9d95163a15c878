"""Two texts of one file, as a unified diff."""

import difflib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from rich.syntax import Syntax
from rich.text import Text

from mendloop.app.views import FileTexts
from mendloop.interfaces.answers.text import clean
from mendloop.interfaces.cli.render.console import coloured, text
from mendloop.model.proposal import NO_FILE

_CONTEXT: Final = 3
_TAB: Final = 4
_LONGEST_ESCAPE: Final = 10
"""Characters that one unseen character is written as; nothing of a line is left out."""
_LEXERS: Final = {".py": "python", ".toml": "toml", ".yaml": "yaml", ".yml": "yaml"} | {
    ".json": "json",
    ".md": "markdown",
}


def diff(file: FileTexts) -> Text:
    """What a change does to one file."""
    before = None if file.file.old in {None, NO_FILE} else file.before
    return changes(file.file.path, before, None if file.file.new == NO_FILE else file.after)


def changes(path: str, before: str | None, after: str | None) -> Text:
    """The unified diff of two texts, each line in the colours of its language.

    Args:
        path: The file.
        before: ``None`` where there was no file.
        after: ``None`` where there is none any more.
    """
    old, new = _split(before or ""), _split(after or "")
    shown = Text()
    shown.append_text(text(f"--- a/{path}" if before is not None else "--- /dev/null", "bold"))
    shown.append("\n")
    shown.append_text(text(f"+++ b/{path}" if after is not None else "+++ /dev/null", "bold"))
    old_lines, new_lines = _coloured(path, old), _coloured(path, new)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        shown.append("\n")
        shown.append_text(_hunk_head(group))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                _add(shown, " ", "", old_lines[i1:i2])
            else:
                _add(shown, "-", "bold red", old_lines[i1:i2])
                _add(shown, "+", "bold green", new_lines[j1:j2])
    return shown


def _split(whole: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one: no other character may hide."""
    *lines, last = whole.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _add(shown: Text, sign: str, style: str, lines: Sequence[Text]) -> None:
    for line in lines:
        shown.append("\n")
        shown.append(sign, style)
        if style:
            # blanks at the end of a changed line are a change that nobody would see
            line.stylize("reverse", len(line.plain.rstrip()))
        shown.append_text(line)


def _hunk_head(group: Sequence[tuple[str, int, int, int, int]]) -> Text:
    first, last = group[0], group[-1]
    old, new = _extent(first[1], last[2]), _extent(first[3], last[4])
    return Text(f"@@ -{old} +{new} @@", "cyan")


def _extent(start: int, stop: int) -> str:
    """A range of lines, as unified diffs count them: an empty one names the line before it."""
    length = stop - start
    begin = start + 1 if length else start
    return f"{begin}" if length == 1 else f"{begin},{length}"


def _coloured(path: str, lines: Sequence[str]) -> Sequence[Text]:
    """The lines, with everything unseen written out; in colours where anybody can see them."""
    written = [_visible(line) for line in lines]
    shown = [Text(line) for line in written]
    lexer = _LEXERS.get(PurePosixPath(path).suffix)
    if lexer is not None and coloured():
        code = Syntax("", lexer, theme="ansi_dark").highlight("\n".join(written))
        split = list(code.split("\n", allow_blank=True))[: len(written)]
        # a person approves what stands here: colours only where the words stay the same
        if [line.plain for line in split] == written:
            shown = split
    if lines and not lines[-1].endswith("\n"):
        shown[-1] = shown[-1].append("\n\\ No newline at end of file", "dim")
    return shown


def _visible(line: str) -> str:
    indented = line.removesuffix("\n").expandtabs(_TAB)
    return clean(indented, len(indented) * _LONGEST_ESCAPE)
