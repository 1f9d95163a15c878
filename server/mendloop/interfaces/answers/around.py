"""What stands around the failures of a target, in lines, and whole."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from mendloop.interfaces.answers.text import clean
from mendloop.model.diagnosis import Around, ChangeBefore, Diagnosis, Local, Mark, Parting, Suspect
from mendloop.model.spans import spell

_NAME: Final = 80
_LOCALS: Final = 4
_EDITED: Final = 2
"""Lines of which it is told that an edit mends calls."""


def evidence(found: Diagnosis, most: int) -> list[str]:
    """The evidence beside clusters, inputs and lines, what says most first.

    Args:
        found: The diagnosis.
        most: Characters of a line; values are cut before that.
    """
    return [clean(line, most) for line in _lines(found, most)]


def around_document(around: Around) -> dict[str, Any]:
    """All of it, as JSON values."""
    parting = around.parting
    return {
        "began": None if around.began is None else around.began.isoformat(),
        "compared": {"failing": around.failing, "passing": around.passing},
        "recorded_types": [asdict(each) for each in around.types],
        "recorded_parting": None if parting is None else asdict(parting),
        "recorded_marks": [asdict(each) for each in around.marks],
        "recorded_new_shapes": [
            {**asdict(each), "first": each.first.isoformat()} for each in around.shapes
        ],
        "recorded_changes": [
            {**asdict(each), "at": each.at.isoformat()} for each in around.changes
        ],
        "not_known": list(around.unknown),
    }


def _lines(found: Diagnosis, most: int) -> Iterator[str]:
    around = found.around
    if found.reproduced == 0 and found.clusters:
        made = f"{found.replayed} calls made again" if found.replayed else "no call made again"
        yield f"NOT REPRODUCED: {made}; all else is from the record alone"
    if around.began is not None:
        yield f"began {around.began:%Y-%m-%d %H:%M} UTC"
    if around.parting is not None:
        yield _parting(around.parting, most)
    yield from (_edit(each) for each in found.suspects[:_EDITED] if each.mended)
    yield from (_change(each) for each in around.changes)
    for each in around.types:
        place = clean(each.place, _NAME)
        yield f"types: {place} is {each.failing} in failing calls, {each.passing} in passing ones"
    yield from (_mark(each, around) for each in around.marks)
    for shape in around.shapes:
        place = clean(shape.place, _NAME)
        yield f"new since: {place} is {shape.shape}, {shape.failing} of {shape.calls} such fail"
    yield from (f"not known: {each}" for each in around.unknown)


def _edit(suspect: Suspect) -> str:
    mends = f"{suspect.mended} failing call{'' if suspect.mended == 1 else 's'}"
    return f"tried: an edit of line {suspect.line} mends {mends}"


def _parting(parting: Parting, most: int) -> str:
    known = ", ".join(_local(each) for each in parting.locals[:_LOCALS])
    text = clean(parting.text, max(20, most // 4))
    said = f"parts at line {parting.line} `{text}`: {parting.how}"
    return f"{said}; there {known}" if known else said


def _local(local: Local) -> str:
    name = clean(local.name, _NAME)
    failing, passing = local.failing or "unbound", local.passing or "unbound"
    if failing == passing:
        return f"{name} = {failing} in both"
    return f"{name} = {failing} (passing: {passing})"


def _change(change: ChangeBefore) -> str:
    lines = " of the lines at fault" if change.what == "commit" and change.at_fault else ""
    ref = f" [{clean(change.ref, _NAME)}]" if change.ref else ""
    return f"{change.what}{lines}, {_when(change.seconds_before)}{ref}: {change.told}"


def _mark(mark: Mark, around: Around) -> str:
    name = clean(mark.attribute, _NAME)
    value = mark.value if mark.value.startswith(("is ", "= ")) else f"= {mark.value}"
    rest = around.failing + around.passing - mark.calls
    others = around.failing - mark.failing
    return (
        f"sets apart: {name} {clean(value, _NAME)}: {mark.failing} of {mark.calls} fail,"
        f" elsewhere {others} of {rest} (p {mark.p:.1g})"
    )


def _when(seconds: float) -> str:
    side = "before" if seconds >= 0 else "after"
    return f"{spell(timedelta(seconds=abs(seconds)))} {side} it began"
