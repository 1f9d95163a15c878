"""Notice files of targets that somebody has changed outside the loop."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Blobs, Clock, Stamp, Workspace
from mendloop.app.service import service
from mendloop.errors import InvalidInput, NotFound, Unavailable
from mendloop.model.drift import TrackedFile
from mendloop.model.ids import Digest, TargetName
from mendloop.model.proposal import NO_FILE
from mendloop.model.target import Manifest
from mendloop.noun import dataclass
from mendloop.store.state import State, Tables

_MOST_NEW: Final = 50
"""Each is flushed to the disk, and somebody may be waiting."""
_UNSETTLED: Final = timedelta(seconds=2)
"""So soon after a change a second one might leave the same stamp, so that the bytes are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One file that a look has found otherwise than it is on record."""

    before: TrackedFile | None
    """``None`` for one that was not known yet."""
    now: TrackedFile


@service
class Warden:
    """Looks at the files. A look at one that has not changed costs one question of its stamp."""

    state: State
    workspace: Workspace
    blobs: Blobs
    clock: Clock

    async def look(
        self, only: Collection[str] | None = None, *, most_new: int = _MOST_NEW
    ) -> tuple[TrackedFile, ...]:
        """Look at every file of a declared target, and keep what has changed.

        What is met for the first time is kept as it is, so that it can be had back.

        Args:
            only: Look at these paths only.
            most_new: So many files are met for the first time; the next look meets others.

        Returns:
            All files that somebody else has changed, by path. Nothing new where ``mendloop.toml``
            cannot be read: whoever needs it says so.

        Raises:
            Unavailable: The disk or the database does not work.
        """
        found = await self.survey(only, most_new=most_new)
        sights = await anyio.to_thread.run_sync(self._kept, found) if found else ()
        if sights:
            async with self.state.transaction() as tables:
                under_way = {
                    file.path
                    for deployment in await tables.deployments.unfinished()
                    for file in deployment.files
                }
                for sight in sights:
                    # half of a deployment of our own is nobody's edit
                    if sight.now.path not in under_way:
                        await self._keep(tables, sight)
        async with self.state.reading() as tables:
            return await tables.files.drifted()

    async def survey(
        self, only: Collection[str] | None = None, *, most_new: int | None = None
    ) -> tuple[Sight, ...]:
        """What a look would find, and keep nothing of it."""
        try:
            manifest = await anyio.to_thread.run_sync(self.workspace.manifest)
        except InvalidInput:
            return ()  # said wherever the manifest is needed; nobody knows what to look at
        declared = declared_in(manifest)
        wanted = {path: declared[path] for path in declared if only is None or path in only}
        async with self.state.reading() as tables:
            rows = await (tables.files.all() if only is None else tables.files.among(wanted))
        known = {file.path: file for file in rows}
        return await anyio.to_thread.run_sync(self._see, wanted, known, most_new)

    def _see(
        self,
        declared: Mapping[str, Mapping[TargetName, str]],
        known: Mapping[str, TrackedFile],
        most_new: int | None,
    ) -> tuple[Sight, ...]:
        now = self.clock.now()
        new = (path for path in declared if path not in known and self._stamp(path) is not None)
        paths = (*(path for path in declared if path in known), *islice(new, most_new))
        sights = (self._perhaps(path, known.get(path), now) for path in paths)
        found = (
            replace(sight, now=replace(sight.now, targets=declared[sight.now.path]))
            for sight in sights
            if sight is not None
        )
        return tuple(sight for sight in found if sight.now != sight.before)

    def _perhaps(self, path: str, before: TrackedFile | None, now: datetime) -> Sight | None:
        try:
            return self._one(path, before, now)
        except Unavailable:
            return None  # a file that cannot be read says nothing; the next look may

    def _one(self, path: str, before: TrackedFile | None, now: datetime) -> Sight | None:
        stamp = self._stamp(path)
        text = "" if stamp is None or now - stamp.changed < _UNSETTLED else stamp.text
        if before is None:
            held = self._digest(path)
            # what was never there is not missed
            return (
                None if held == NO_FILE else Sight(before=None, now=_first(path, held, text, now))
            )
        if text and text == before.stamp:
            return Sight(before=before, now=before)
        return Sight(before=before, now=_later(before, self._digest(path), text, now))

    def _stamp(self, path: str) -> Stamp | None:
        try:
            return self.workspace.stamp(path)
        except (InvalidInput, Unavailable):
            return None  # so it is read, which says what is the matter

    def _digest(self, path: str) -> Digest:
        """What a file holds; a folder or a device in its place is no file."""
        try:
            return self.workspace.digest(path) or NO_FILE
        except InvalidInput:
            return NO_FILE

    def _kept(self, sights: Collection[Sight]) -> tuple[Sight, ...]:
        """Those whose bytes can be had back, or need not be."""
        return tuple(sight for sight in sights if sight.before is not None or self._put(sight.now))

    def _put(self, file: TrackedFile) -> bool:
        try:
            return self.blobs.put(self.workspace.read(file.path)) == file.expected
        except (InvalidInput, NotFound):
            return False  # changed or gone meanwhile: the next look sees it

    async def _keep(self, tables: Tables, sight: Sight) -> None:
        before, now = sight.before, sight.now
        if before is None:
            version = await tables.versions.latest_on(now.path)
            if version is not None:
                now = _known_before(now, version.digest, version.at)
            await tables.files.add(now)
        elif not await tables.files.seen(before, now):
            return  # somebody was quicker; the next look sees what has become of it
        if now.drifted != (before is not None and before.drifted):
            await tables.audit.append(
                "drift_noticed" if now.drifted else "drift_ended",
                {
                    "target": next(iter(now.targets), None),
                    "path": now.path,
                    "expected": now.expected,
                    "held": now.held,
                },
                at=self.clock.now(),
            )


def declared_in(manifest: Manifest) -> dict[str, dict[TargetName, str]]:
    """The targets of each file, with what they select in it."""
    found: dict[str, dict[TargetName, str]] = {}
    for target in sorted(manifest.targets.values(), key=lambda each: (each.path, each.name)):
        found.setdefault(target.path, {})[target.name] = target.selector
    return found


def _first(path: str, held: Digest, stamp: str, now: datetime) -> TrackedFile:
    return TrackedFile(
        path=path,
        targets={},
        expected=held,
        held=held,
        stamp=stamp,
        ours_from=now,
        ours_until=now,
    )


def _known_before(file: TrackedFile, expected: Digest, at: datetime) -> TrackedFile:
    """One whose versions are on record, though nobody has looked at the file until now."""
    noticed = None if file.held == expected else file.ours_from
    return replace(file, expected=expected, ours_from=at, ours_until=at, noticed=noticed)


def _later(before: TrackedFile, held: Digest, stamp: str, now: datetime) -> TrackedFile:
    found = replace(before, held=held, stamp=stamp)
    if found.drifted and not before.drifted:
        return replace(found, noticed=now)
    if before.drifted and not found.drifted:
        return replace(found, noticed=None, ours_from=now)
    return found
