"""Apply a unified diff to the files as they stand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mendloop.core.repair.hunks import FileDiff, Hunk, parse_diff
from mendloop.core.repair.lines import BOM, line_end, nearest, shown, split_lines
from mendloop.core.repair.refusal import DoesNotApply
from mendloop.core.repair.unlike import difference

MOST_CHARACTERS: Final = 2_000_000
MOST_HUNKS: Final = 500
DRIFT: Final = 50
"""How many lines a hunk may lie away from where it says."""
FUZZ: Final = 2
"""How many context lines at either end of a hunk may have changed since."""

_Same = Callable[[str, str, str], bool]


def apply_diff(files: Callable[[str], str | None], diff: str) -> Mapping[str, str] | DoesNotApply:
    """Make the new text of every file that the diff names; all of them or none.

    A hunk is looked for where it says, then up to `DRIFT` lines around: first exactly, then
    without regard to line ends, then without regard to blanks in the lines it keeps, then without
    up to `FUZZ` of these at either end. Lines that it removes are never matched loosely beyond
    their line ends.

    Args:
        files: The text of a file by the path that the diff has, ``None`` where there is none.
            Whether a path may be touched at all is the caller's to decide.
        diff: One or several files' unified diffs, with or without git's headers.
    """
    if len(diff) > MOST_CHARACTERS:
        return DoesNotApply(
            f"The diff has {len(diff)} characters; {MOST_CHARACTERS} are the most.",
            "Send fewer files at once, or whole files in `files`.",
        )
    parsed = parse_diff(diff)
    if isinstance(parsed, DoesNotApply):
        return parsed
    if sum(len(file.hunks) for file in parsed) > MOST_HUNKS:
        return DoesNotApply(
            f"The diff has more than {MOST_HUNKS} hunks.", "Send whole files in `files` instead."
        )
    done: dict[str, str] = {}
    for file in parsed:
        old = done.get(file.path)
        new = _apply_file(file, files(file.path) if old is None else old)
        if isinstance(new, DoesNotApply):
            return new
        done[file.path] = new
    return done


def _apply_file(file: FileDiff, old: str | None) -> str | DoesNotApply:
    if file.creates and old is None:
        return "".join(line for hunk in file.hunks for mark, line in hunk.lines if mark == "+")
    if file.creates and old:
        return DoesNotApply(
            f"The diff creates {shown(file.path)}, which exists already.",
            "Read the file, and send a diff against it as it stands.",
        )
    if old is None:
        return DoesNotApply(
            f"The diff changes {shown(file.path)}, which does not exist.",
            "Name the file by its path from the workspace; for a new file write `--- /dev/null`.",
        )
    marked = any(BOM in line for hunk in file.hunks for _, line in hunk.lines)
    bom = BOM if old.startswith(BOM) and not marked else ""
    applied = _Application(old.removeprefix(bom))
    for hunk in file.hunks:
        problem = applied.add(hunk)
        if problem is not None:
            where = f"Hunk {hunk.number} ({shown(file.path)}"
            said = "" if hunk.start is None else f", said to be at line {hunk.start}"
            return DoesNotApply(f"{where}{said}) {problem.reason}", problem.hint)
    return bom + applied.text()


class _Application:
    """One file's lines, done up to a point, with the rest still to be matched."""

    def __init__(self, old: str) -> None:
        self.lines = split_lines(old)
        self.end = line_end(old)
        self.done: list[str] = []
        self.at = 0
        self.drift = 0
        self.unended = bool(old) and not old.endswith("\n")
        self.loose = False

    def add(self, hunk: Hunk) -> DoesNotApply | None:
        """Match one hunk after the ones before it, and put its new lines in place."""
        for part, same in _looser(hunk):
            places = list(self._places(part, same))
            if len(places) > 1:
                numbers = " and ".join(str(place + 1) for place in places[:2])
                return DoesNotApply(
                    f"fits equally well at lines {numbers}.",
                    "Give it more context lines, or the right line number.",
                )
            if places:
                self._put(part, places[0], exact=same is _exact)
                return None
        return self._absent(hunk)

    def _places(self, hunk: Hunk, same: _Same) -> Iterator[int]:
        """The nearest places that fit: two if they are equally near, all if no line is given."""
        wanted = [(mark, line) for mark, line in hunk.lines if mark != "+"]
        last = len(self.lines) - len(wanted)
        if hunk.start is None:
            yield from (at for at in range(self.at, last + 1) if self._fits(at, wanted, same))
            return
        expected = hunk.start - 1 + self.drift
        for offset in range(DRIFT + 1):
            around = sorted({expected - offset, expected + offset})
            near = [at for at in around if self.at <= at <= last and self._fits(at, wanted, same)]
            if near:
                yield from near
                return

    def _fits(self, at: int, wanted: Sequence[tuple[str, str]], same: _Same) -> bool:
        return all(
            same(mark, line, self.lines[at + ahead]) for ahead, (mark, line) in enumerate(wanted)
        )

    def _put(self, hunk: Hunk, at: int, *, exact: bool) -> None:
        self.done += self.lines[self.at : at]
        if hunk.start is not None:
            self.drift = at - (hunk.start - 1)
        self.loose = self.loose or not exact
        for mark, line in hunk.lines:
            if mark == "+":
                self.done.append(line if exact or self.end is None else self._ended(line))
                continue
            if mark == " ":
                self.done.append(self.lines[at])
            at += 1
        self.at = at

    def _ended(self, line: str) -> str:
        return line.rstrip("\r\n") + (self.end or "\n")

    def text(self) -> str:
        """The file with all hunks in place."""
        whole = [*self.done, *self.lines[self.at :]]
        if not self.loose:
            return "".join(whole)
        end = self.end or "\n"
        body = "".join(line if line.endswith("\n") else line + end for line in whole)
        return body.rstrip("\r\n") if self.unended else body

    def _absent(self, hunk: Hunk) -> DoesNotApply:
        near = nearest(self.lines, hunk.old)
        if near is None:
            return DoesNotApply(
                "does not fit: nothing like its lines is in the file.",
                "Read the file again, and make the diff against it as it stands.",
            )
        expected = None if hunk.start is None else hunk.start + self.drift
        far = expected is not None and abs(near.line - expected) > DRIFT
        if near.has == near.wanted and (far or near.line <= self.at):
            return DoesNotApply(
                f"stands at line {near.line}, more than {DRIFT} lines away or before another hunk.",
                "Correct its line number, and give the hunks in the order of the file.",
            )
        return DoesNotApply(
            f"does not fit. The nearest place is line {near.line}; the first difference is at "
            f"line {near.differs_at}, which reads `{shown(near.has)}` where the hunk has "
            f"`{shown(near.wanted)}`.{difference(near.has, near.wanted)}",
            "Make the diff against the file as it stands; lines to remove must match it exactly.",
        )


def _looser(hunk: Hunk) -> Iterator[tuple[Hunk, _Same]]:
    """A hunk as it is, then with less and less asked of the lines around what it removes."""
    for same in (_exact, _but_for_ends, _but_for_blanks):
        yield hunk, same
    for fuzz in range(1, FUZZ + 1):
        if (part := _without_edges(hunk, fuzz)) is not None:
            yield part, _but_for_ends


def _without_edges(hunk: Hunk, fuzz: int) -> Hunk | None:
    """A hunk without so many of the context lines at either end, as patch(1) does it.

    ``None`` where nothing would be removed: then what is left would fit in too many places.
    """
    marks = [mark for mark, _ in hunk.lines]
    if "-" not in marks:
        return None
    first = min(fuzz, next(at for at, mark in enumerate(marks) if mark != " "))
    last = min(fuzz, next(at for at, mark in enumerate(reversed(marks)) if mark != " "))
    start = None if hunk.start is None else hunk.start + first
    return replace(hunk, start=start, lines=hunk.lines[first : len(marks) - last])


def _exact(_mark: str, wanted: str, has: str) -> bool:
    return wanted == has


def _but_for_ends(_mark: str, wanted: str, has: str) -> bool:
    return wanted.rstrip("\r\n") == has.rstrip("\r\n")


def _but_for_blanks(mark: str, wanted: str, has: str) -> bool:
    if mark == "-":
        return _but_for_ends(mark, wanted, has)
    return wanted.split() == has.split()
