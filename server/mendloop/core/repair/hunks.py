"""What a unified diff says: files, and hunks with their lines."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.core.repair.lines import shown
from mendloop.core.repair.refusal import DoesNotApply
from mendloop.noun import dataclass

NOWHERE: Final = "/dev/null"

_HUNK: Final = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_BARE_HUNK: Final = re.compile(r"^@@(?!@)")
_NO_END: Final = "\\ No newline"
_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "r": "\r", "a": "\a", "b": "\b"}
_REFUSED: Final = (
    (re.compile(r"^(GIT binary patch|Binary files .+ differ)"), "is a binary patch"),
    (re.compile(r"^(rename|copy) (from|to) "), "renames or copies a file"),
    (re.compile(r"^deleted file mode "), "deletes a file"),
    (re.compile(r"^(old|new) mode "), "changes a file's mode"),
    (re.compile(r"^@@@"), "is a combined diff of a merge"),
    (re.compile(r"^\*{3} (Begin Patch|Update File|Add File|Delete File)"), "is not a unified diff"),
    (re.compile(r"^\*{15}$"), "is a context diff"),
)
_HINT: Final = (
    "Send a unified diff (`diff -u`, `git diff`) that changes or adds text files, or use `edits`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines to find, and lines to put there; each with its end, except at a file's end without."""

    number: int
    """Which of the whole diff, from 1."""
    start: int | None
    """The line that it claims to start at, from 1; ``None`` where it claims none."""
    lines: tuple[tuple[str, str], ...]
    """A mark (blank, ``-`` or ``+``) and the line."""

    @property
    def old(self) -> tuple[str, ...]:
        """What the hunk expects to find."""
        return tuple(line for mark, line in self.lines if mark != "+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """The hunks of one file."""

    path: str
    creates: bool
    hunks: tuple[Hunk, ...]


def parse_diff(diff: str) -> tuple[FileDiff, ...] | DoesNotApply:
    """Read a unified diff, with or without git's headers, between other text or alone.

    Libraries for this split at form feeds inside lines and take a removed ``-- comment`` for a
    file header, which would damage files: so the counts of the hunk headers are followed. Where
    they are wrong, as they often are in a diff written by hand, the marks decide.
    """
    if not diff.strip():
        return DoesNotApply("The diff is empty.", _HINT)
    try:
        files = tuple(_Reader(diff.split("\n")).files())
    except _Unreadable as problem:
        return problem.refusal
    if not files:
        return DoesNotApply("The diff holds no file header (`--- a/FILE` and `+++ b/FILE`).", _HINT)
    return files


class _Unreadable(Exception):
    """Ends the reading; never leaves this module."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.refusal = DoesNotApply(reason, _HINT)


class _Reader:
    """A cursor over the lines of a diff."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.at = 0
        self.count = 0

    def files(self) -> Iterator[FileDiff]:
        while self.at < len(self.lines):
            if self._at_header():
                yield self._file()
            elif created := self._empty_file():
                yield created
            else:
                self._skip()

    def _line(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.lines[at] if at < len(self.lines) else ""

    def _spent(self) -> bool:
        """Whether only the end of the text is left: what follows its last line end is no line."""
        return self.at >= len(self.lines) - (self.lines[-1:] == [""])

    def _at_header(self) -> bool:
        return self._line().startswith("--- ") and self._line(1).startswith("+++ ")

    def _empty_file(self) -> FileDiff | None:
        """A file that git creates without a line in it: it has no hunk and no ``+++``."""
        line = self._line().rstrip("\r")
        if not line.startswith("diff --git ") or not self._line(1).startswith("new file mode "):
            return None
        follows = 3 if self._line(2).startswith("index ") else 2
        next_line = self._line(follows)
        if next_line and not next_line.startswith("diff "):
            return None
        half = line.removeprefix("diff --git ")
        self.at += follows
        _, mark, path = half.partition(" b/")
        if not mark:
            raise _Unreadable(f"Line {self.at} of the diff, `{shown(line)}`, cannot be read.")
        return FileDiff(path=normalised(path), creates=True, hunks=())

    def _skip(self) -> None:
        line = self._line().rstrip("\r")
        for pattern, what in _REFUSED:
            if pattern.match(line):
                raise _Unreadable(f"The diff {what} (line {self.at + 1}: `{shown(line)}`).")
        if _BARE_HUNK.match(line):
            raise _Unreadable(f"The hunk at line {self.at + 1} of the diff follows no file header.")
        self.at += 1

    def _file(self) -> FileDiff:
        old, new = _path(self._line()[4:]), _path(self._line(1)[4:])
        if new == NOWHERE:
            raise _Unreadable(f"The diff deletes a file ({shown(old)}).")
        if old.startswith("a/") and new.startswith("b/"):
            old, new = old[2:], new[2:]
        elif old == NOWHERE:
            new = new.removeprefix("b/")
        if old not in (new, NOWHERE):
            raise _Unreadable(f"The diff renames {shown(old)} to {shown(new)}.")
        self.at += 2
        hunks: list[Hunk] = []
        while _BARE_HUNK.match(self._line()):
            hunks.append(self._hunk())
        if not hunks:
            raise _Unreadable(f"The diff has no hunk for {shown(new)}.")
        return FileDiff(path=normalised(new), creates=old == NOWHERE, hunks=tuple(hunks))

    def _hunk(self) -> Hunk:
        header = _HUNK.match(self._line())
        self.at += 1
        self.count += 1
        begin = self.at
        lines = None if header is None else self._counted(*_counts(header))
        if lines is None:
            self.at = begin
            lines = self._marked()
        if all(mark == " " for mark, _ in lines):
            raise _Unreadable(f"Hunk {self.count} adds and removes nothing.")
        start = None if header is None else int(header[1]) + (header[2] == "0")
        return Hunk(number=self.count, start=start, lines=tuple(lines))

    def _counted(self, old: int, new: int) -> list[tuple[str, str]] | None:
        """The body by the counts of its header; ``None`` if they do not fit it."""
        lines: list[tuple[str, str]] = []
        while old > 0 or new > 0:
            line = self._line()
            mark = line[:1] or " "
            if self._spent() or mark not in " -+":
                return None
            old -= mark != "+"
            new -= mark != "-"
            self._take(lines, mark)
        return lines if (old, new) == (0, 0) and self._ended() else None

    def _ended(self) -> bool:
        line = self._line()
        return line[:1] not in ("+", "-", " ") or self._at_header() or line.startswith("-- ")

    def _marked(self) -> list[tuple[str, str]]:
        """The body as far as lines bear marks; blank lines at the end belong to nobody."""
        lines: list[tuple[str, str]] = []
        while not self._spent() and not self._at_header():
            mark = self._line()[:1]
            if mark and mark not in " -+":
                break
            self._take(lines, mark or " ")
        while lines and lines[-1] == (" ", "\n"):
            lines.pop()
        return lines

    def _take(self, lines: list[tuple[str, str]], mark: str) -> None:
        text = self._line()[1:]
        self.at += 1
        if self._line().startswith(_NO_END):
            self.at += 1
            lines.append((mark, text))
        else:
            lines.append((mark, text + "\n"))


def _counts(header: re.Match[str]) -> tuple[int, int]:
    return int(header[2] or 1), int(header[3] or 1)


def _path(text: str) -> str:
    """A path of a header line: without the time stamp, and without git's quotes."""
    text = text.rstrip("\r")
    if not text.startswith('"'):
        return text.partition("\t")[0].rstrip()
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', text)
    if quoted is None:
        raise _Unreadable(f"The path `{shown(text)}` has no closing quote.")
    raw = re.sub(rb"\\([0-7]{3}|.)", _unescape, quoted[1].encode())
    return raw.decode(errors="replace")


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1].decode(errors="replace")
    if code.isdigit():
        return bytes([int(code, 8) & 0xFF])
    return _ESCAPES.get(code, code).encode()


def normalised(path: str) -> str:
    """The path without empty and ``.`` parts. ``..`` and a leading slash stay for the caller."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts)
