"""May this be done now? A pure answer, from the policy, the evidence, and what was done of late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from mendloop.core.governance.globs import covered_by
from mendloop.core.governance.policy import Limit, Policy, Tier
from mendloop.model.action import Action
from mendloop.model.ids import ProposalId, TargetName
from mendloop.model.proposal import ChangeKind, Flag, Proposal
from mendloop.model.report import Verdict
from mendloop.model.stop import Stopped

_STRONG: Final = frozenset({"expected", "recorded", "invariant"})
"""Evidence that says that an answer is right, not only that there is one."""
_PEOPLE: Final = {Tier.APPROVE: 1, Tier.SECOND: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A change that wants to be deployed, and what speaks for it."""

    proposal: ProposalId
    kind: ChangeKind
    flags: frozenset[Flag]
    verdict: Verdict | None
    """Of the latest test of exactly this change; ``None`` where there was none."""
    oracle: str
    """The strongest evidence behind the verdict, as ``Report.oracle``."""
    targets: tuple[TargetName, ...]
    files: int
    changed_lines: int
    paths: tuple[str, ...]
    """All that the change touches: as named, and where links lead."""
    blocked: tuple[str, ...] = ()
    """What reading the change has found that no test can outweigh."""
    rejected: str = ""
    """Who has rejected it, and why; empty where nobody has."""

    @classmethod
    def of(cls, proposal: Proposal, *, verdict: Verdict | None, oracle: str) -> Self:
        """The request to deploy a proposal, with what a test has said of it."""
        made = {Flag.NEW_FILE for file in proposal.files if file.old is None}
        return cls(
            proposal=proposal.id,
            kind=proposal.kind,
            flags=proposal.flags | made,
            verdict=verdict,
            oracle=oracle,
            targets=proposal.targets,
            files=len(proposal.files),
            changed_lines=proposal.changed_lines,
            paths=tuple(file.path for file in proposal.files),
            blocked=tuple(finding.rule for finding in proposal.findings if finding.blocks),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done of late."""

    deployments: tuple[int, ...]
    """How many within each of the policy's ``limits``, in their order."""
    of_target: tuple[int, ...]
    """The same for ``target_limits``, of the one of the request's targets that has most."""
    last_rollback: datetime | None
    """The newest of any of the request's targets."""


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
    ``cool_down``, ``approval``."""


def tier_of(request: Request, policy: Policy) -> tuple[Tier, tuple[str, ...]]:
    """How much leave a change needs, and every reason for as much as that.

    Returns:
        The highest tier that anything asks for, and all that asks for it.
    """
    asks = list(_asks(request, policy))
    tier = max((tier for tier, _ in asks), key=lambda tier: tier.rank)
    return tier, tuple(reason for asked, reason in asks if asked is tier)


def flags_of(request: Request, policy: Policy) -> frozenset[Flag]:
    """The flags that were found, and those that the numbers alone give."""
    large = request.changed_lines > policy.most_changed_lines
    several = request.files > 1
    return request.flags | {
        flag for flag, holds in ((Flag.LARGE, large), (Flag.SEVERAL_FILES, several)) if holds
    }


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
    if tier is not Tier.FREE:
        yield from _over(policy.limits, done.deployments, "in all")
        yield from _over(policy.target_limits, done.of_target, f"of {', '.join(request.targets)}")
    if done.last_rollback is not None:
        rest = done.last_rollback + policy.cool_down - standing.now
        if rest > timedelta():
            yield Denied(
                f"{', '.join(request.targets)} was rolled back "
                f"{_spell(standing.now - done.last_rollback)} ago and is left alone for "
                f"{_spell(policy.cool_down)}.",
                f"Wait {_spell(rest)}; meanwhile find out why the last change was worse.",
                "cool_down",
            )


def _over(limits: tuple[Limit, ...], done: tuple[int, ...], what: str) -> Iterator[Denied]:
    for limit, count in zip(limits, done, strict=True):
        if count >= limit.most:
            yield Denied(
                f"{count} deployments {what} within {_spell(limit.per)}, and {limit.most} are "
                "allowed.",
                "Wait until the oldest of them is longer ago than that, or ask a person to raise "
                "[limits] in the policy. An approval does not lift a limit.",
                "limit",
            )


def _unapproved(request: Request, policy: Policy, standing: Standing) -> Iterator[Denied]:
    tier, reasons = tier_of(request, policy)
    wanted = _PEOPLE.get(tier, 0)
    if standing.approvals < wanted:
        who = "a person" if wanted == 1 else f"{wanted} different people"
        yield Denied(
            f"{request.proposal} needs the approval of {who} ({', '.join(reasons)}) and has "
            f"{standing.approvals}.",
            f"Ask {who} to run `mendloop approve {request.proposal}` in a terminal; an agent "
            "cannot. Then call deploy_fix again.",
            "approval",
        )


def _asks(request: Request, policy: Policy) -> Iterator[tuple[Tier, str]]:
    """Everything that asks for leave."""
    yield policy.tiers[request.kind], f"it is a {request.kind.value.replace('_', ' ')}"
    for flag in sorted(flags_of(request, policy)):
        yield policy.lifts[flag], flag.value.replace("_", " ")
    if request.verdict is Verdict.INCONCLUSIVE:
        yield policy.inconclusive, "its test could not tell"
    if request.verdict is not None and request.oracle not in _STRONG:
        yield policy.weak_oracle, f"only {request.oracle.replace('_', ' ')} speaks for it"
    for path in request.paths:
        pattern = covered_by(path, policy.never)
        if pattern is not None:
            yield Tier.NEVER, f"{path} is protected by `{pattern}`"


def _spell(span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"  # noqa: PLR2004  2 h
