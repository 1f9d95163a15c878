"""Stage 3: find the likely cause of one incident."""

from collections.abc import Sequence
from typing import Final

from mendloop.app.actor import actor
from mendloop.app.around import Lookout, Scene, parting_of
from mendloop.app.ideas import Ideas
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Clock, Progress, SandboxSession, Workspace, silent
from mendloop.app.probe import Probe
from mendloop.app.replay import Replayer
from mendloop.app.service import service
from mendloop.app.shrink import Shrinker
from mendloop.app.subject import Subject, find_subject
from mendloop.app.trace import Traced, trace
from mendloop.core.investigate.clusters import cluster
from mendloop.core.investigate.layer import guess, input_clue
from mendloop.core.investigate.similar import rank as rank_similar
from mendloop.core.investigate.source import extent
from mendloop.core.investigate.spectrum import rank as rank_lines
from mendloop.core.investigate.weigh import weighed
from mendloop.core.record.fingerprint import BARE
from mendloop.core.stats.words import calls
from mendloop.model.diagnosis import Around, Diagnosis, Layer, Parting, SmallInput, Suspect
from mendloop.model.execution import FAILED, Execution
from mendloop.model.ids import TargetName, digest_of
from mendloop.model.target import Target, TargetKind
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.state import State

_MOST_CLUSTERS: Final = 10
_SMALLEST_OF: Final = 3
"""Clusters whose smallest input is searched for."""
_EARLIER: Final = 200
_MOST_SUSPECTS: Final = 10
_FIRST_LINES: Final = 80


@service
class Investigator:
    """The investigate stage."""

    state: State
    history: History
    workspace: Workspace
    replayer: Replayer
    lookout: Lookout
    ideas: Ideas
    clock: Clock
    failures: int
    passes: int
    observer: Observer = SILENT

    @observed(Act.INVESTIGATE)
    async def investigate(
        self,
        *,
        incident: str | None = None,
        target: str | None = None,
        progress: Progress = silent,
    ) -> Diagnosis:
        """Find out why a target fails.

        Raises:
            NotFound: There is no such incident or target.
            InvalidInput: Neither or both are named.
            Unavailable: The sandbox lacks a layer; nothing was run.
        """
        subject = await find_subject(self.state, self.workspace, incident=incident, target=target)
        rows = await self.history.recent(subject.target.name, outcomes=FAILED, limit=500)
        failed = [row.execution for row in rows]
        await progress(0, 3, "clustering the failures")
        source = self.workspace.read(subject.target.path).decode(errors="replace")
        traced, smallest, parting, suspects = await self._replayed(subject.target, source, progress)
        around = await self.lookout.around(
            Scene(
                subject=subject,
                source=source,
                failed=failed,
                traced=traced,
                suspects=suspects,
                parting=parting,
            )
        )
        await progress(3, 3, "done")
        return await self._keep(subject, source, failed, _Seen(traced, smallest, suspects, around))

    async def _replayed(
        self, target: Target, source: str, progress: Progress
    ) -> tuple[Traced, tuple[SmallInput, ...], Parting | None, tuple[Suspect, ...]]:
        if target.kind is not TargetKind.FUNCTION or not target.replayable:
            return Traced.nothing(), (), None, ()
        failing = await self.replayer.failing(target, self.failures)
        passing = await self.replayer.passing(target, self.passes)
        if not failing:
            return Traced.nothing(), (), None, ()
        async with self.replayer.session() as session:
            await progress(1, 3, "replaying failing and passing calls")
            traced = await trace(session, self.replayer, target, failing, passing)
            await progress(2, 3, "searching for the smallest failing input")
            smallest = await self._smallest(session, target, traced.reproduced)
            parting = await parting_of(session, self.replayer, target, source, traced)
            suspects = await self._suspects(session, target, source, traced)
            return traced, smallest, parting, suspects

    async def _suspects(
        self, session: SandboxSession, target: Target, source: str, traced: Traced
    ) -> tuple[Suspect, ...]:
        """The lines of the target's own file, its helpers too, by how suspicious they are."""
        if not traced.failing:
            return ()
        ranked = rank_lines(
            traced.failing,
            traced.passing,
            source,
            within=range(1, source.count("\n") + 2),
            last_frames=traced.last_lines,
        )
        probe = Probe(session=session, replayer=self.replayer, ideas=self.ideas, target=target)
        return (await probe.ordered(source, traced, ranked))[:_MOST_SUSPECTS]

    async def _smallest(
        self, session: SandboxSession, target: Target, reproduced: Sequence[Execution]
    ) -> tuple[SmallInput, ...]:
        shrinker = Shrinker(session=session, replayer=self.replayer, target=target)
        kinds = dict.fromkeys(execution.fingerprint for execution in reproduced)
        return tuple(
            [
                small
                for fingerprint in list(kinds)[:_SMALLEST_OF]
                for small in await shrinker.smallest(
                    [each for each in reproduced if each.fingerprint == fingerprint]
                )
            ]
        )

    async def _keep(
        self, subject: Subject, source: str, failed: Sequence[Execution], seen: "_Seen"
    ) -> Diagnosis:
        target = subject.target
        clusters = cluster(failed)
        first = guess(
            faults=[one.error for one in failed if one.error is not None],
            replayed=seen.traced.replayed,
            reproduced=len(seen.traced.reproduced),
            input_clue=input_clue(seen.traced.reproduced, seen.traced.fine),
            kind=target.kind,
        )
        if not failed and target.kind is TargetKind.FUNCTION:
            first = Layer.UNKNOWN, 0.0, "No call of it that fails or was labelled is on record."
        layer, confidence, why = weighed(first, seen.around, subject.incident)
        why = f"{why}{_lost(seen.traced)}"
        text, first_line = _excerpt(target, source)
        async with self.state.transaction() as tables:
            earlier = await tables.incidents.page(limit=_EARLIER)
            lessons = await tables.lessons.page(limit=_EARLIER)
            diagnosis = Diagnosis(
                target=target.name,
                incident=subject.incident.id if subject.incident else None,
                at=self.clock.now(),
                base=digest_of(self.workspace.read(target.path)),
                clusters=clusters[:_MOST_CLUSTERS],
                smallest=seen.smallest,
                suspects=seen.suspects,
                layer=layer,
                confidence=confidence,
                why=why,
                replayed=seen.traced.replayed,
                reproduced=len(seen.traced.reproduced),
                similar=rank_similar(
                    [one.fingerprint for one in clusters],
                    earlier,
                    lessons,
                    besides=subject.incident,
                    targets=_about(subject),
                    bare=BARE,
                ),
                source=text,
                first_line=first_line,
                around=seen.around,
            )
            await tables.diagnoses.put(diagnosis)
            await tables.audit.append(
                "investigated",
                {
                    "target": target.name,
                    "incident": diagnosis.incident,
                    "reproduced": diagnosis.reproduced,
                    "by": actor(),
                },
                at=diagnosis.at,
            )
        return diagnosis


@dataclass(frozen=True, slots=True)
class _Seen:
    traced: Traced
    smallest: tuple[SmallInput, ...]
    suspects: tuple[Suspect, ...]
    around: Around


def _about(subject: Subject) -> tuple[TargetName, ...]:
    """All targets that an investigation is about."""
    several = () if subject.incident is None else subject.incident.finding.targets
    return (subject.target.name, *several)


def _lost(traced: Traced) -> str:
    """That calls which went well do so no more, where that is so."""
    if not traced.lost:
        return ""
    return f" Of {calls(traced.ended)} that went well {traced.lost} come out otherwise here."


def _excerpt(target: Target, source: str) -> tuple[str, int]:
    """The text that matters, and the number of its first line."""
    lines = source.splitlines()
    within = extent(source, target.selector) if target.kind is TargetKind.FUNCTION else None
    if within is None:
        return "\n".join(lines[:_FIRST_LINES]), 1
    return "\n".join(lines[within.start - 1 : within.stop - 1]), within.start
