"""What was done of late, as far as the decision on one more deployment rests on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mendloop.core.governance.breaker import Circuit, circuit
from mendloop.core.governance.decide import Done
from mendloop.core.governance.limits import next_free
from mendloop.core.governance.policy import Limit, Policy
from mendloop.model.ids import TargetName
from mendloop.store.columns import get_time, put_time
from mendloop.store.spent import Mark
from mendloop.store.state import Tables

_LOOK_BACK: Final = 200
"""So many deployments are searched for failures in a row."""


async def done_of_late(
    tables: Tables, policy: Policy, targets: Sequence[TargetName], now: datetime
) -> Done:
    """All of it, of some targets; in the transaction in which it is decided."""
    late = _Late(tables, policy, now)
    rollbacks = [await tables.deployments.last_rollback(target) for target in targets]
    watched = await tables.watches.rollouts(but=targets)
    return Done(
        deployments=tuple([await late.count(limit, None) for limit in policy.limits]),
        of_target=tuple(
            [
                max([await late.count(limit, target) for target in targets], default=0)
                for limit in policy.target_limits
            ]
        ),
        last_rollback=max((at for at in rollbacks if at is not None), default=None),
        next_free=await late.next_free(targets),
        rollouts=watched + await tables.deployments.being_made(),
        circuits=await late.circuits(targets),
    )


async def close_circuits(tables: Tables, at: datetime) -> None:
    """Let the failures so far open no circuit any more."""
    await tables.spent.set_mark(Mark.CIRCUITS_CLOSED, put_time(at))


class _Late:
    """Asks the tables."""

    def __init__(self, tables: Tables, policy: Policy, now: datetime) -> None:
        self._tables, self._policy, self._now = tables, policy, now

    async def count(self, limit: Limit, target: TargetName | None) -> int:
        return await self._tables.deployments.count(since=self._now - limit.per, target=target)

    async def next_free(self, targets: Sequence[TargetName]) -> datetime | None:
        """When every limit that is used up has room again; nothing where one never has."""
        asked: list[tuple[Limit, TargetName | None]] = [
            *((limit, None) for limit in self._policy.limits),
            *((limit, target) for limit in self._policy.target_limits for target in targets),
        ]
        frees: list[datetime | None] = []
        for limit, target in asked:
            times = await self._tables.deployments.times(since=self._now - limit.per, target=target)
            if len(times) >= limit.most:
                frees.append(next_free(times, limit))
        known = [free for free in frees if free is not None]
        return max(known) if known and len(known) == len(frees) else None

    async def circuits(self, targets: Sequence[TargetName]) -> dict[str, Circuit]:
        """Of all, and of each target."""
        budget = self._policy.budget
        found = {"in all": await self._circuit(None, budget.failures)}
        for target in targets:
            found[f"of {target}"] = await self._circuit(target, budget.target_failures)
        return found

    async def _circuit(self, target: TargetName | None, most: int) -> Circuit:
        attempts = await self._tables.deployments.attempts(target=target, limit=_LOOK_BACK)
        closed = get_time(await self._tables.spent.mark(Mark.CIRCUITS_CLOSED))
        return circuit(
            [each for each in attempts if each.ended > closed],
            most=most,
            pause=self._policy.budget.pause,
            now=self._now,
        )
