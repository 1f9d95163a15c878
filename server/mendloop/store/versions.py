"""Versions: every content that a target's file has had."""

from datetime import datetime
from typing import Final

from mendloop.errors import NotFound
from mendloop.model.deployment import Version
from mendloop.model.ids import DeploymentId, Digest, TargetName
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_optional,
    get_text,
    get_time,
    put_bound,
    put_optional,
    put_text,
    put_time,
)
from mendloop.store.sqlite import Row, Statements

_SELECT: Final = (
    "SELECT number, target, path, digest, parent, deployment, at, author, report, selector"
    " FROM versions"
)


@dataclass(frozen=True, slots=True)
class Versions:
    """The table of versions."""

    statements: Statements

    async def add(self, version: Version) -> None:
        """Keep one more; its number must be new for its target."""
        await self.statements.fetch(
            "INSERT INTO versions (number, target, path, digest, parent, deployment, at, author,"
            " report, selector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            version.number,
            put_text(version.target),
            put_text(version.path),
            put_text(version.digest),
            version.parent,
            put_optional(version.deployment),
            put_time(version.at),
            put_text(version.by),
            version.report or "",
            put_text(version.selector),
        )

    async def page(self, target: TargetName) -> tuple[Version, ...]:
        """All of a target, the newest first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE target = ? ORDER BY number DESC", put_text(target)
        )
        return tuple(_version(row) for row in rows)

    async def current(self, target: TargetName) -> Version | None:
        """The newest, if the loop has ever changed the target."""
        row = await self.statements.first(
            f"{_SELECT} WHERE target = ? ORDER BY number DESC LIMIT 1", put_text(target)
        )
        return None if row is None else _version(row)

    async def latest_on(self, path: str) -> Version | None:
        """The newest of any target in a file."""
        row = await self.statements.first(
            f"{_SELECT} WHERE path = ? ORDER BY at DESC, number DESC LIMIT 1", put_text(path)
        )
        return None if row is None else _version(row)

    async def names(self) -> tuple[TargetName, ...]:
        """Every target that has any, by name."""
        rows = await self.statements.fetch("SELECT DISTINCT target FROM versions ORDER BY target")
        return tuple(TargetName(get_text(row[0])) for row in rows)

    async def adopted(self, *, by: str, since: datetime) -> dict[TargetName, datetime]:
        """When each target was last given a version by an author, since a time."""
        rows = await self.statements.fetch(
            "SELECT target, max(at) FROM versions WHERE author = ? AND at >= ? GROUP BY target",
            put_text(by),
            put_time(since),
        )
        return {TargetName(get_text(target)): get_time(at) for target, at in rows}

    async def get(self, target: TargetName, number: int) -> Version:
        """The one with this number.

        Raises:
            NotFound: There is none.
        """
        row = await self.statements.first(
            f"{_SELECT} WHERE target = ? AND number = ?", put_text(target), put_bound(number)
        )
        if row is None:
            raise NotFound(
                f"{target} has no version {number}.", hint="List its versions for their numbers."
            )
        return _version(row)


def _version(row: Row) -> Version:
    number, target, path, digest, parent, deployment, at, author, report, selector = row
    made_by = get_optional(deployment)
    return Version(
        number=number,
        target=TargetName(get_text(target)),
        path=get_text(path),
        digest=Digest(get_text(digest)),
        parent=parent,
        deployment=None if made_by is None else DeploymentId(made_by),
        at=get_time(at),
        by=get_text(author),
        report=Digest(report) if report else None,
        selector=get_text(selector),
    )
