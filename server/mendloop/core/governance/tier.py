"""How much leave does a change need? By what it is, what it touches, and what speaks for it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Final, Self

from mendloop.core.governance.globs import covered_by, covers_name
from mendloop.core.governance.policy import Policy, Tier
from mendloop.model.ids import ProposalId, TargetName
from mendloop.model.power import Power
from mendloop.model.proposal import ChangeKind, Flag, Proposal
from mendloop.model.report import Report, Verdict
from mendloop.model.target import SideEffect
from mendloop.noun import dataclass

_NARROWED: Final = "modes"
"""The check by which a report says that something was left out of the test."""

_NAMED: Final = {
    ChangeKind.CONSTANT_TUNE: "change of a constant",
    ChangeKind.FORMULA_CHANGE: "change of a formula",
    ChangeKind.BEHAVIOR_FIX: "change of behaviour",
    ChangeKind.PROTOCOL_UPDATE: "change of a protocol",
    ChangeKind.SKILL_IMPROVE: "change of a skill",
}


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
    effects: frozenset[SideEffect] = frozenset()
    """What its targets are declared to do."""
    powers: frozenset[Power] = frozenset()
    """What it newly reaches for."""
    bound: float | None = None
    """At most this share of the calls gets worse; ``None`` where nobody knows."""
    left_out: bool = False
    """Whether the test was asked to leave something out."""
    own: tuple[str, ...] = ()
    """Those of its files that are of the loop itself."""

    @classmethod
    def on(cls, proposal: Proposal, report: Report | None) -> Self:
        """The request to deploy a proposal, with what its latest test has said of it."""
        hoped = cls.hoped(proposal)
        if report is None:
            return replace(hoped, verdict=None, oracle="none", bound=None)
        return replace(
            hoped,
            verdict=report.verdict,
            oracle=report.oracle,
            bound=report.regression_bound,
            left_out=any(check.name == _NARROWED for check in report.checks),
        )

    @classmethod
    def hoped(cls, proposal: Proposal) -> Self:
        """The request as it would be if the test went as well as can be."""
        made = {Flag.NEW_FILE for file in proposal.files if file.old is None}
        return cls(
            proposal=proposal.id,
            kind=proposal.kind,
            flags=proposal.flags | made,
            verdict=Verdict.PASSED,
            oracle="expected",
            targets=proposal.targets,
            files=len(proposal.files),
            changed_lines=proposal.changed_lines,
            paths=tuple(file.path for file in proposal.files),
            blocked=tuple(finding.rule for finding in proposal.findings if finding.blocks),
            effects=proposal.effects,
            powers=frozenset(Power(each.power) for each in proposal.findings if each.power),
            bound=0.0,
        )


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


def _asks(request: Request, policy: Policy) -> Iterator[tuple[Tier, str]]:
    """Everything that asks for leave."""
    yield policy.tiers[request.kind], f"it is a {_NAMED[request.kind]}"
    for flag in sorted(flags_of(request, policy)):
        yield policy.lifts[flag], flag.value.replace("_", " ")
    yield from _by_evidence(request, policy)
    for path in request.paths:
        pattern = covered_by(path, policy.never)
        if pattern is not None:
            yield Tier.NEVER, f"{path} is protected by `{pattern}`"
    for path in request.own:
        yield Tier.NEVER, f"{path} is of the loop itself"
    yield from _by_place(request, policy)


def _by_evidence(request: Request, policy: Policy) -> Iterator[tuple[Tier, str]]:
    """What the test asks for, where there was one."""
    asks = policy.asks
    if request.verdict is None:
        return
    if request.verdict is Verdict.INCONCLUSIVE:
        yield policy.inconclusive, "its test could not tell"
    oracle = asks.oracles.get(request.oracle, policy.weak_oracle)
    if oracle is not Tier.FREE:
        yield oracle, f"only {request.oracle.replace('_', ' ')} speaks for it"
    if request.left_out:
        yield asks.left_out, "something was left out of its test"
    if request.bound is None:
        yield asks.wide_bound, "nobody knows how many calls may get worse"
    elif request.bound > asks.bound_above:
        yield asks.wide_bound, f"up to {request.bound:.1%} of the calls may get worse"


def _by_place(request: Request, policy: Policy) -> Iterator[tuple[Tier, str]]:
    """What the places that a change touches ask for, and what it and its targets can do."""
    asks = policy.asks
    for path, glob in product(request.paths, asks.paths):
        if covered_by(path, (glob,)) is not None:
            yield asks.paths[glob], f"{path} is covered by `{glob}`"
    for name, glob in product(request.targets, asks.targets):
        if covers_name(name, glob):
            yield asks.targets[glob], f"{name} is covered by `{glob}`"
    for effect in sorted(request.effects):
        yield asks.effects[effect], f"a target is declared to have {effect.value}"
    for power in sorted(request.powers):
        yield asks.powers[power], f"it newly reaches for {power.value}"
