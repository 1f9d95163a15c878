"""Lessons: what came of every fix."""

from collections.abc import Collection
from typing import Final

from mendloop.model.ids import DeploymentId, TargetName
from mendloop.model.lesson import Lesson, LessonOutcome
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_json,
    get_real,
    get_text,
    get_time,
    put_json,
    put_text,
    put_time,
)
from mendloop.store.sqlite import Row, Statements

_SELECT: Final = (
    "SELECT deployment, target, fingerprints, origin, outcome, rate_before, rate_after, at"
    " FROM lessons"
)
_ABOUT_ANY: Final = (
    "SELECT lesson FROM lesson_fingerprints WHERE fingerprint IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class Lessons:
    """The table of lessons, and that of the kinds of failure that they are about."""

    statements: Statements

    async def add(self, lesson: Lesson) -> None:
        """Keep one more."""
        rows = await self.statements.fetch(
            "INSERT INTO lessons (deployment, target, fingerprints, origin, outcome, rate_before,"
            " rate_after, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq",
            put_text(lesson.deployment),
            put_text(lesson.target),
            put_json(lesson.fingerprints),
            put_text(lesson.origin),
            lesson.outcome.value,
            lesson.before,
            lesson.after,
            put_time(lesson.at),
        )
        await self.statements.many(
            "INSERT INTO lesson_fingerprints (fingerprint, lesson) VALUES (?, ?)",
            [(put_text(kind), rows[0][0]) for kind in sorted(set(lesson.fingerprints))],
        )

    async def page(self, *, limit: int) -> tuple[Lesson, ...]:
        """The newest first."""
        rows = await self.statements.fetch(f"{_SELECT} ORDER BY seq DESC LIMIT ?", limit)
        return tuple(_lesson(row) for row in rows)

    async def for_fingerprints(self, fingerprints: Collection[str]) -> tuple[Lesson, ...]:
        """Those about any of these kinds of failure, the newest first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE seq IN ({_ABOUT_ANY}) ORDER BY seq DESC",
            put_json([put_text(fingerprint) for fingerprint in fingerprints]),
        )
        return tuple(_lesson(row) for row in rows)


def _lesson(row: Row) -> Lesson:
    deployment, target, fingerprints, origin, outcome, before, after, at = row
    return Lesson(
        deployment=DeploymentId(get_text(deployment)),
        target=TargetName(get_text(target)),
        fingerprints=tuple(get_json(fingerprints)),
        origin=get_text(origin),
        outcome=LessonOutcome(outcome),
        before=get_real(before),
        after=get_real(after),
        at=get_time(at),
    )
