"""Stage 4, without a model: think changes up, try them, and keep the best as proposals."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from mendloop.app.found import Generated, StopReason, nothing
from mendloop.app.ideas import Known, Strategy
from mendloop.app.investigate import Investigator
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Progress, silent
from mendloop.app.search import Means, Search
from mendloop.app.service import service
from mendloop.app.shared import SHARED, SharedSearch
from mendloop.app.subject import find_subject
from mendloop.errors import InvalidInput
from mendloop.model.diagnosis import Diagnosis, Layer
from mendloop.model.target import Target, TargetKind
from mendloop.store.state import State

_OUTSIDE: Final = {
    Layer.DEPENDENCY: "a dependency",
    Layer.ENVIRONMENT: "the environment",
    Layer.CONFIGURATION: "the configuration",
}
"""Where a change to a function mends nothing."""
_SURE: Final = 0.6


@service
class Generator:
    """The repair stage, without a model; the same history gives the same proposals."""

    state: State
    investigator: Investigator
    means: Means
    shared: SharedSearch
    observer: Observer = SILENT

    @observed(Act.GENERATE)
    async def generate(
        self,
        *,
        incident: str | None = None,
        target: str | None = None,
        strategy: str | None = None,
        budget: timedelta = timedelta(seconds=30),
        progress: Progress = silent,
    ) -> Generated:
        """Search for changes that mend a target.

        Args:
            incident: What to mend, or
            target: whose failures.
            strategy: ``revert``, ``tune``, ``recipes`` or ``shared``; all by default, the cheapest
                first, and ``shared`` before them where targets share a fault, or a twin of this
                one was mended and that has helped.
            budget: How long new changes are tried; a test that has begun is finished.
            progress: Told of each change tried.

        Raises:
            NotFound: There is no such incident or target.
            InvalidInput: Neither or both are named, or the strategy is unknown.
            Refused: A limit has no room for what would be found.
            Unavailable: The sandbox lacks a layer; nothing was run.
        """
        await self.means.validator.budgets.check_search()
        strategies = () if strategy == SHARED else _strategies(strategy)
        subject = await find_subject(
            self.state, self.means.workspace, incident=incident, target=target
        )
        if strategy in {None, SHARED}:
            found = await self.shared.run(subject, budget, progress)
            if found.proposals or strategy == SHARED:
                return found
        function = self._function(subject.target)
        if function is None:
            return nothing(
                subject.target.name,
                StopReason.NO_ORACLE,
                "Only functions, and constants that functions use, can be tried; propose_fix "
                "takes a change to a text.",
            )
        known = await self._known(function, progress)
        async with self.means.replayer.session() as session:
            search = Search(
                means=self.means, session=session, subject=subject, known=known, progress=progress
            )
            return _beside(await search.run(strategies, budget), known.diagnosis)

    def _function(self, target: Target) -> Target | None:
        """The function whose replay shows what a change to the target does."""
        if target.kind is TargetKind.CONSTANT:
            targets = self.means.workspace.manifest().targets
            users = [targets[name] for name in target.used_by if name in targets]
            return next((user for user in users if user.kind is TargetKind.FUNCTION), None)
        return target if target.kind is TargetKind.FUNCTION else None

    async def _known(self, target: Target, progress: Progress) -> Known:
        from mendloop.core.learn.outcomes import worth  # noqa: PLC0415  numpy loads with the work

        async with self.state.reading() as tables:
            diagnosis = await tables.diagnoses.latest(target.name)
            versions = await tables.versions.page(target.name)
            lessons = await tables.lessons.page(limit=1000)
        if diagnosis is None or diagnosis.base != self.means.workspace.digest(target.path):
            diagnosis = await self.investigator.investigate(target=target.name, progress=progress)
        return Known(
            target=target,
            diagnosis=diagnosis,
            failing=await self.means.replayer.failing(target, 200),
            versions=versions,
            worth=worth(lessons),
        )


def _beside(found: Generated, diagnosis: Diagnosis) -> Generated:
    """The same, with a warning where the code seems to be the wrong place to mend."""
    where = _OUTSIDE.get(diagnosis.layer)
    if where is None or diagnosis.confidence < _SURE:
        return found
    warning = (
        f"The fault seems to lie in {where} ({diagnosis.confidence:.0%} sure): a change to this"
        " code would only hide it. Tell a person what is broken."
    )
    return replace(found, note=f"{warning} {found.note}")


def _strategies(wanted: str | None) -> tuple[Strategy, ...]:
    if wanted is None:
        return tuple(Strategy)
    try:
        return (Strategy(wanted),)
    except ValueError:
        raise InvalidInput(
            f"Unknown strategy {wanted[:50]!r}.", hint=f"Known: {', '.join((*Strategy, SHARED))}."
        ) from None
