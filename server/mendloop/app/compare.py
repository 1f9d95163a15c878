"""Lay the proposals for one incident side by side: what was found of each, and how each behaves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from mendloop.app.affected import affected
from mendloop.app.attempts import Attempt, attempts
from mendloop.app.ports import Blobs, Progress, SandboxSession, Workspace, silent
from mendloop.app.replay import Replayer
from mendloop.app.service import service
from mendloop.model.ids import IncidentId, ProposalId
from mendloop.model.incident import Incident
from mendloop.model.observation import NotLoaded, NotRun, Returned, Seen
from mendloop.model.proposal import NO_FILE, Proposal
from mendloop.model.target import Target
from mendloop.model.value import call_text, canonical
from mendloop.noun import dataclass
from mendloop.store.state import State

_CALLS: Final = 80
_NEAR: Final = 60
_SEED: Final = 7
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An input on which clusters answer differently. All texts are untrusted."""

    call: str
    answers: tuple[tuple[int, str], ...]
    """What each cluster answers, by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The proposals for one incident, newest first."""

    incident: Incident
    attempts: tuple[Attempt, ...]
    inputs: int = 0
    """How many inputs they were tried on."""
    telling: Telling | None = None
    """The shortest input that tells most clusters apart."""


@service
class Comparer:
    """Compares proposals."""

    state: State
    workspace: Workspace
    blobs: Blobs
    replayer: Replayer

    async def compare(self, incident: str, *, progress: Progress = silent) -> Comparison:
        """Read all proposals for an incident, and run those that still apply on the same inputs.

        Args:
            incident: Its id.
            progress: Told of each proposal that is run.

        Raises:
            NotFound: There is no such incident.
            Unavailable: The sandbox lacks a layer; nothing was run.
        """
        async with self.state.reading() as tables:
            found = await tables.incidents.get(IncidentId(incident))
            every = await attempts(tables, found)
        every = tuple(replace(one, stale=self._stale(one.proposal)) for one in every)
        runnable = [one for one in every if not one.stale and self._function(one.proposal)]
        comparison = Comparison(incident=found, attempts=every)
        if not runnable:
            return comparison
        async with self.replayer.session() as session:
            return await self._run(session, comparison, runnable, progress)

    def _stale(self, proposal: Proposal) -> bool:
        return any(self.workspace.digest(file.path) != file.old for file in proposal.files)

    def _function(self, proposal: Proposal) -> Target | None:
        """The function whose calls show what a proposal does."""
        meant = affected(self.workspace.manifest(), proposal).meant
        return next((one for one in meant if one.replayable), None)

    async def _run(
        self,
        session: SandboxSession,
        comparison: Comparison,
        runnable: Sequence[Attempt],
        progress: Progress,
    ) -> Comparison:
        """Those of one function, the newest one's, on the same inputs."""
        from mendloop.core.validate.perturb import perturbed  # noqa: PLC0415  loads with the work

        target = self._function(runnable[0].proposal)
        if target is None:
            return comparison
        cases = await self.replayer.cases(target, most=_CALLS, modes=("replay", "synthetic"))
        inputs = [one.case for one in (*cases, *perturbed(cases, seed=_SEED, most=_NEAR))]
        answers: dict[ProposalId, tuple[str, ...]] = {}
        for number, one in enumerate(runnable):
            await progress(number, len(runnable), f"running {one.proposal.id}")
            if self._function(one.proposal) != target:
                continue
            run = await session.observe(
                self.replayer.program(target, self._overlay(one.proposal)),
                inputs,
                limits=self.replayer.limits(target),
            )
            loaded = () if isinstance(run, NotLoaded) else run
            answers[one.proposal.id] = tuple(_text(each.seen) for each in loaded)
        texts = [call_text(each.args, each.kwargs) for each in inputs]
        return _clustered(comparison, answers, texts)

    def _overlay(self, proposal: Proposal) -> Mapping[str, bytes]:
        return {
            file.path: self.blobs.get(file.new) for file in proposal.files if file.new != NO_FILE
        }


def _clustered(
    comparison: Comparison, answers: Mapping[ProposalId, tuple[str, ...]], calls: Sequence[str]
) -> Comparison:
    """Give those that answer alike one number, the newest first."""
    numbers: dict[tuple[str, ...], int] = {}
    for given in answers.values():
        numbers.setdefault(given, len(numbers) + 1)
    marked = tuple(
        replace(one, cluster=numbers[answers[one.proposal.id]])
        if one.proposal.id in answers
        else one
        for one in comparison.attempts
    )
    return replace(comparison, attempts=marked, inputs=len(calls), telling=_telling(numbers, calls))


def _telling(numbers: Mapping[tuple[str, ...], int], calls: Sequence[str]) -> Telling | None:
    """The input with the most different answers, of equals the shortest."""
    complete = {given: number for given, number in numbers.items() if len(given) == len(calls)}
    places = range(len(calls))
    best = max(
        places,
        key=lambda place: (len({given[place] for given in complete}), -len(calls[place])),
        default=None,
    )
    if best is None or len({given[best] for given in complete}) <= 1:
        return None
    return Telling(
        call=calls[best],
        answers=tuple((number, given[best][:_LONGEST]) for given, number in complete.items()),
    )


def _text(seen: Seen) -> str:
    match seen:
        case Returned(value):
            return canonical(value)
        case NotRun():
            return "not run"
        case _:
            fault = getattr(seen, "fault", None)
            return type(seen).__name__ if fault is None else f"raised {fault.type}"
