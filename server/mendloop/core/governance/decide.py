"""May this be done now? A pure answer, from the policy, the evidence, and what was done of late."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from mendloop.core.governance.breaker import Circuit, Closed, Open, Tried
from mendloop.core.governance.limits import moment, raising
from mendloop.core.governance.policy import Limit, Policy, Tier
from mendloop.core.governance.tier import Request, tier_of
from mendloop.model.action import Action
from mendloop.model.report import Verdict
from mendloop.model.spans import spell
from mendloop.model.stop import Stopped
from mendloop.noun import dataclass

_HOUR: Final = timedelta(hours=1)
_PEOPLE: Final = {Tier.APPROVE: 1, Tier.SECOND: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done of late."""

    deployments: tuple[int, ...]
    """How many within each of the policy's ``limits``, in their order."""
    of_target: tuple[int, ...]
    """The same for ``target_limits``, of the one of the request's targets that has most."""
    last_rollback: datetime | None
    """The newest of any of the request's targets."""
    next_free: datetime | None = None
    """When the limits on deployments that are used up have room again, where that is known."""
    rollouts: int = 0
    """Deployments under a watch that this one would not replace, and those that are being made."""
    circuits: Mapping[str, Circuit] = field(default_factory=dict[str, Circuit])
    """By what they are of: one of a target, or of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand at the moment of the decision."""

    now: datetime
    done: Done
    approvals: int
    """How many different people have approved this change on this report."""
    stopped: Stopped | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Not now, and what would change that."""

    reason: str
    hint: str
    code: str
    """One word for it: ``stopped``, ``rejected``, ``never``, ``evidence``, ``size``, ``limit``,
    ``rollouts``, ``circuit``, ``cool_down``, ``approval``."""


def decide(
    action: Action, request: Request | None, policy: Policy, standing: Standing
) -> Allowed | Denied:
    """Judge one action.

    Taking back and tidying up are always allowed: a person, and the monitor, can always undo. For
    a deployment everything must hold at once; in particular an approval lifts no limit, and not
    ``never``.

    Args:
        action: What is asked.
        request: What would be deployed; nothing for the other actions.
        policy: What is allowed.
        standing: What was done of late, who has approved, whether everything is stopped.
    """
    if action in {Action.ROLL_BACK, Action.RECOVER}:
        return Allowed()
    if request is None:
        return Denied("There is no proposal.", "Call propose_fix first.", "evidence")
    for denied in _denials(request, policy, standing):
        return denied
    return Allowed()


def _denials(request: Request, policy: Policy, standing: Standing) -> Iterator[Denied]:
    """Every reason against it, what cannot be helped first and what only waits last."""
    yield from _stopped(request, standing)
    yield from _hopeless(request, policy)
    yield from _unproven(request)
    yield from _too_soon(request, policy, standing)
    yield from _unapproved(request, policy, standing)


def _stopped(request: Request, standing: Standing) -> Iterator[Denied]:
    if standing.stopped is not None:
        yield Denied(
            f"Everything is stopped since {standing.stopped.at:%Y-%m-%d %H:%M} UTC, "
            f"by {standing.stopped.by}: {standing.stopped.reason}",
            "A person resumes it at the desk: mendloop resume. Rollback works meanwhile.",
            "stopped",
        )
    if request.rejected:
        yield Denied(
            f"{request.proposal} was rejected by {request.rejected}",
            "Propose another change that answers the objection, with propose_fix.",
            "rejected",
        )


def _hopeless(request: Request, policy: Policy) -> Iterator[Denied]:
    tier, reasons = tier_of(request, policy)
    if tier is Tier.NEVER:
        yield Denied(
            f"The policy never allows this change: {', '.join(reasons)}.",
            "A person can make it by hand; the loop cannot.",
            "never",
        )
    if request.files > policy.most_files:
        yield Denied(
            f"The change touches {request.files} files, and {policy.most_files} are allowed.",
            "Propose a smaller change.",
            "size",
        )
    if request.blocked:
        yield Denied(
            f"Reading the change has found what no test outweighs: {', '.join(request.blocked)}.",
            "Propose the change again without it.",
            "evidence",
        )


def _unproven(request: Request) -> Iterator[Denied]:
    match request.verdict:
        case None:
            yield Denied(
                f"{request.proposal} has not been tested as it stands.",
                f"Call test_fix for {request.proposal}.",
                "evidence",
            )
        case Verdict.FAILED:
            yield Denied(
                f"The latest test of {request.proposal} failed.",
                "Read the report's disagreements, and propose a change without them.",
                "evidence",
            )
        case Verdict.BROKEN:
            yield Denied(
                f"The latest test of {request.proposal} did not work, so it says nothing.",
                f"Call test_fix for {request.proposal} again; `mendloop doctor` may say why.",
                "evidence",
            )
        case Verdict.PASSED | Verdict.INCONCLUSIVE:
            return


def _too_soon(request: Request, policy: Policy, standing: Standing) -> Iterator[Denied]:
    tier, _ = tier_of(request, policy)
    done = standing.done
    names = ", ".join(request.targets)
    if tier is not Tier.FREE:
        yield from _over(policy.limits, done.deployments, "deployments", "in all", done)
        yield from _over(policy.target_limits, done.of_target, "per_target", f"of {names}", done)
    if done.rollouts >= policy.budget.rollouts:
        yield Denied(
            f"{done.rollouts} deployments are being watched, and {policy.budget.rollouts} may be "
            "at once (`rollouts`).",
            "One more fits in as soon as one of those watches has ended, which its calls decide: "
            f"status lists them. {raising('rollouts')}",
            "rollouts",
        )
    yield from _broken(done.circuits, policy)
    if done.last_rollback is not None:
        free = done.last_rollback + policy.cool_down
        rest = free - standing.now
        if rest > timedelta():
            yield Denied(
                f"{names} was rolled back {spell(standing.now - done.last_rollback)} ago and is "
                f"left alone for {spell(policy.cool_down)} (`cool_down_minutes`).",
                f"Wait until {moment(free)}; meanwhile find out why the last change was worse.",
                "cool_down",
            )


def _over(
    limits: tuple[Limit, ...], used: tuple[int, ...], key: str, what: str, done: Done
) -> Iterator[Denied]:
    for limit, count in zip(limits, used, strict=True):
        if count >= limit.most:
            name = f"{key}_per_{'hour' if limit.per <= _HOUR else 'day'}"
            free = "Wait until the oldest of them is longer ago than that."
            if done.next_free is not None:
                free = f"There is room again at {moment(done.next_free)}."
            yield Denied(
                f"{count} deployments {what} within {spell(limit.per)}, and {limit.most} are "
                f"allowed (`{name}`).",
                f"{free} {raising(name)}",
                "limit",
            )


def _broken(circuits: Mapping[str, Circuit], policy: Policy) -> Iterator[Denied]:
    for what, state in circuits.items():
        if isinstance(state, Closed):
            continue
        yield Denied(
            f"{state.failures} deployments {what} in a row were taken back or failed their check, "
            f"so none is let through for {spell(policy.budget.pause)} (`circuit_pause_minutes`).",
            f"{_next_trial(state)} A person who knows why they failed can close the circuit "
            "before: mendloop resume.",
            "circuit",
        )


def _next_trial(state: Open | Tried) -> str:
    match state:
        case Open(until=until):
            return f"At {moment(until)} one deployment is let through on trial."
        case Tried(trial=trial):
            return f"{trial} is on trial: when its watch ends well, the circuit closes."


def _unapproved(request: Request, policy: Policy, standing: Standing) -> Iterator[Denied]:
    tier, reasons = tier_of(request, policy)
    wanted = _PEOPLE.get(tier, 0)
    if standing.approvals < wanted:
        who = "a person" if wanted == 1 else f"{wanted} different people"
        yield Denied(
            f"{request.proposal} needs the approval of {who} ({', '.join(reasons)}) and has "
            f"{standing.approvals or 'none'}.",
            f"Ask {who} to run `mendloop approve {request.proposal}` in a terminal; an agent "
            "cannot. Then call deploy_fix again.",
            "approval",
        )
