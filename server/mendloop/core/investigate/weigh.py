"""Weigh the first guess at the layer against what stands around the failures."""

from datetime import timedelta
from typing import Final

from mendloop.core.investigate.layer import MOST
from mendloop.model.diagnosis import Around, ChangeBefore, Layer, NewShape
from mendloop.model.incident import Incident, IncidentKind
from mendloop.model.spans import spell

_NEARLY_ALL: Final = 0.9
_SOON: Final = 24 * 3600.0
_FROM_RECORD: Final = 0.5
_OPEN: Final = frozenset({Layer.CODE, Layer.INPUT, Layer.UNKNOWN})
"""Layers that the errors themselves do not settle."""


def weighed(
    first: tuple[Layer, float, str], around: Around, incident: Incident | None
) -> tuple[Layer, float, str]:
    """The layer, how sure, and why, with all that is known.

    Args:
        first: What the errors and the replay alone say.
        around: What stands around the failures.
        incident: What brought it up.
    """
    layer, confidence, why = first
    if incident is not None and incident.finding.kind is IncidentKind.CORRELATED:
        number = len(incident.finding.targets)
        place = incident.finding.key.partition(" ")[2]
        where = f" in {place}" if place else ""
        return Layer.SEVERAL, 0.8, f"{number} targets fail together{where}. {why}"
    shape, change = _only_new(around), _near(around)
    if shape is not None:
        why = f"{why} {shape.place} is {shape.shape} since it began, and was in no call before."
    if change is not None:
        why = f"{why} Before it began: {_told(change)}."
        return *_with_change(layer, confidence, change), why
    if shape is not None and layer in _OPEN and _other_type(shape, around):
        share = shape.failing / max(1, around.failing)
        return Layer.INPUT, max(confidence, min(MOST, 0.8 * share)), why
    return layer, confidence, why


def _with_change(layer: Layer, confidence: float, change: ChangeBefore) -> tuple[Layer, float]:
    """The layer where something changed shortly before."""
    if layer is Layer.INPUT or layer not in _OPEN | {Layer.ENVIRONMENT}:
        return layer, confidence
    if change.what == "dependencies":
        return Layer.DEPENDENCY, max(0.5, min(confidence, 0.6))
    if layer is Layer.ENVIRONMENT:
        return layer, confidence
    return Layer.CODE, min(MOST, confidence + 0.1)


def _other_type(shape: NewShape, around: Around) -> bool:
    """Whether the arguments have another type there, and not only another value."""
    return any(one.place == shape.place for one in around.types)


def _near(around: Around) -> ChangeBefore | None:
    """The newest change within a day before it began; the code's before what it depends on."""
    near = [one for one in around.changes if 0 <= one.seconds_before <= _SOON]
    order = {"deployment": 0, "version": 1, "commit": 2, "dependencies": 3}
    return min(
        near,
        key=lambda one: (not one.at_fault, order.get(one.what, 9), one.seconds_before),
        default=None,
    )


def _only_new(around: Around) -> NewShape | None:
    """A new shape that most failing calls have, and few others; a new type comes first."""
    for one in sorted(around.shapes, key=lambda one: not _other_type(one, around)):
        mostly = one.failing >= _NEARLY_ALL * one.calls
        if mostly and one.failing >= _FROM_RECORD * max(1, around.failing):
            return one
    return None


def _told(change: ChangeBefore) -> str:
    lines = " of the lines at fault" if change.what == "commit" and change.at_fault else ""
    before = spell(timedelta(seconds=change.seconds_before))
    return f"a {change.what}{lines} {before} earlier ({change.ref[:60]})"
