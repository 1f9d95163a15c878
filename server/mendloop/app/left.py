"""What the limits have left, from what is seen of the state at a glance."""

from typing import Final

from mendloop.core.governance.policy import Policy
from mendloop.model.spend import Spending
from mendloop.store.overview import Overview

_SECOND: Final = 1000
_MEGABYTE: Final = 1024 * 1024


def left_of(seen: Overview, policy: Policy) -> dict[str, int]:
    """What is left of each limit on what is done, rounded down, by its key in the policy."""
    budget = policy.budget
    (hour, day), (cycles_hour, cycles_day) = policy.limits, budget.cycles
    hours, days = ({what: seen.spent.get(what, (0, 0))[n] for what in Spending} for n in (0, 1))
    room = {
        "deployments_per_hour": hour.most - seen.deployed_last_hour,
        "deployments_per_day": day.most - seen.deployed_last_day,
        "rollouts": budget.rollouts - len({watch.deployment for watch in seen.watches}),
        "cycles_per_hour": cycles_hour.most - hours[Spending.CYCLE],
        "cycles_per_day": cycles_day.most - days[Spending.CYCLE],
        "tests_per_hour": budget.tests.most - hours[Spending.TEST],
        "cpu_seconds_per_hour": budget.cpu.most + -hours[Spending.CPU] // _SECOND,
        "tokens_per_day": budget.tokens.most - days[Spending.TOKENS],
        "disk_mb": budget.disk_mb + -seen.disk_bytes // _MEGABYTE,
    }
    return {key: max(0, left) for key, left in room.items()}
