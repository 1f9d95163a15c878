"""Functions that were the same as another one, and whose proven change it can have too."""

from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.app.ports import Blobs, Workspace
from mendloop.app.service import service
from mendloop.core.detect.shape import shapes
from mendloop.core.investigate.source import extent
from mendloop.model.deployment import Version
from mendloop.model.lesson import Lesson, LessonOutcome
from mendloop.model.target import Manifest, Target, TargetKind
from mendloop.noun import dataclass
from mendloop.store.state import State, Tables

_LESSONS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A change to try, and where it comes from."""

    content: bytes
    told: str


@service
class Twins:
    """Finds them, by the versions that a change has helped."""

    state: State
    workspace: Workspace
    blobs: Blobs

    async def of(self, manifest: Manifest, target: Target) -> list[Twin]:
        """The proven changes of functions that were the same as this one before them."""
        if target.kind is not TargetKind.FUNCTION:
            return []
        source = self._now(target)
        mine = shapes(source, [target.selector]).get(target.selector)
        if mine is None:
            return []
        found: list[Twin] = []
        async with self.state.reading() as tables:
            lessons = await tables.lessons.page(limit=_LESSONS)
            for other in manifest.targets.values():
                if other.name == target.name or other.kind is not TargetKind.FUNCTION:
                    continue
                if (pair := await self._proven(tables, lessons, other, mine)) is not None:
                    found += _carried(target, source, other, pair)
        return found

    async def _proven(
        self, tables: Tables, lessons: Sequence[Lesson], other: Target, mine: str
    ) -> tuple[str, str] | None:
        """The text of a mended function before its proven change, and now."""
        helped = {
            one.deployment
            for one in lessons
            if one.target == other.name and one.outcome is LessonOutcome.HELPED
        }
        if not helped:
            return None
        versions = await tables.versions.page(other.name)
        now = self._now(other)
        if not versions or versions[0].deployment not in helped:
            return None
        for version in versions[1:]:
            before = self._text(version)
            if shapes(before, [other.selector]).get(other.selector) == mine:
                return _cut(before, other.selector), _cut(now, other.selector)
        return None

    def _text(self, version: Version) -> str:
        return self.blobs.get(version.digest).decode(errors="replace")

    def _now(self, target: Target) -> str:
        return self.workspace.read(target.path).decode(errors="replace")


def _carried(target: Target, source: str, other: Target, pair: tuple[str, str]) -> Iterator[Twin]:
    """The target's file with the change of its twin made."""
    from mendloop.core.repair.refusal import DoesNotApply  # noqa: PLC0415  libcst loads with it
    from mendloop.core.repair.twins import carried  # noqa: PLC0415

    within = extent(source, target.selector)
    if within is None:
        return
    own = _cut(source, target.selector)
    changed = carried(*pair, own)
    if isinstance(changed, DoesNotApply) or changed == own:
        return
    lines = source.splitlines(keepends=True)
    whole = [*lines[: within.start - 1], changed, *lines[within.stop - 1 :]]
    told = f"the change that has helped {other.name}, which was the same code"
    yield Twin(content="".join(whole).encode(), told=told)


def _cut(source: str, selector: str) -> str:
    within = extent(source, selector)
    lines = source.splitlines(keepends=True)
    return "" if within is None else "".join(lines[within.start - 1 : within.stop - 1])
