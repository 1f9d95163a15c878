"""Gather the evidence on one change to one function: what both versions do on the same calls."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import anyio.to_thread

from mendloop.app.invariants import kept
from mendloop.app.pacing import measured
from mendloop.app.passes import Passes, steady
from mendloop.app.ports import Progress, SandboxSession
from mendloop.app.replay import Replayer, calls
from mendloop.app.smallest import smaller
from mendloop.core.validate.cases import Origin, TestCase
from mendloop.core.validate.evidence import Evidence, JudgeRule, Run
from mendloop.core.validate.measured import Pace
from mendloop.model.observation import NotLoaded, Raised, Returned
from mendloop.model.target import Target
from mendloop.noun import dataclass

MODES: Final = ("static", "unit", "replay", "synthetic", "generated", "performance")
_NEAR_MISSES: Final = 120
_KIN: Final = 90
_MADE_UP: Final = 80
_FIRST: Final = 8
"""Failing calls that a change is tried on before all others: one that hangs is known at once."""
_BAD: Final = frozenset({Origin.FAILING, Origin.WRONG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much to run."""

    most: int
    """Recorded calls."""
    solo: int
    """How many calls get a process of their own, besides all that failed."""
    modes: Collection[str]
    seed: int
    rule: JudgeRule
    failing: bool = True
    """Whether the change is meant to mend this function's failures."""
    stated: tuple[TestCase, ...] = ()
    """Calls whose answers the project's tests state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """What the changed version did."""

    runs: tuple[Run, ...]
    solo: Run = ()
    smallest: TestCase | None = None
    pace: Pace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calls:
    """All calls that both versions are tried on, and what the current one did."""

    cases: tuple[TestCase, ...]
    near: tuple[TestCase, ...]
    made: tuple[TestCase, ...]
    base: tuple[Run, ...]
    stated: tuple[TestCase, ...]

    @property
    def every(self) -> tuple[TestCase, ...]:
        """In the order in which they are made."""
        return (*self.cases, *self.stated, *self.near, *self.made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Runs both versions. It judges nothing."""

    replayer: Replayer

    async def gather(
        self,
        session: SandboxSession,
        target: Target,
        overlay: Mapping[str, bytes],
        wanted: Wanted,
        progress: Progress,
    ) -> Evidence:
        """Run both versions on all cases twice, in another order the second time, and some alone.

        Args:
            session: A sandbox that holds the workspace as it stands.
            target: A function.
            overlay: The changed files.
            wanted: How much to run.
            progress: Told of each step.

        Raises:
            InvalidInput: The target's cases or invariants cannot be read.
        """
        recorded = await self.replayer.recorded(target) if "replay" in wanted.modes else None
        passes = Passes(session, self.replayer, target, progress)
        known = await self._current(passes, wanted)
        changed = await self._changed(passes, overlay, known, wanted)
        if changed.smallest is not None:
            found = (changed.smallest,)
            base = await _longer(passes, None, known.base, found)
            runs = await _longer(passes, overlay, changed.runs, found)
            known = replace(known, made=(*known.made, *found), base=base)
            changed = replace(changed, runs=runs)
        return Evidence(
            target=target,
            cases=known.cases,
            perturbed=known.near,
            generated=known.made,
            stated=known.stated,
            recorded=recorded,
            pace=changed.pace,
            base=known.base,
            candidate=changed.runs,
            solo=changed.solo,
            invariants=await kept(passes, calls(known.every), changed.runs[0]),
        )

    async def _current(self, passes: Passes, wanted: Wanted) -> _Calls:
        """The calls, and what the current version does on them, twice."""
        from mendloop.core.validate.kin import kin  # noqa: PLC0415  loads with the work
        from mendloop.core.validate.perturb import perturbed  # noqa: PLC0415  loads with the work

        target = passes.target
        cases = await self.replayer.cases(
            target, most=wanted.most, modes=wanted.modes, failing=wanted.failing
        )
        near: tuple[TestCase, ...] = ()
        if "generated" in wanted.modes:
            near = perturbed(cases, seed=wanted.seed, most=_NEAR_MISSES)
            source = self.replayer.workspace.read(target.path).decode(errors="replace")
            near += kin(cases, source, seed=wanted.seed, most=_KIN)
        known = _Calls(cases=cases, near=near, made=(), base=(), stated=wanted.stated)
        known = replace(known, base=await passes.base(calls(known.every)))
        if "generated" in wanted.modes and target.replayable and cases:
            return await self._with_made_up(passes, known, wanted)
        return known

    async def _with_made_up(self, passes: Passes, known: _Calls, wanted: Wanted) -> _Calls:
        """Calls that nobody has made, where the current version ends on them by itself."""
        from mendloop.core.validate.made_up import made_up  # noqa: PLC0415  loads with the work

        target = passes.target
        source = self.replayer.workspace.read(target.path).decode(errors="replace")

        def draw() -> tuple[TestCase, ...]:
            return made_up(source, target.selector, known.cases, number=wanted.seed, most=_MADE_UP)

        drawn = await anyio.to_thread.run_sync(draw)
        first = await passes.run(passes.program(), calls(drawn))
        if isinstance(first, NotLoaded) or not drawn:
            return known
        ended = {one.case for one in first if isinstance(one.seen, Returned | Raised)}
        made = tuple(case for case in drawn if case.case.id in ended)
        second = await passes.run(passes.program(process=2), calls(made)[::-1])
        one, two = known.base
        if isinstance(one, NotLoaded) or isinstance(two, NotLoaded):
            return known
        kept_ = tuple(seen for seen in first if seen.case in ended)
        both = ((*one, *kept_), two if isinstance(second, NotLoaded) else (*two, *second))
        return replace(known, made=made, base=both)

    async def _changed(
        self, passes: Passes, overlay: Mapping[str, bytes], known: _Calls, wanted: Wanted
    ) -> _Changed:
        """The changed version; one that hangs or crashes has failed, and is not run again."""
        program = passes.program(overlay)
        bad = [case for case in known.every if case.origin in _BAD]
        first = await passes.run(program, calls(bad[:_FIRST]))
        if not steady(first):
            return _Changed(runs=(first,))
        whole = await passes.run(program, calls(known.every))
        if not steady(whole):
            return _Changed(runs=(whole,))
        again = await passes.run(passes.program(overlay, process=2), calls(known.every)[::-1])
        other = [case for case in known.cases if case.origin not in _BAD]
        # the last ones: those that were chosen by chance, after one of every shape
        few = calls([*bad[: wanted.solo], *other[-wanted.solo :]])
        pace = None
        if "performance" in wanted.modes and known.base:
            both = (known.base[0], whole)
            pace = await measured(passes, overlay, known.cases, both, wanted.rule)
        return _Changed(
            runs=(whole, again),
            solo=await passes.run(program, few, chunk=1),
            smallest=await smaller(passes, overlay, _unlabelled(known), (known.base[0], whole)),
            pace=pace,
        )


async def _longer(
    passes: Passes,
    overlay: Mapping[str, bytes] | None,
    runs: Sequence[Run],
    found: Sequence[TestCase],
) -> tuple[Run, ...]:
    """Runs with what a version does on some more calls, seen as often as all others."""
    longer: list[Run] = []
    for process, run in enumerate(runs, start=1):
        program = passes.program(overlay, process=process)
        more = await passes.run(program, calls(found), told=False)
        if isinstance(run, NotLoaded) or isinstance(more, NotLoaded):
            longer.append(run)
        else:
            longer.append((*run, *more))
    return tuple(longer)


def _unlabelled(known: _Calls) -> list[TestCase]:
    """The calls that nobody has made, beside those that went well."""
    good = {case.case.id for case in known.cases if case.origin is Origin.PASSING}
    return [*(case for case in known.near if case.parent in good), *known.made]
