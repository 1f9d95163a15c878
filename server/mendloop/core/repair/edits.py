"""Exact search and replace, as an agent asks for it."""

from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.core.repair.lines import BOM, line_end, nearest, shown, split_lines
from mendloop.core.repair.refusal import DoesNotApply
from mendloop.core.repair.unlike import difference
from mendloop.noun import dataclass

MOST_EDITS: Final = 100
_MOST_PLACES: Final = 5


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the one occurrence of `old` by `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    start: int
    stop: int
    new: str


def apply_edits(old: str, edits: Sequence[Edit]) -> str | DoesNotApply:
    """Make the edits one after the other, each in the text that the earlier ones left.

    `old` of an edit must occur exactly once. Where it occurs nowhere, it is looked for again as
    whole lines without regard to trailing blanks and to an indentation that is off by the same
    amount on every line. A byte order mark and the file's line ends are kept.
    """
    if not edits:
        return DoesNotApply("There are no edits.", "Send at least one edit with `old` and `new`.")
    if len(edits) > MOST_EDITS:
        return DoesNotApply(
            f"There are {len(edits)} edits; {MOST_EDITS} are the most.",
            "Send the whole new file in `files` instead.",
        )
    bom = BOM if old.startswith(BOM) else ""
    text = old.removeprefix(BOM)
    for number, edit in enumerate(edits, 1):
        name = f"Edit {number} of {len(edits)}" if len(edits) > 1 else "The edit"
        after = _apply(text, edit, name)
        if isinstance(after, DoesNotApply):
            return _overtaken(old, text, edit, name) or after
        text = after
    return bom + text


def _overtaken(first: str, text: str, edit: Edit, name: str) -> DoesNotApply | None:
    """That an earlier edit has changed what this one looks for, where that is so."""
    wanted = _in_style(edit.old, text)
    if not wanted or _matches(text, wanted, "") or not _matches(first, wanted, ""):
        return None
    return DoesNotApply(
        f"{name}: `old` stood in the file, and an earlier edit of this change has changed it.",
        "Each edit works on what those before it have left: join the two, or leave one out.",
    )


def _apply(text: str, edit: Edit, name: str) -> str | DoesNotApply:
    old, new = _in_style(edit.old, text), _in_style(edit.new, text)
    if not old:
        return _fill(text, new, name)
    if old == new:
        return DoesNotApply(
            f"{name} changes nothing: `old` and `new` are the same.",
            "Leave it out, or send the text that should stand there in `new`.",
        )
    matches = _matches(text, old, new)
    if len(matches) > 1:
        return _ambiguous(text, [match.start for match in matches], name)
    if not matches:
        return _absent(text, old, name)
    match = matches[0]
    return text[: match.start] + match.new + text[match.stop :]


def _matches(text: str, old: str, new: str) -> Sequence[_Match]:
    exact = [_Match(start=at, stop=at + len(old), new=new) for at in _occurrences(text, old)]
    return exact or list(_tolerant(text, old, new))


def _in_style(part: str, text: str) -> str:
    """A part of an edit with the line ends of the file, where the file has one kind."""
    part = part.removeprefix(BOM)
    end = line_end(text)
    return part if end is None else part.replace("\r\n", "\n").replace("\n", end)


def _fill(text: str, new: str, name: str) -> str | DoesNotApply:
    if not text:
        return new
    return DoesNotApply(
        f"{name} has an empty `old`, and the file is not empty.",
        "Put the text to be replaced in `old`; to insert, repeat the line before it in both.",
    )


def _occurrences(text: str, old: str) -> Iterator[int]:
    at = text.find(old)
    while at >= 0:
        yield at
        at = text.find(old, at + 1)


def _ambiguous(text: str, places: Sequence[int], name: str) -> DoesNotApply:
    numbers = [str(text.count("\n", 0, at) + 1) for at in places[:_MOST_PLACES]]
    more = ", ..." if len(places) > _MOST_PLACES else ""
    return DoesNotApply(
        f"{name}: `old` was found {len(places)} times, at lines {', '.join(numbers)}{more}.",
        "Add lines around it to `old`, and the same to `new`, until it occurs once.",
    )


def _absent(text: str, old: str, name: str) -> DoesNotApply:
    near = nearest(split_lines(text), split_lines(old))
    if near is None:
        return DoesNotApply(
            f"{name}: `old` was not found, nor anything like it.",
            "Read the file again: it may be another file, or the text may be gone.",
        )
    return DoesNotApply(
        f"{name}: `old` was not found. The nearest place is line {near.line}; the first difference "
        f"is at line {near.differs_at}, which reads `{shown(near.has)}` where `old` has "
        f"`{shown(near.wanted)}`.{difference(near.has, near.wanted)}",
        f"Copy the text to be replaced from the file as it stands, from line {near.line} on.",
    )


def _tolerant(text: str, old: str, new: str) -> Iterator[_Match]:
    lines = split_lines(text)
    wanted = split_lines(old)
    if not any(line.strip() for line in wanted):
        return
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    anchor = next(at for at, line in enumerate(wanted) if line.strip())
    stripped = wanted[anchor].strip()
    for at in range(len(lines) - len(wanted) + 1):
        if lines[at + anchor].strip() != stripped:
            continue
        here = lines[at : at + len(wanted)]
        shift = _shift(here[anchor], wanted[anchor])
        if shift is None or not _same(here, wanted, shift):
            continue
        moved = _moved(new, shift)
        if moved is not None:
            stop = starts[at + len(wanted)]
            yield _ending(text, starts[at], stop, old=old, new=moved)


def _ending(text: str, start: int, stop: int, *, old: str, new: str) -> _Match:
    """Leave the last line's end to the file where `old` does not speak of it, or it has none."""
    region = text[start:stop]
    if not region.endswith("\n"):
        return _Match(start=start, stop=stop, new=new.rstrip("\r\n") if old[-1:] == "\n" else new)
    if not old.endswith("\n"):
        stop -= 2 if region.endswith("\r\n") else 1
    return _Match(start=start, stop=stop, new=new)


@dataclass(frozen=True, slots=True)
class _Shift:
    """Blanks to take from the front of each line, and blanks to put there."""

    take: str
    put: str


def _shift(has: str, wanted: str) -> _Shift | None:
    inner, outer = _indent(wanted), _indent(has)
    if outer.endswith(inner):
        return _Shift("", outer[: len(outer) - len(inner)])
    if inner.endswith(outer):
        return _Shift(inner[: len(inner) - len(outer)], "")
    return None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _same(here: Sequence[str], wanted: Sequence[str], shift: _Shift) -> bool:
    for has, line in zip(here, wanted, strict=True):
        moved = _moved_line(line, shift)
        if moved is None or moved.rstrip() != has.rstrip():
            return False
    return True


def _moved_line(line: str, shift: _Shift) -> str | None:
    if not line.strip():
        return line
    if not line.startswith(shift.take):
        return None
    return shift.put + line[len(shift.take) :]


def _moved(new: str, shift: _Shift) -> str | None:
    moved = [_moved_line(line, shift) for line in split_lines(new)]
    return None if None in moved else "".join(line for line in moved if line is not None)
