"""Tokens that clients say they have used: executions of a target that is none."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from mendloop.model.execution import Execution
from mendloop.model.ids import TargetName
from mendloop.model.spend import Spent

TOKENS: Final = TargetName("client.tokens")
"""``{"target": "client.tokens", "outcome": "ok", "result": 5200}`` reports 5200 tokens."""
_MOST: Final = 10**9
_QUARTER: Final = timedelta(minutes=15)


def reported(executions: Iterable[Execution], *, now: datetime) -> tuple[Spent, ...]:
    """The tokens of each quarter of an hour, at its latest report.

    A report of the future counts now; one that is no number, or a negative one, counts nothing.
    """
    found: dict[int, Spent] = {}
    for execution in executions:
        amount = execution.result
        if type(amount) is not int or not 0 < amount <= _MOST:
            continue
        at = min(execution.at, now)
        quarter = int(at.timestamp() // _QUARTER.total_seconds())
        before = found.get(quarter, Spent(at, 0))
        found[quarter] = Spent(max(at, before.at), before.amount + amount)
    return tuple(found[quarter] for quarter in sorted(found))
