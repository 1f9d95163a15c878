"""Look around the failures of a target: since when, what has changed, what sets them apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import anyio.to_thread

from mendloop.app.brisk import brisk
from mendloop.app.past import Past
from mendloop.app.ports import SandboxSession, Workspace
from mendloop.app.replay import Replayer
from mendloop.app.service import service
from mendloop.app.subject import Subject
from mendloop.app.trace import Traced
from mendloop.core.investigate.changed import (
    beginning,
    in_other,
    of_commits,
    of_deployments,
    of_versions,
    ordered,
)
from mendloop.core.investigate.parting import line_of, point, side_by_side, telling, told
from mendloop.core.investigate.source import extent
from mendloop.model.diagnosis import Around, ChangeBefore, Parting, Suspect
from mendloop.model.execution import Execution, Outcome
from mendloop.model.observation import Case, NotLoaded, Raised
from mendloop.model.past import Commit
from mendloop.model.target import Target, TargetKind
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.state import State

_CALLS: Final = 2_000
_DEPLOYMENTS: Final = 50
_COMMITS: Final = 5
_SUSPECTS: Final = 5
_TELLERS: Final = 4
"""Calls of each side that are asked what they knew."""
_LISTS: Final = (
    "requirements.txt", "requirements.lock", "pyproject.toml", "uv.lock", "poetry.lock",
    "Pipfile.lock", "pdm.lock", "setup.cfg", "setup.py", "environment.yml",
)  # fmt: skip
"""Files that say what is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an investigation has seen so far."""

    subject: Subject
    source: str
    failed: Sequence[Execution]
    traced: Traced
    suspects: Sequence[Suspect]
    parting: Parting | None = None


@service
class Lookout:
    """Looks around failures."""

    state: State
    history: History
    workspace: Workspace
    past: Past

    async def around(self, scene: Scene) -> Around:
        """What stands around the failures of a target."""
        target = scene.subject.target
        rows = await self.history.recent(target.name, limit=_CALLS)
        calls = [row.execution for row in rows]
        since = _since(scene.subject)
        began = beginning(since, [one.at for one in scene.failed])
        changes, unknown = await self._changes(scene, calls, began)
        compared = await anyio.to_thread.run_sync(_compared, scene, calls, began)
        return replace(
            compared, began=began, parting=scene.parting, changes=changes, unknown=unknown
        )

    async def _changes(
        self, scene: Scene, calls: Sequence[Execution], began: datetime | None
    ) -> tuple[tuple[ChangeBefore, ...], tuple[str, ...]]:
        found: list[ChangeBefore] = []
        target = scene.subject.target
        if began is not None:
            async with self.state.reading() as tables:
                deployments = await tables.deployments.page(target=target.name, limit=_DEPLOYMENTS)
            found += of_deployments(deployments, began)
            found += of_versions(calls, began)
        lines, whole, lists, why = await anyio.to_thread.run_sync(self._committed, scene)
        found += of_commits("commit", lines, began, at_fault=True)
        at_fault = {one.id for one in lines}
        others = [one for one in whole if one.id not in at_fault]
        if began is not None:
            found += of_commits("commit", others, began, at_fault=False)
            found += of_commits("dependencies", lists, began, at_fault=False)
        return ordered(found), why

    def _committed(
        self, scene: Scene
    ) -> tuple[Sequence[Commit], Sequence[Commit], Sequence[Commit], tuple[str, ...]]:
        """The commits of the lines at fault, of the file, and of what is installed."""
        path = scene.subject.target.path
        if not self.past.known():
            return (), (), (), ("commits: the workspace is no repository that git reads",)
        whole = self.past.commits((path,), most=_COMMITS)
        lists = self.past.commits(_LISTS, most=_COMMITS)
        then = self.past.head(path)
        if then is None:
            return (), whole, lists, (f"commits: {path} was never committed",)
        wanted = _lines(scene)
        place = in_other(scene.source, then, wanted) if wanted else None
        if place is None:
            why = () if not wanted else ("commits: the lines at fault are not committed",)
            return (), whole, lists, why
        return self.past.lines(path, *place, most=_COMMITS), whole, lists, ()


async def parting_of(
    session: SandboxSession, replayer: Replayer, target: Target, source: str, traced: Traced
) -> Parting | None:
    """Where failing and passing runs part, with what a run of each side knew there."""
    found = point(source, target.selector, traced.failing, traced.passing, traced.last_lines)
    if found is None:
        return None
    parting = Parting(line=found.line, text=line_of(source, found.line), how=found.how)
    copy = telling(source, target.selector, found.line)
    if copy is None:
        return parting
    # one that hangs may be asked too: it ends where it tells what it knew, if it gets there
    ended = [one for one in traced.reproduced if one.ended is not Outcome.TIMEOUT]
    bad, good = (ended or traced.reproduced[:1])[:_TELLERS], traced.fine[:_TELLERS]
    hangs = any(one.ended is Outcome.TIMEOUT for one in bad)
    asked = brisk(session, ()) if hangs else session
    run = await asked.observe(
        replayer.program(target, {target.path: copy.encode()}),
        [Case(id=one.id, args=one.args, kwargs=one.kwargs) for one in (*bad, *good)],
        limits=replayer.limits(target),
    )
    if isinstance(run, NotLoaded):
        return parting
    known = {
        one.case: said
        for one in run
        if isinstance(one.seen, Raised) and (said := told(one.seen.fault.message))
    }
    failing = next((one for one in bad if one.id in known), None)
    passing = next((one for one in good if one.id in known), None)
    if failing is None or passing is None:
        return parting
    return replace(
        parting,
        locals=side_by_side(known[failing.id], known[passing.id]),
        failing_call=failing.id,
        passing_call=passing.id,
    )


def _compared(scene: Scene, calls: Sequence[Execution], began: datetime | None) -> Around:
    """Failing calls beside passing ones."""
    from mendloop.core.investigate.contrast import (  # noqa: PLC0415  numpy loads with the work
        looked,
        marks,
        new_shapes,
        type_differences,
    )

    every = looked(calls)
    replayed = scene.traced.reproduced and scene.traced.fine
    bad = looked(scene.traced.reproduced) if replayed else [o for o in every if _bad(o.call)]
    good = looked(scene.traced.fine) if replayed else [o for o in every if not _bad(o.call)]
    return Around(
        failing=sum(_bad(one) for one in calls),
        passing=sum(not _bad(one) for one in calls),
        types=type_differences(bad, good),
        marks=marks(every),
        shapes=new_shapes(every, began),
    )


def _bad(call: Execution) -> bool:
    return call.outcome.failed


def _since(subject: Subject) -> float | None:
    return None if subject.incident is None else subject.incident.finding.numbers.get("since")


def _lines(scene: Scene) -> list[int]:
    """The lines to ask the history about: the most suspicious ones, or the whole function."""
    if any(one.mended for one in scene.suspects):
        return [one.line for one in scene.suspects[:_SUSPECTS] if one.mended]
    if scene.suspects:
        best = scene.suspects[0].score
        return [one.line for one in scene.suspects[:_SUSPECTS] if one.score >= best]
    target = scene.subject.target
    if target.kind is not TargetKind.FUNCTION:
        return []
    within = extent(scene.source, target.selector)
    return [] if within is None else list(within)
