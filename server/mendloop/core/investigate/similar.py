"""Finds earlier incidents of the same kind, and what came of them."""

from collections.abc import Collection, Sequence
from typing import Final

from mendloop.model.diagnosis import Similar
from mendloop.model.ids import TargetName
from mendloop.model.incident import Incident, IncidentState
from mendloop.model.lesson import Lesson, LessonOutcome

MOST: Final = 5


def rank(
    fingerprints: Collection[str],
    incidents: Sequence[Incident],
    lessons: Sequence[Lesson] = (),
    *,
    besides: Incident | None = None,
    targets: Collection[TargetName] = (),
    bare: Collection[str] = (),
) -> tuple[Similar, ...]:
    """Rank earlier incidents by how much they share with one.

    Args:
        fingerprints: The kinds of failure in question.
        incidents: Earlier ones, of any target.
        lessons: What came of the fixes for them.
        besides: The incident in question itself, which is left out.
        targets: Whose failures they are: what else is open on one of them is the same trouble,
            and no earlier one.
        bare: Kinds that name no error, as that of a time-out: unrelated targets have them, so
            they count between failures of the same target only.

    Returns:
        Those that share a kind, the most alike first: shared kinds over all kinds of either. Of
        equals the newest. Five at the most.
    """
    wanted = frozenset(fingerprints)
    named = wanted.difference(bare)
    alike = [
        (_overlap(wanted if incident.finding.target in targets else named, incident), incident)
        for incident in incidents
        if (besides is None or incident.id != besides.id)
        and not (incident.state is IncidentState.OPEN and incident.finding.target in targets)
    ]
    ordered = sorted(
        (one for one in alike if one[0] > 0.0),
        key=lambda one: (-one[0], -one[1].updated.timestamp(), one[1].id),
    )
    return tuple(
        Similar(
            incident=incident.id,
            target=incident.finding.target,
            outcome=_outcome(incident, lessons, wanted),
            fix=_fix(incident, lessons, wanted),
        )
        for _, incident in ordered[:MOST]
    )


def _overlap(wanted: frozenset[str], incident: Incident) -> float:
    """Jaccard's index of two sets of fingerprints; nothing shared where one is empty."""
    theirs = frozenset(incident.finding.fingerprints)
    return len(wanted & theirs) / len(wanted | theirs) if wanted | theirs else 0.0


def _outcome(incident: Incident, lessons: Sequence[Lesson], wanted: frozenset[str]) -> str:
    """The newest lesson of its target and kind, or how the incident stands."""
    told = _told(incident, lessons, wanted)
    if told:
        newest = max(told, key=lambda lesson: lesson.at)
        return f"{newest.origin} {newest.outcome.value.replace('_', ' ')}"
    return "still open" if incident.state is IncidentState.OPEN else "ended without a lesson"


def _fix(incident: Incident, lessons: Sequence[Lesson], wanted: frozenset[str]) -> str:
    """The newest deployment that has helped with it; empty where none has."""
    helped = [
        one for one in _told(incident, lessons, wanted) if one.outcome is LessonOutcome.HELPED
    ]
    return max(helped, key=lambda lesson: lesson.at).deployment if helped else ""


def _told(incident: Incident, lessons: Sequence[Lesson], wanted: frozenset[str]) -> list[Lesson]:
    """The lessons of its target and kind."""
    return [
        lesson
        for lesson in lessons
        if lesson.target == incident.finding.target
        and wanted & set(lesson.fingerprints) & set(incident.finding.fingerprints)
    ]
