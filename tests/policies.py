"""A policy that holds nothing up, which a test makes as strict as it needs."""

from datetime import timedelta

from mendloop.core.governance.policy import Asks, Budget, Limit, Policy, Tier
from mendloop.model.power import Power
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.target import SideEffect

ASKS = Asks(
    paths={},
    targets={},
    effects=dict.fromkeys(SideEffect, Tier.FREE),
    powers=dict.fromkeys(Power, Tier.FREE),
    oracles=dict.fromkeys(("expected", "recorded", "invariant"), Tier.FREE),
    left_out=Tier.FREE,
    wide_bound=Tier.FREE,
    bound_above=0.05,
)
BUDGET = Budget(
    cycles=(Limit(most=60, per=timedelta(hours=1)), Limit(most=300, per=timedelta(days=1))),
    tests=Limit(most=120, per=timedelta(hours=1)),
    cpu=Limit(most=3600, per=timedelta(hours=1)),
    tokens=Limit(most=1_000_000, per=timedelta(days=1)),
    disk_mb=1000,
    memory_mb=4096,
    rollouts=20,
    target_failures=20,
    failures=20,
    pause=timedelta(hours=6),
)
POLICY = Policy(
    tiers=dict.fromkeys(ChangeKind, Tier.AUTO) | {ChangeKind.FORMULA_CHANGE: Tier.APPROVE},
    lifts=dict.fromkeys(Flag, Tier.AUTO),
    inconclusive=Tier.APPROVE,
    weak_oracle=Tier.APPROVE,
    never=("mendloop.toml", "**/.env*"),
    limits=(Limit(most=6, per=timedelta(hours=1)), Limit(most=20, per=timedelta(days=1))),
    target_limits=(Limit(most=4, per=timedelta(hours=1)), Limit(most=5, per=timedelta(days=1))),
    cool_down=timedelta(minutes=60),
    most_changed_lines=40,
    most_files=8,
    approval_lasts=timedelta(hours=24),
    asks=ASKS,
    budget=BUDGET,
)
