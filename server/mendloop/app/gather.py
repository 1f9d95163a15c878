"""Gather the evidence on one change to one function: what both versions do on the same calls."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mendloop.app.invariants import kept
from mendloop.app.passes import Passes, steady
from mendloop.app.ports import Progress, SandboxSession
from mendloop.app.replay import Replayer, calls
from mendloop.core.validate.cases import Origin, TestCase
from mendloop.core.validate.evidence import Evidence, Run
from mendloop.model.target import Target

MODES: Final = ("static", "replay", "synthetic", "generated")
_NEAR_MISSES: Final = 120
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
    failing: bool = True
    """Whether the change is meant to mend this function's failures."""


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
        from mendloop.core.validate.perturb import perturbed  # noqa: PLC0415  loads with the work

        cases = await self.replayer.cases(
            target, most=wanted.most, modes=wanted.modes, failing=wanted.failing
        )
        near: tuple[TestCase, ...] = ()
        if "generated" in wanted.modes:
            near = perturbed(cases, seed=wanted.seed, most=_NEAR_MISSES)
        passes = Passes(session, self.replayer, target, progress)
        every = calls([*cases, *near])
        base = await passes.base(every)
        candidate, alone = await self._changed(passes, overlay, [*cases, *near], wanted)
        return Evidence(
            target=target,
            cases=cases,
            perturbed=near,
            base=base,
            candidate=candidate,
            solo=alone,
            invariants=await kept(passes, every, candidate[0]),
        )

    async def _changed(
        self,
        passes: Passes,
        overlay: Mapping[str, bytes],
        every: Sequence[TestCase],
        wanted: Wanted,
    ) -> tuple[tuple[Run, ...], Run]:
        """The changed version; one that hangs or crashes has failed, and is not run again."""
        program = self.replayer.program(passes.target, overlay)
        bad = [case for case in every if case.origin in _BAD]
        first = await passes.run(program, calls(bad[:_FIRST]))
        if not steady(first):
            return (first,), ()
        whole = await passes.run(program, calls(every))
        if not steady(whole):
            return (whole,), ()
        again = await passes.run(program, calls(every)[::-1])
        other = [case for case in every if case.origin not in _BAD | {Origin.PERTURBED}]
        # the last ones: those that were chosen by chance, after one of every shape
        few = calls([*bad[: wanted.solo], *other[-wanted.solo :]])
        return (whole, again), await passes.run(program, few, chunk=1)
