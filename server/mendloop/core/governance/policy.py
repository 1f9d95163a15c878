"""What the loop may do on its own, as types."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from mendloop.model.power import Power
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.target import SideEffect
from mendloop.noun import dataclass


class Tier(StrEnum):
    """How much leave a change needs, from least to most."""

    FREE = "free"
    """Deployed as soon as it has passed."""
    AUTO = "auto"
    """Deployed within the limits once it has passed."""
    APPROVE = "approve"
    """Needs one person."""
    SECOND = "second"
    """Needs two different people."""
    NEVER = "never"
    """Is not done by this loop at all."""

    @property
    def rank(self) -> int:
        """Larger needs more."""
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many in so long."""

    most: int
    per: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What asks for more leave, beside the kind of a change and its flags."""

    paths: Mapping[str, Tier]
    """By path, as globs; every one that covers a path asks."""
    targets: Mapping[str, Tier]
    """By the name of a target, as globs."""
    effects: Mapping[SideEffect, Tier]
    """By what a target is declared to do."""
    powers: Mapping[Power, Tier]
    """By what a change newly reaches for."""
    oracles: Mapping[str, Tier]
    """By the strongest evidence, where it is strong; ``weak_oracle`` is for all others."""
    left_out: Tier
    """Where a mode of the test was left out."""
    wide_bound: Tier
    """Where more than ``bound_above`` of the calls may get worse, or nobody knows how many."""
    bound_above: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much of everything may be used."""

    cycles: tuple[Limit, ...]
    """Improvement cycles: proposals that are accepted."""
    tests: Limit
    """Tests of candidates that are begun."""
    cpu: Limit
    """CPU seconds of the sandboxes that test, search and investigate."""
    tokens: Limit
    """Tokens that clients say they have used."""
    disk_mb: int
    """Of the state folder."""
    memory_mb: int
    """Of one sandboxed process, whatever the settings say."""
    rollouts: int
    """Deployments that are watched at once."""
    target_failures: int
    """So many failed deployments of one target in a row open its circuit."""
    failures: int
    """So many in all open the circuit of all."""
    pause: timedelta
    """How long a circuit stays open before one deployment is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The tiers and the limits in force."""

    tiers: Mapping[ChangeKind, Tier]
    lifts: Mapping[Flag, Tier]
    """What a flag lifts a change to, at least."""
    inconclusive: Tier
    """What a change needs whose test could not tell."""
    weak_oracle: Tier
    """What a change needs that only ``no_crash`` speaks for."""
    never: tuple[str, ...]
    """Paths, as globs, that no change may touch."""
    limits: tuple[Limit, ...]
    """On deployments in all."""
    target_limits: tuple[Limit, ...]
    """On deployments to one target."""
    cool_down: timedelta
    """How long a target is left alone after a rollback."""
    most_changed_lines: int
    """Above this a change is ``large``."""
    most_files: int
    """Above this a change is refused outright."""
    approval_lasts: timedelta
    asks: Asks
    budget: Budget
