"""Files of targets: what is expected of each, and what the last look found."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from mendloop.model.drift import TrackedFile
from mendloop.model.ids import Digest, TargetName
from mendloop.model.proposal import FileChange
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_json,
    get_text,
    get_time,
    put_json,
    put_text,
    put_time,
)
from mendloop.store.sqlite import Parameter, Row, Statements

_SELECT: Final = (
    "SELECT files.path, targets, expected, held, stamp, ours_from, ours_until, noticed FROM files"
)
_INSERT: Final = (
    "INSERT INTO files (path, targets, expected, held, stamp, ours_from, ours_until, noticed)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
# a break that was noticed ends here; where there was none, none is made
_OURS: Final = (
    " ON CONFLICT (path) DO UPDATE SET expected = excluded.expected, held = excluded.held,"
    " stamp = '', ours_until = excluded.ours_until, noticed = NULL,"
    " ours_from = CASE WHEN held <> expected THEN excluded.ours_from ELSE ours_from END"
)


@dataclass(frozen=True, slots=True)
class Files:
    """The table of files."""

    statements: Statements

    async def all(self) -> tuple[TrackedFile, ...]:
        """Every file, by path."""
        rows = await self.statements.fetch(f"{_SELECT} ORDER BY files.path")
        return tuple(_file(row) for row in rows)

    async def among(self, paths: Collection[str]) -> tuple[TrackedFile, ...]:
        """Those of a few paths that are known."""
        found: list[TrackedFile] = []
        for path in sorted(set(paths)):
            rows = await self.statements.fetch(f"{_SELECT} WHERE files.path = ?", put_text(path))
            found += map(_file, rows)
        return tuple(found)

    async def drifted(self) -> tuple[TrackedFile, ...]:
        """Those of declared targets that somebody else has changed, by path."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE held <> expected AND targets <> '{{}}' ORDER BY files.path"
        )
        return tuple(_file(row) for row in rows)

    async def of(self, target: TargetName) -> TrackedFile | None:
        """The one in which a target is declared, where it is known."""
        row = await self.statements.first(
            f"{_SELECT}, json_each(targets) AS one WHERE one.key = ?", put_text(target)
        )
        return None if row is None else _file(row)

    async def add(self, file: TrackedFile) -> None:
        """Know one more; one that is known stays as it is."""
        await self.statements.fetch(f"{_INSERT} ON CONFLICT (path) DO NOTHING", *_row(file))

    async def seen(self, before: TrackedFile, now: TrackedFile) -> bool:
        """Keep what a look has found, unless somebody has been quicker.

        Returns:
            Whether it was kept.
        """
        rows = await self.statements.fetch(
            "UPDATE files SET targets = ?, held = ?, stamp = ?, ours_from = ?, noticed = ?"
            " WHERE path = ? AND expected = ? AND held = ? RETURNING 1",
            _targets(now),
            now.held,
            now.stamp,
            put_time(now.ours_from),
            None if now.noticed is None else put_time(now.noticed),
            put_text(now.path),
            before.expected,
            before.held,
        )
        return bool(rows)

    async def wrote(self, files: Sequence[FileChange], *, at: datetime) -> None:
        """Expect what a deployment has put in place."""
        for file in files:
            await self.accept(file.path, file.new, at=at)

    async def accept(self, path: str, digest: Digest, *, at: datetime) -> None:
        """Expect what is there now."""
        when = put_time(at)
        await self.statements.fetch(
            _INSERT + _OURS, put_text(path), "{}", digest, digest, "", when, when, None
        )

    async def sure(self, paths: Collection[str], *, at: datetime) -> None:
        """Note that some files held at a time what is expected of them."""
        await self.statements.many(
            "UPDATE files SET ours_until = ?1 WHERE path = ?2 AND held = expected"
            " AND ours_until < ?1",
            [(put_time(at), put_text(path)) for path in paths],
        )

    async def forget(self, path: str) -> None:
        """Know no more of a file in which nothing is declared."""
        await self.statements.fetch("DELETE FROM files WHERE path = ?", put_text(path))


def _targets(file: TrackedFile) -> str:
    return put_json({put_text(name): selector for name, selector in file.targets.items()})


def _row(file: TrackedFile) -> tuple[Parameter, ...]:
    return (
        put_text(file.path),
        _targets(file),
        file.expected,
        file.held,
        file.stamp,
        put_time(file.ours_from),
        put_time(file.ours_until),
        None if file.noticed is None else put_time(file.noticed),
    )


def _file(row: Row) -> TrackedFile:
    path, targets, expected, held, stamp, ours_from, ours_until, noticed = row
    return TrackedFile(
        path=get_text(path),
        targets={
            TargetName(get_text(name)): selector for name, selector in get_json(targets).items()
        },
        expected=Digest(expected),
        held=Digest(held),
        stamp=stamp,
        ours_from=get_time(ours_from),
        ours_until=get_time(ours_until),
        noticed=None if noticed is None else get_time(noticed),
    )
