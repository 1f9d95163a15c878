"""Label recorded results that break an invariant: wrong, though nothing was raised.

Each call is looked at once. How far that went is kept beside the history, under the text of the
invariants: a new invariant is tried on the newest calls again.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from mendloop.app.actor import acting
from mendloop.app.invariants import invariant_source
from mendloop.app.ports import Limits, Program, Sandbox, SandboxSession, Workspace
from mendloop.app.record import Batch, Recorder
from mendloop.errors import InvalidInput, Unavailable
from mendloop.model.execution import Outcome
from mendloop.model.ids import ExecutionId
from mendloop.model.observation import Case, NotLoaded, Returned
from mendloop.model.rollup import Mark
from mendloop.model.target import Target
from mendloop.noun import dataclass
from mendloop.store.history import History, Row

PREFIX: Final = "invariants:"
"""Begins the names of its marks."""
_MOST: Final = 2_000
"""Calls of one target that one look reads."""
_FILE: Final = "mendloop_invariants.py"
_LIMITS: Final = Limits(case_timeout=timedelta(seconds=1), total_timeout=timedelta(seconds=30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Holds results against what their targets promise."""

    history: History
    recorder: Recorder
    workspace: Workspace
    sandbox: Sandbox

    async def check(self, only: str | None = None) -> int:
        """Look at the calls that came since the last time.

        Args:
            only: The name of the one target to look at; all by default.

        Returns:
            How many were labelled. None where there is no manifest, or no sandbox to run in: the
            next look does it then.
        """
        try:
            targets = [
                target
                for target in self.workspace.manifest().targets.values()
                if target.invariants and only in {None, target.name}
            ]
            waiting = [(target, rows) for target in targets if (rows := await self._rows(target))]
            if not waiting:
                return 0
            async with self.sandbox.open({}, python=self.workspace.python()) as session:
                return sum([await self._target(session, *each) for each in waiting])
        except (InvalidInput, Unavailable):
            return 0  # every test says the same aloud, and so does `mendloop doctor`

    async def _rows(self, target: Target) -> tuple[Row, ...]:
        start = (await self.history.marks()).get(_mark(target), 0)
        return await self.history.after(target.name, start, limit=_MOST)

    async def _target(self, session: SandboxSession, target: Target, rows: Sequence[Row]) -> int:
        broken = await _broken(session, target, rows)
        with acting("invariants"):
            for wanted in broken:
                await self.recorder.label(wanted, expected=None, known=False)
        name = _mark(target)
        before = (await self.history.marks()).get(name, 0)
        await self.history.ingest(
            Batch().executions, mark=Mark(name=name, before=before, after=rows[-1].seq)
        )
        return len(broken)


async def _broken(
    session: SandboxSession, target: Target, rows: Sequence[Row]
) -> list[ExecutionId]:
    """Those whose result surely breaks an invariant: what raises, or hangs, tells nothing."""
    called = [row.execution for row in rows]
    cases = [
        Case(id=each.id, args=(each.result, {"$t": list(each.args)}, dict(each.kwargs)))
        for each in called
        if each.outcome is Outcome.OK and each.whole
    ]
    program = Program(
        overlay={_FILE: invariant_source(target).encode()}, path=_FILE, function="holds"
    )
    seen = await session.observe(program, cases, limits=_LIMITS)
    if isinstance(seen, NotLoaded):
        return []
    return [
        ExecutionId(each.case)
        for each in seen
        if isinstance(each.seen, Returned) and each.seen.value is False
    ]


def _mark(target: Target) -> str:
    said = blake2b("\n".join(target.invariants).encode(), digest_size=6).hexdigest()
    return f"{PREFIX}{said}:{target.name}"
