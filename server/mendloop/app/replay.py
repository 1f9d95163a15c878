"""Make recorded calls again in a sandbox, on the current version or on a changed one."""

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Limits, Program, Sandbox, SandboxSession, Workspace
from mendloop.core.validate.approach import repeatable, unanswered
from mendloop.core.validate.cases import TestCase, choose
from mendloop.core.validate.evidence import Run
from mendloop.core.validate.measured import Recorded
from mendloop.core.validate.synthetic import synthetic
from mendloop.errors import InvalidInput, NotFound
from mendloop.model.execution import FAILED, Execution, Outcome
from mendloop.model.ids import TargetName
from mendloop.model.observation import Case, NotLoaded, Raised, Returned
from mendloop.model.target import SideEffect, Target
from mendloop.noun import dataclass
from mendloop.store.history import History

PASSED: Final = frozenset({Outcome.OK})
_AT_LEAST: Final = timedelta(seconds=0.5)
_SLOWER: Final = 10.0
_LOOKED_AT: Final = 500
_ANSWERED: Final = 2_000
_SPARE: Final = 4
"""How many times the wanted number of calls are read, to choose among."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """What validate, investigate and generate share."""

    history: History
    workspace: Workspace
    sandbox: Sandbox
    memory_bytes: int

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[SandboxSession]:
        """A sandbox with a copy of the workspace as it stands, without the answers it holds.

        Raises:
            Unavailable: Layers are missing, or the workspace is too large to copy.
            InvalidInput: The manifest names no interpreter that exists.
        """
        tree = await anyio.to_thread.run_sync(self.workspace.tree)
        shown = {path: tree[path] for path in tree.keys() - self.hidden()}
        async with self.sandbox.open(shown, python=self.workspace.python()) as session:
            yield session

    def hidden(self) -> frozenset[str]:
        """The files of declared cases: what is wanted never enters a sandbox."""
        targets = self.workspace.manifest().targets.values()
        return frozenset(each.cases for each in targets if each.cases is not None)

    async def recorded(self, target: Target) -> Recorded:
        """How many of the newest recorded calls there are, and how many were kept only in part."""
        rows = await self.history.recent(target.name, limit=_LOOKED_AT)
        found = [row.execution for row in rows]
        lacking: Counter[str] = Counter()
        if repeatable(target):
            lacking.update(filter(None, (unanswered(target, one) for one in found if one.whole)))
        return Recorded(
            looked_at=len(found),
            cut=sum(not one.whole for one in found),
            unanswered=lacking.total(),
            why=max(lacking, key=lacking.__getitem__, default=""),
        )

    def program(
        self, target: Target, overlay: Mapping[str, bytes] | None = None, *, process: int = 0
    ) -> Program:
        """The target's function, with some files changed, by one of the processes that wait."""
        return Program(
            overlay=overlay or {},
            path=target.path,
            function=target.selector,
            writes_files=SideEffect.WRITES_FILES in target.side_effects,
            process=process,
        )

    def limits(self, target: Target, known: Run = ()) -> Limits:
        """How long one call of a target may take.

        Args:
            target: A function.
            known: What the current version did: once that is known, a changed one gets ten times
                the slowest call that ended, so that an endless loop costs little. The right
                version may be slower than the faulty one, but not by that much.
        """
        case = target.timeout
        total = max(case * 20, timedelta(seconds=120))
        if not isinstance(known, NotLoaded):
            ended = [one.seconds for one in known if isinstance(one.seen, Returned | Raised)]
            if ended:
                case = min(case, _AT_LEAST + timedelta(seconds=_SLOWER * max(ended)))
                total = case * 10 + timedelta(seconds=10 + 3 * sum(ended))
        return Limits(case_timeout=case, total_timeout=total, memory_bytes=self.memory_bytes)

    async def failing(self, target: Target, most: int) -> tuple[Execution, ...]:
        """The newest distinct failing calls that can be repeated."""
        return await self.history.distinct(target.name, outcomes=FAILED, limit=most)

    async def passing(self, target: Target, most: int) -> tuple[Execution, ...]:
        """The newest distinct passing calls that can be repeated."""
        return await self.history.distinct(target.name, outcomes=PASSED, limit=most)

    async def answered(self, target: TargetName) -> tuple[Execution, ...]:
        """The newest calls that went well, each of them: one call may have been made often."""
        rows = await self.history.recent(target, outcomes=PASSED, limit=_ANSWERED)
        return tuple(row.execution for row in rows)

    async def cases(
        self, target: Target, *, most: int, modes: Collection[str], failing: bool = True
    ) -> tuple[TestCase, ...]:
        """The calls that a change to a target is tried on.

        Args:
            target: A function.
            most: How many recorded calls, at the most.
            modes: ``replay`` for recorded ones, ``synthetic`` for declared ones.
            failing: Whether calls that fail today are wanted too.

        Raises:
            InvalidInput: The target's file of cases cannot be read.
        """
        passes: Sequence[Execution] = ()
        fails: Sequence[Execution] = ()
        if "replay" in modes and repeatable(target):
            passes = await self.passing(target, most * _SPARE)
            fails = await self.failing(target, most) if failing else ()
            passes = [one for one in passes if not unanswered(target, one)]
            fails = [one for one in fails if not unanswered(target, one)]
        declared = self._declared(target) if "synthetic" in modes else ()
        return choose(passing=passes, failing=fails, synthetic=declared, most=most)

    def _declared(self, target: Target) -> tuple[TestCase, ...]:
        if target.cases is None:
            return ()
        try:
            text = self.workspace.read(target.cases).decode()
        except (NotFound, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"The cases of {target.name}, {target.cases}, cannot be read.",
                hint="Mend `cases` in mendloop.toml: a JSON Lines file in UTF-8.",
            ) from error
        return synthetic(text.splitlines())


def calls(cases: Sequence[TestCase]) -> list[Case]:
    """Only what the sandbox is told: never what is wanted."""
    return [case.case for case in cases]
