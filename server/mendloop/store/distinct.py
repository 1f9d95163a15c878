"""Of each distinct call the newest: what can be replayed.

Two calls are one where they have the same arguments, and were told the same by the world.
"""

from collections.abc import Collection
from datetime import datetime
from hashlib import blake2b
from typing import Final

from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import TargetName
from mendloop.model.value import call_text
from mendloop.store import queries
from mendloop.store.executions import decoded, execution
from mendloop.store.sqlite import Database

LOOKED_AT: Final = 20_000
"""Calls of a target, the newest, among which successful ones are looked for. Failures are looked
for among all."""

_PAGE: Final = 1000
_AT_ONCE: Final = 500
_LARGEST: Final = 2**63 - 1


def call_key(body: str) -> bytes:
    """Sixteen bytes that stand for the arguments of a call, whatever the order of its keywords."""
    args, kwargs, *_ = decoded(body)
    return blake2b(call_text(args, kwargs).encode("ascii"), digest_size=16).digest()


async def distinct(
    database: Database,
    target: TargetName,
    *,
    outcomes: Collection[Outcome],
    limit: int,
    since: datetime | None,
) -> tuple[Execution, ...]:
    """The newest of each distinct call that was kept whole, newest first."""
    failed = {outcome for outcome in outcomes if outcome.failed}
    found: dict[bytes, int] = {}
    for part in (failed, set(outcomes) - failed):
        if part:
            most = _LARGEST if part == failed else LOOKED_AT
            walk = _Walk(target=target, outcomes=part, limit=limit, since=since, most=most)
            for key, seq in (await walk.newest(database)).items():
                found[key] = max(seq, found.get(key, 0))
    chosen = sorted(found.values(), reverse=True)[:limit]
    executions: list[Execution] = []
    for start in range(0, len(chosen), _AT_ONCE):
        some = chosen[start : start + _AT_ONCE]
        rows = await database.glance(queries.by_seqs(len(some)), *some)
        executions += [execution(row) for row in rows]
    return tuple(executions)


class _Walk:
    """From the newest call of a target back, page by page."""

    def __init__(
        self,
        *,
        target: TargetName,
        outcomes: Collection[Outcome],
        limit: int,
        since: datetime | None,
        most: int,
    ) -> None:
        self._target = target
        self._outcomes = outcomes
        self._limit = limit
        self._since = since
        self._most = most

    async def newest(self, database: Database) -> dict[bytes, int]:
        """The number of the newest of each distinct call, by its key; at most ``limit``."""
        found: dict[bytes, int] = {}
        seen: set[tuple[str, bytes | None]] = set()
        before = _LARGEST
        looked = 0
        while looked < self._most and len(found) < self._limit:
            rows = await database.glance(
                *queries.whole(
                    self._target,
                    outcomes=self._outcomes,
                    since=self._since,
                    before=before,
                    limit=_PAGE,
                )
            )
            for seq, body, told in rows:
                # Most repeated calls give the same answer again: then nothing is to be decoded.
                one = (body, told)
                if body is not None and one not in seen and len(found) < self._limit:
                    seen.add(one)
                    found.setdefault(call_key(body) + (told or b""), seq)
            looked += len(rows)
            if len(rows) < _PAGE:
                break
            before = rows[-1][0]
        return found
