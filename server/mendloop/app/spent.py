"""Begin nothing beyond a limit: what is begun is counted in the transaction that allows it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.core.governance.limits import Over, Use, raising
from mendloop.core.governance.policy import Limit, Policy
from mendloop.core.governance.tokens import TOKENS, reported
from mendloop.errors import Refused
from mendloop.model.spend import Spending, Spent
from mendloop.noun import dataclass
from mendloop.store.history import History, Row
from mendloop.store.spent import Mark
from mendloop.store.state import State, Tables

_MEGABYTE: Final = 1024 * 1024
_SECOND: Final = 1000
"""Milliseconds."""
_GRANT: Final = 60 * _SECOND
_KEPT: Final = timedelta(days=2)
"""Longer than any limit's span."""
_BATCH: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was looked at before a transaction, so that nobody waits for it."""

    disk_bytes: int
    reports: Sequence[Row]
    """Of tokens, that were not counted when it was looked."""


@dataclass(frozen=True, slots=True)
class Granted:
    """CPU time that was counted before it is used."""

    number: int
    milliseconds: int


@service
class Budgets:
    """Keeps count of what the loop uses up, for all processes and over restarts."""

    state: State
    history: History
    disk_used: Callable[[], int]
    """Measures the state folder, in bytes; blocks."""
    policy: Policy
    clock: Clock

    async def look(self) -> Seen:
        """Measure what takes a while; call it before a transaction that begins something."""
        disk_bytes = await anyio.to_thread.run_sync(self.disk_used)
        async with self.state.reading() as tables:
            cursor = await tables.spent.mark(Mark.TOKENS_READ)
        reports: list[Row] = []
        while batch := await self.history.after(TOKENS, cursor, limit=_BATCH):
            reports += batch
            cursor = batch[-1].seq
        return Seen(disk_bytes=disk_bytes, reports=reports)

    async def begin_cycle(self, tables: Tables, seen: Seen, *, name: str) -> Over | None:
        """Begin an improvement cycle, which is to accept a proposal; or say why not.

        Args:
            tables: Of the transaction in which the proposal is kept.
            seen: What was looked at before it.
            name: The proposal.
        """
        cycles = [await self._cycles(tables, limit) for limit in self.policy.budget.cycles]
        return await self._begin(tables, seen, Spending.CYCLE, cycles, name)

    async def begin_test(self, name: str) -> None:
        """Begin a test of a candidate.

        Args:
            name: The proposal.

        Raises:
            Refused: A limit has no room for it now.
        """
        seen = await self.look()
        async with self.state.transaction() as tables:
            uses = [await self._tests(tables)]
            over = await self._begin(tables, seen, Spending.TEST, uses, name)
        if over is not None:
            raise Refused(over.reason, hint=over.hint)

    async def check_search(self) -> None:
        """See whether what a search may find could be tested and kept.

        Raises:
            Refused: A limit has no room for it now.
        """
        seen = await self.look()
        async with self.state.transaction() as tables:
            await self._count_tokens(tables, seen)
            cycles = [await self._cycles(tables, limit) for limit in self.policy.budget.cycles]
            over = await self._over(tables, seen, [await self._tests(tables), *cycles])
            if over is not None:
                await self._note(tables, over, "search")
        if over is not None:
            raise Refused(over.reason, hint=over.hint)

    async def count_tokens(self) -> None:
        """Count the tokens that were reported since the last time."""
        seen = await self.look()
        async with self.state.transaction() as tables:
            await self._count_tokens(tables, seen)

    async def grant(self) -> Granted:
        """Count some CPU time before it is used: a minute, or what is left.

        Raises:
            Refused: None is left.
        """
        limit, now = self.policy.budget.cpu, self.clock.now()
        async with self.state.transaction() as tables:
            spent = await tables.spent.since(Spending.CPU, now - limit.per)
            use = Use(
                key="cpu_seconds_per_hour",
                what="CPU seconds of sandboxes",
                limit=limit,
                spent=spent,
                unit=_SECOND,
            )
            over = use.over(now)
            if over is not None:
                await self._note(tables, over, "sandbox")
            amount = min(_GRANT, limit.most * _SECOND - use.used(now))
            number = 0
            if over is None:
                number = await tables.spent.add(Spending.CPU, Spent(now, amount), name="")
        if over is not None:
            raise Refused(over.reason, hint=over.hint)
        return Granted(number, amount)

    async def settle(self, granted: Sequence[Granted], milliseconds: int) -> None:
        """Say how much of what was granted was used; what went beyond it is counted too."""
        async with self.state.transaction() as tables:
            for each in granted:
                last = each is granted[-1]
                amount = milliseconds if last else min(each.milliseconds, milliseconds)
                milliseconds -= amount
                await tables.spent.settle(each.number, amount)

    async def _begin(
        self, tables: Tables, seen: Seen, what: Spending, uses: Sequence[Use], name: str
    ) -> Over | None:
        now = self.clock.now()
        await self._count_tokens(tables, seen)
        over = await self._over(tables, seen, uses)
        if over is not None:
            await self._note(tables, over, name)
            return over
        await tables.spent.forget(now - _KEPT)
        await tables.spent.add(what, Spent(now, 1), name=name)
        return None

    async def _over(self, tables: Tables, seen: Seen, uses: Sequence[Use]) -> Over | None:
        now, budget = self.clock.now(), self.policy.budget
        await tables.spent.set_mark(Mark.DISK_BYTES, seen.disk_bytes)
        held = -(-seen.disk_bytes // _MEGABYTE)
        if held >= budget.disk_mb:
            return Over(
                f"The state folder holds {held} MB, and {budget.disk_mb} are allowed (`disk_mb`).",
                "It does not get less by itself: run `mendloop maintain`, which removes what is "
                f"old. {raising('disk_mb')}",
            )
        tokens = Use(
            key="tokens_per_day",
            what="tokens",
            limit=budget.tokens,
            spent=await self._spent(tables, Spending.TOKENS, budget.tokens, now),
        )
        return next((over for use in (tokens, *uses) if (over := use.over(now))), None)

    async def _cycles(self, tables: Tables, limit: Limit) -> Use:
        hour, _ = self.policy.budget.cycles
        return Use(
            key="cycles_per_hour" if limit is hour else "cycles_per_day",
            what="improvement cycles",
            limit=limit,
            spent=await self._spent(tables, Spending.CYCLE, limit, self.clock.now()),
        )

    async def _tests(self, tables: Tables) -> Use:
        limit = self.policy.budget.tests
        return Use(
            key="tests_per_hour",
            what="tests of candidates",
            limit=limit,
            spent=await self._spent(tables, Spending.TEST, limit, self.clock.now()),
        )

    async def _spent(
        self, tables: Tables, what: Spending, limit: Limit, now: datetime
    ) -> tuple[Spent, ...]:
        return await tables.spent.since(what, now - limit.per)

    async def _count_tokens(self, tables: Tables, seen: Seen) -> None:
        """Count each report once, whoever looked at it."""
        read = await tables.spent.mark(Mark.TOKENS_READ)
        new = [row for row in seen.reports if row.seq > read]
        if not new:
            return
        for spent in reported((row.execution for row in new), now=self.clock.now()):
            await tables.spent.add(Spending.TOKENS, spent, name="")
        await tables.spent.set_mark(Mark.TOKENS_READ, new[-1].seq)

    async def _note(self, tables: Tables, over: Over, what: str) -> None:
        await tables.audit.append(
            "limit_refused", {"what": what, "reason_refused": over.reason}, at=self.clock.now()
        )
