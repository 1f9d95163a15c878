"""The policy, as a TOML document says it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError

from mendloop.core.governance.policy import Limit, Policy, Tier
from mendloop.errors import InvalidInput
from mendloop.model.proposal import ChangeKind, Flag

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class _Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Tiers(_Whole):
    constant_tune: Tier
    behavior_fix: Tier
    formula_change: Tier
    protocol_update: Tier
    skill_improve: Tier


class _Lifts(_Whole):
    signature_changed: Tier
    new_capability: Tier
    new_file: Tier
    several_files: Tier
    large: Tier
    out_of_range: Tier
    side_effects: Tier


class _Evidence(_Whole):
    inconclusive: Tier
    weak_oracle: Tier


class _Limits(_Whole):
    deployments_per_hour: NonNegativeInt
    deployments_per_day: NonNegativeInt
    per_target_per_hour: NonNegativeInt
    per_target_per_day: NonNegativeInt
    cool_down_minutes: NonNegativeInt
    changed_lines: PositiveInt
    files: PositiveInt
    approval_hours: Annotated[float, Field(gt=0, le=24 * 30)]


class _Never(_Whole):
    paths: tuple[str, ...]


class _PolicyFile(_Whole):
    tiers: _Tiers
    lifts: _Lifts
    evidence: _Evidence
    limits: _Limits
    never: _Never


def read_policy(document: Mapping[str, object], *, where: str = "policy.toml") -> Policy:
    """Read a policy, and refuse one that is not whole.

    Raises:
        InvalidInput: A key is missing, unknown, or of the wrong type; the message names it.
    """
    try:
        read = _PolicyFile.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"{where}, `{key}`: {first['msg']}.",
            hint="Compare it with config/policy.toml; `mendloop policy` prints the one in force.",
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
    )


def write_policy(policy: Policy) -> dict[str, Any]:
    """The document that reads as this policy."""
    (hour, day), (target_hour, target_day) = policy.limits, policy.target_limits
    return {
        "tiers": {kind.value: tier.value for kind, tier in policy.tiers.items()},
        "lifts": {flag.value: tier.value for flag, tier in policy.lifts.items()},
        "evidence": {
            "inconclusive": policy.inconclusive.value,
            "weak_oracle": policy.weak_oracle.value,
        },
        "limits": {
            "deployments_per_hour": hour.most,
            "deployments_per_day": day.most,
            "per_target_per_hour": target_hour.most,
            "per_target_per_day": target_day.most,
            "cool_down_minutes": int(policy.cool_down.total_seconds() // 60),
            "changed_lines": policy.most_changed_lines,
            "files": policy.most_files,
            "approval_hours": policy.approval_lasts.total_seconds() / 3600,
        },
        "never": {"paths": list(policy.never)},
    }


def tables(document: object, where: str) -> dict[str, dict[str, Any]]:
    """A document that must consist of tables, such as ``[policy.limits]``.

    Raises:
        InvalidInput: It, or a part of it, is no table.
    """
    if not isinstance(document, dict):
        raise InvalidInput(f"{where} is no table.", hint="Give each of its keys a [table] header.")
    read = cast("dict[str, Any]", document)
    for name, table in read.items():
        if not isinstance(table, dict):
            raise InvalidInput(f"{where}: `{name}` is no table.", hint="See the files in config/.")
    return cast("dict[str, dict[str, Any]]", read)


def stricter(shipped: Policy, workspace: object) -> Policy:
    """The shipped policy with a workspace's wishes, of which only the stricter ones count.

    A wish that would be laxer is refused by name rather than passed over: whoever wrote it should
    know that it does not hold.

    Raises:
        InvalidInput: A key is unknown, of the wrong type, or laxer than shipped.
    """
    where = "mendloop.toml [policy]"
    document = write_policy(shipped)
    wishes = tables(workspace, where)
    for name, table in wishes.items():
        document[name] = {**document.get(name, {}), **table}
    if "never" in wishes:
        added = document["never"].get("paths", ())
        document["never"] = {"paths": [*shipped.never, *added]}
    wanted = read_policy(document, where=where)
    _refuse_laxer(shipped, wanted)
    return wanted


def _refuse_laxer(shipped: Policy, wanted: Policy) -> None:
    laxer = [
        *(
            f"tiers.{kind}"
            for kind in ChangeKind
            if wanted.tiers[kind].rank < shipped.tiers[kind].rank
        ),
        *(f"lifts.{flag}" for flag in Flag if wanted.lifts[flag].rank < shipped.lifts[flag].rank),
    ]
    if wanted.inconclusive.rank < shipped.inconclusive.rank:
        laxer.append("evidence.inconclusive")
    if wanted.weak_oracle.rank < shipped.weak_oracle.rank:
        laxer.append("evidence.weak_oracle")
    before, after = write_policy(shipped)["limits"], write_policy(wanted)["limits"]
    for key, value in before.items():
        # a longer cool-down is stricter; of everything else less is
        if after[key] < value if key == "cool_down_minutes" else after[key] > value:
            laxer.append(f"limits.{key}")
    if laxer:
        raise InvalidInput(
            f"mendloop.toml [policy] would be laxer than the shipped policy: {', '.join(laxer)}.",
            hint="A workspace can only be stricter: an agent can edit its files.",
        )
