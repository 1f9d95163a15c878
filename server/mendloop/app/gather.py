"""Gather the evidence on one change to one function: what both versions do on the same calls."""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from mendloop.app.ports import Program, Progress, SandboxSession
from mendloop.app.replay import Replayer, calls
from mendloop.core.validate.cases import Origin, TestCase
from mendloop.core.validate.evidence import Evidence, Run
from mendloop.core.validate.perturb import perturbed
from mendloop.errors import InvalidInput
from mendloop.model.observation import Case, NotLoaded, Observation, Returned
from mendloop.model.target import Target

MODES: Final = ("static", "replay", "synthetic", "generated")
_CHUNK: Final = 32
_NEAR_MISSES: Final = 120
_STEPS: Final = 6
_INVARIANTS: Final = "mendloop_invariants.py"


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
        steps = _Steps(progress, target)
        cases = await self.replayer.cases(
            target, most=wanted.most, modes=wanted.modes, failing=wanted.failing
        )
        near: tuple[TestCase, ...] = ()
        if "generated" in wanted.modes:
            near = perturbed(cases, seed=wanted.seed, most=_NEAR_MISSES)
        every = calls([*cases, *near])
        before = self.replayer.program(target)
        after = self.replayer.program(target, overlay)
        first = await self._run(session, before, every, steps)
        second = await self._run(session, before, every[::-1], steps)
        changed = await self._run(session, after, every, steps)
        again = await self._run(session, after, every[::-1], steps)
        alone = await self._run(session, after, _alone(cases, wanted.solo), steps, chunk=1)
        return Evidence(
            target=target,
            cases=cases,
            perturbed=near,
            base=(first, second),
            candidate=(changed, again),
            solo=alone,
            invariants=await self._invariants(session, target, [*cases, *near], changed, steps),
        )

    async def _run(
        self,
        session: SandboxSession,
        program: Program,
        cases: list[Case],
        steps: "_Steps",
        chunk: int = _CHUNK,
    ) -> Run:
        return await session.observe(
            program,
            cases,
            limits=self.replayer.limits(steps.target),
            chunk=chunk,
            progress=steps.next(),
        )

    async def _invariants(
        self,
        session: SandboxSession,
        target: Target,
        cases: list[TestCase],
        run: Run,
        steps: "_Steps",
    ) -> dict[str, bool]:
        """Whether every result keeps the target's invariants; computed apart from the change."""
        if not target.invariants or isinstance(run, NotLoaded):
            return {}
        called = {case.case.id: case.case for case in cases}
        checks = [
            Case(
                id=seen.case,
                args=(
                    seen.seen.value,
                    {"$t": list(called[seen.case].args)},
                    dict(called[seen.case].kwargs),
                ),
            )
            for seen in run
            if isinstance(seen.seen, Returned) and seen.case in called
        ]
        program = Program(
            overlay={_INVARIANTS: invariant_source(target).encode()},
            path=_INVARIANTS,
            function="holds",
        )
        answers = await self._run(session, program, checks, steps)
        if isinstance(answers, NotLoaded):
            raise InvalidInput(
                f"The invariants of {target.name} cannot be compiled.",
                hint="Mend `invariants` in mendloop.toml: Python expressions over `result`.",
            )
        return {answer.case: _kept(answer) for answer in answers}


class _Steps:
    """Turns the progress of several passes into one."""

    def __init__(self, progress: Progress, target: Target) -> None:
        self.target = target
        self._progress = progress
        self._done = 0

    def next(self) -> Progress:
        start, self._done = self._done, self._done + 1

        async def within(done: float, total: float, message: str) -> None:
            share = done / total if total else 1.0
            await self._progress(start + share, _STEPS, f"{self.target.name}: {message}")

        return within


def invariant_source(target: Target) -> str:
    """A module whose ``holds`` says whether every invariant of a target holds.

    Raises:
        InvalidInput: One of them is no expression.
    """
    for text in target.invariants:
        try:
            ast.parse(text, mode="eval")
        except (SyntaxError, ValueError) as error:
            raise InvalidInput(
                f"The invariant {text[:100]!r} of {target.name} is no Python expression.",
                hint="Mend `invariants` in mendloop.toml, such as `result >= 0`.",
            ) from error
    parts = ",\n        ".join(f"({text}\n        )" for text in target.invariants)
    return (
        "import datetime, decimal, math, re\n\n\n"
        "def holds(result, args, kwargs):\n"
        f"    return all((\n        {parts},\n    ))\n"
    )


def _kept(answer: Observation) -> bool:
    return isinstance(answer.seen, Returned) and answer.seen.value is True


def _alone(cases: tuple[TestCase, ...], most: int) -> list[Case]:
    """Those that failed, and a sample of the others: the last, since ``choose`` draws by chance."""
    bad = [case for case in cases if case.origin in {Origin.FAILING, Origin.WRONG}]
    other = [case for case in cases if case.origin not in {Origin.FAILING, Origin.WRONG}]
    return calls([*bad[:most], *other[-most:]])
