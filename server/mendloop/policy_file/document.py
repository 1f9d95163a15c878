"""The policy, as a TOML document says it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from mendloop.core.governance.policy import Asks, Budget, Limit, Policy
from mendloop.errors import InvalidInput
from mendloop.model.power import Power
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.target import SideEffect
from mendloop.policy_file.keys import Limits, PolicyFile

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_ORACLES: Final = ("expected", "recorded", "invariant")
"""Evidence that says that an answer is right, not only that there is one."""


def read_policy(document: Mapping[str, object], *, where: str = "policy.toml") -> Policy:
    """Read a policy, and refuse one that is not whole.

    Raises:
        InvalidInput: A key is missing, unknown, or of the wrong type; the message names it.
    """
    try:
        read = PolicyFile.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"{where}, `{key}`: {first['msg']}.",
            hint=_way_out(first["loc"], unknown=first["type"] == "extra_forbidden"),
        ) from error
    limits = read.limits
    return Policy(
        tiers={kind: getattr(read.tiers, kind.value) for kind in ChangeKind},
        lifts={flag: getattr(read.lifts, flag.value) for flag in Flag},
        inconclusive=read.evidence.inconclusive,
        weak_oracle=read.evidence.weak_oracle,
        never=read.never.paths,
        limits=(
            Limit(most=limits.deployments_per_hour, per=_HOUR),
            Limit(most=limits.deployments_per_day, per=_DAY),
        ),
        target_limits=(
            Limit(most=limits.per_target_per_hour, per=_HOUR),
            Limit(most=limits.per_target_per_day, per=_DAY),
        ),
        cool_down=timedelta(minutes=limits.cool_down_minutes),
        most_changed_lines=limits.changed_lines,
        most_files=limits.files,
        approval_lasts=timedelta(hours=limits.approval_hours),
        asks=_asks(read),
        budget=_budget(limits),
    )


def _way_out(place: Sequence[int | str], *, unknown: bool) -> str:
    """How to mend a key: what it may have been meant to be, or what there is otherwise."""
    table: Any = PolicyFile
    for part in place[:-1]:
        field = getattr(table, "model_fields", {}).get(part)
        table = None if field is None else field.annotation
    known = getattr(table, "model_fields", {})
    if not unknown or not known:
        return "Put it right, or take the line out: then the policy as shipped says what counts."
    meant = get_close_matches(str(place[-1]), known, n=1)
    return f"Did you mean `{meant[0]}`?" if meant else f"Known there: {', '.join(sorted(known))}."


def _asks(read: PolicyFile) -> Asks:
    evidence = read.evidence
    return Asks(
        paths=read.paths,
        targets=read.targets,
        effects={effect: getattr(read.effects, effect.value) for effect in SideEffect},
        powers={power: getattr(read.capabilities, power.value) for power in Power},
        oracles={oracle: getattr(evidence, oracle) for oracle in _ORACLES},
        left_out=evidence.left_out,
        wide_bound=evidence.wide_bound,
        bound_above=evidence.bound_above,
    )


def _budget(limits: Limits) -> Budget:
    return Budget(
        cycles=(
            Limit(most=limits.cycles_per_hour, per=_HOUR),
            Limit(most=limits.cycles_per_day, per=_DAY),
        ),
        tests=Limit(most=limits.tests_per_hour, per=_HOUR),
        cpu=Limit(most=limits.cpu_seconds_per_hour, per=_HOUR),
        tokens=Limit(most=limits.tokens_per_day, per=_DAY),
        disk_mb=limits.disk_mb,
        memory_mb=limits.memory_mb,
        rollouts=limits.rollouts,
        target_failures=limits.failures_per_target,
        failures=limits.failures_in_all,
        pause=timedelta(minutes=limits.circuit_pause_minutes),
    )


def write_policy(policy: Policy) -> dict[str, Any]:
    """The document that reads as this policy."""
    (hour, day), (target_hour, target_day) = policy.limits, policy.target_limits
    asks = policy.asks
    return {
        "tiers": {kind.value: tier.value for kind, tier in policy.tiers.items()},
        "lifts": {flag.value: tier.value for flag, tier in policy.lifts.items()},
        "paths": {glob: tier.value for glob, tier in asks.paths.items()},
        "targets": {glob: tier.value for glob, tier in asks.targets.items()},
        "effects": {effect.value: tier.value for effect, tier in asks.effects.items()},
        "capabilities": {power.value: tier.value for power, tier in asks.powers.items()},
        "evidence": {
            "inconclusive": policy.inconclusive.value,
            **{oracle: tier.value for oracle, tier in asks.oracles.items()},
            "weak_oracle": policy.weak_oracle.value,
            "left_out": asks.left_out.value,
            "wide_bound": asks.wide_bound.value,
            "bound_above": asks.bound_above,
        },
        "limits": {
            "deployments_per_hour": hour.most,
            "deployments_per_day": day.most,
            "per_target_per_hour": target_hour.most,
            "per_target_per_day": target_day.most,
            "cool_down_minutes": int(policy.cool_down.total_seconds() // 60),
            **_budget_document(policy.budget),
            "changed_lines": policy.most_changed_lines,
            "files": policy.most_files,
            "approval_hours": policy.approval_lasts.total_seconds() / 3600,
        },
        "never": {"paths": list(policy.never)},
    }


def _budget_document(budget: Budget) -> dict[str, int]:
    cycles_hour, cycles_day = budget.cycles
    return {
        "rollouts": budget.rollouts,
        "failures_per_target": budget.target_failures,
        "failures_in_all": budget.failures,
        "circuit_pause_minutes": int(budget.pause.total_seconds() // 60),
        "cycles_per_hour": cycles_hour.most,
        "cycles_per_day": cycles_day.most,
        "tests_per_hour": budget.tests.most,
        "cpu_seconds_per_hour": budget.cpu.most,
        "memory_mb": budget.memory_mb,
        "disk_mb": budget.disk_mb,
        "tokens_per_day": budget.tokens.most,
    }
