"""Every key of a policy, and what it may hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from mendloop.core.governance.policy import Tier


class Whole(BaseModel):
    """A table that holds all of its keys, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tiers(Whole):
    """``[tiers]``: by kind of change."""

    constant_tune: Tier
    behavior_fix: Tier
    formula_change: Tier
    protocol_update: Tier
    skill_improve: Tier


class Lifts(Whole):
    """``[lifts]``: by what stands out in a change."""

    signature_changed: Tier
    new_capability: Tier
    new_file: Tier
    several_files: Tier
    large: Tier
    out_of_range: Tier
    side_effects: Tier


class Effects(Whole):
    """``[effects]``: by a target's declared side effect."""

    network: Tier
    reads_files: Tier
    writes_files: Tier
    writes_database: Tier
    subprocess: Tier
    clock: Tier
    random: Tier


class Capabilities(Whole):
    """``[capabilities]``: by what a change newly reaches for."""

    subprocess: Tier
    network: Tier
    eval: Tier
    files: Tier
    writes_files: Tier
    database: Tier
    native: Tier
    environment: Tier
    introspection: Tier
    threads: Tier
    other: Tier


class Evidence(Whole):
    """``[evidence]``: by how much a test could show."""

    inconclusive: Tier
    expected: Tier
    recorded: Tier
    invariant: Tier
    weak_oracle: Tier
    left_out: Tier
    wide_bound: Tier
    bound_above: Annotated[float, Field(ge=0, le=1)]


class Limits(Whole):
    """``[limits]``: how much, how often."""

    deployments_per_hour: NonNegativeInt
    deployments_per_day: NonNegativeInt
    per_target_per_hour: NonNegativeInt
    per_target_per_day: NonNegativeInt
    cool_down_minutes: NonNegativeInt
    rollouts: NonNegativeInt
    failures_per_target: PositiveInt
    failures_in_all: PositiveInt
    circuit_pause_minutes: PositiveInt
    cycles_per_hour: NonNegativeInt
    cycles_per_day: NonNegativeInt
    tests_per_hour: NonNegativeInt
    cpu_seconds_per_hour: NonNegativeInt
    memory_mb: Annotated[int, Field(ge=64)]
    disk_mb: NonNegativeInt
    tokens_per_day: NonNegativeInt
    changed_lines: PositiveInt
    files: PositiveInt
    approval_hours: Annotated[float, Field(gt=0, le=24 * 30)]


class Never(Whole):
    """``[never]``: what is never touched."""

    paths: tuple[str, ...]


Globs = dict[Annotated[str, Field(min_length=1, max_length=200)], Tier]


class PolicyFile(Whole):
    """The whole document."""

    tiers: Tiers
    lifts: Lifts
    paths: Globs
    targets: Globs
    effects: Effects
    capabilities: Capabilities
    evidence: Evidence
    limits: Limits
    never: Never
