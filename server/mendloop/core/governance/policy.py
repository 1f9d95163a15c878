"""What the loop may do on its own, as types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from mendloop.model.proposal import ChangeKind, Flag


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
