from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.governance.breaker import Open, Tried
from mendloop.core.governance.decide import (
    Allowed,
    Denied,
    Done,
    Standing,
    decide,
)
from mendloop.core.governance.policy import Limit, Policy, Tier
from mendloop.core.governance.tier import Request, tier_of
from mendloop.model.action import Action
from mendloop.model.ids import DeploymentId, ProposalId, TargetName
from mendloop.model.power import Power
from mendloop.model.proposal import ChangeKind, Flag, StaticFinding
from mendloop.model.report import Check, Verdict
from mendloop.model.stop import Stopped
from mendloop.model.target import SideEffect
from tests import policies
from tests.policies import ASKS
from tests.store.nouns import PROPOSAL, REPORT

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STOPPED = Stopped(at=NOW, by="anna", reason="lunch")
POLICY = replace(
    policies.POLICY,
    tiers={**policies.POLICY.tiers, ChangeKind.SKILL_IMPROVE: Tier.SECOND},
    lifts=dict.fromkeys(Flag, Tier.APPROVE) | {Flag.OUT_OF_RANGE: Tier.NEVER},
    target_limits=(Limit(most=2, per=HOUR), Limit(most=5, per=DAY)),
)
REQUEST = Request(
    proposal=ProposalId("p-1"),
    kind=ChangeKind.BEHAVIOR_FIX,
    flags=frozenset(),
    verdict=Verdict.PASSED,
    oracle="recorded",
    targets=(TargetName("pricing.quote"),),
    files=1,
    changed_lines=3,
    paths=("tools/pricing.py",),
)
STANDING = Standing(
    now=NOW,
    done=Done(deployments=(0, 0), of_target=(0, 0), last_rollback=None),
    approvals=0,
    stopped=None,
)

OPEN = Open(failures=3, until=NOW + HOUR)
TRIED = Tried(failures=3, trial=DeploymentId("d-1"))

TIERS = st.sampled_from(Tier)
POLICIES = st.builds(
    replace,
    st.just(POLICY),
    tiers=st.fixed_dictionaries(dict.fromkeys(ChangeKind, TIERS)),
    lifts=st.fixed_dictionaries(dict.fromkeys(Flag, TIERS)),
    inconclusive=TIERS,
    weak_oracle=TIERS,
)
REQUESTS = st.builds(
    replace,
    st.just(REQUEST),
    kind=st.sampled_from(ChangeKind),
    flags=st.frozensets(st.sampled_from(Flag)),
    verdict=st.sampled_from([*Verdict, None]),
    oracle=st.sampled_from(["expected", "recorded", "invariant", "no_crash", "structure", "none"]),
    files=st.integers(1, 10),
    changed_lines=st.integers(0, 60),
    paths=st.sampled_from([("a.py",), ("a.py", "mendloop.toml")]),
    blocked=st.sampled_from([(), ("exec",)]),
    rejected=st.sampled_from(["", "anna: too large"]),
)
COUNTS = st.tuples(st.integers(0, 25), st.integers(0, 25))
DONE = st.builds(
    Done,
    deployments=COUNTS,
    of_target=COUNTS,
    last_rollback=st.none() | st.timedeltas(timedelta(), DAY).map(lambda ago: NOW - ago),
)
STANDINGS = st.builds(
    Standing,
    now=st.just(NOW),
    done=DONE,
    approvals=st.integers(0, 3),
    stopped=st.sampled_from([None, STOPPED]),
)


def allowed(request: Request, policy: Policy, standing: Standing) -> bool:
    return isinstance(decide(Action.DEPLOY, request, policy, standing), Allowed)


def refusal(
    request: Request = REQUEST, policy: Policy = POLICY, standing: Standing = STANDING
) -> Denied:
    denied = decide(Action.DEPLOY, request, policy, standing)
    assert isinstance(denied, Denied)
    return denied


def test_a_tested_fix_within_the_limits_is_allowed() -> None:
    assert allowed(REQUEST, POLICY, STANDING)


@given(request=st.none() | REQUESTS, policy=POLICIES, standing=STANDINGS)
@pytest.mark.promise("gate/rollback-is-never-denied")
def test_rollback_and_recovery_are_never_denied(
    request: Request | None, policy: Policy, standing: Standing
) -> None:
    for action in (Action.ROLL_BACK, Action.RECOVER):
        assert decide(action, request, policy, standing) == Allowed()


@given(request=REQUESTS, policy=POLICIES, standing=STANDINGS)
@pytest.mark.promise("gate/limits-hold")
def test_what_is_allowed_meets_every_condition_at_once(
    request: Request, policy: Policy, standing: Standing
) -> None:
    if not allowed(request, policy, standing):
        return
    tier, _ = tier_of(request, policy)
    done = standing.done
    assert tier is not Tier.NEVER
    assert standing.stopped is None
    assert not request.rejected
    assert not request.blocked
    assert request.verdict in {Verdict.PASSED, Verdict.INCONCLUSIVE}
    assert request.files <= policy.most_files
    assert "mendloop.toml" not in request.paths
    assert standing.approvals >= {Tier.APPROVE: 1, Tier.SECOND: 2}.get(tier, 0)
    assert done.last_rollback is None or NOW - done.last_rollback >= policy.cool_down
    if tier is not Tier.FREE:
        assert done.deployments < (6, 20)
        assert done.deployments[1] < 20
        assert done.of_target[0] < 2
        assert done.of_target[1] < 5


@given(request=REQUESTS, policy=POLICIES, standing=STANDINGS, kind=st.sampled_from(ChangeKind))
def test_raising_a_tier_never_allows_more(
    request: Request, policy: Policy, standing: Standing, kind: ChangeKind
) -> None:
    answers = [
        allowed(request, replace(policy, tiers={**policy.tiers, kind: tier}), standing)
        for tier in Tier
    ]
    assert all(lower or not higher for lower, higher in pairwise(answers))


@given(request=REQUESTS, policy=POLICIES, standing=STANDINGS, flag=st.sampled_from(Flag))
def test_a_flag_more_never_allows_more(
    request: Request, policy: Policy, standing: Standing, flag: Flag
) -> None:
    flagged = replace(request, flags=request.flags | {flag})

    assert allowed(request, policy, standing) or not allowed(flagged, policy, standing)


@given(request=REQUESTS, policy=POLICIES, standing=STANDINGS, more=DONE)
@pytest.mark.promise("gate/limits-hold")
def test_more_done_never_allows_more(
    request: Request, policy: Policy, standing: Standing, more: Done
) -> None:
    done = standing.done
    larger = Done(
        deployments=_larger(done.deployments, more.deployments),
        of_target=_larger(done.of_target, more.of_target),
        last_rollback=max(
            (at for at in (done.last_rollback, more.last_rollback) if at), default=None
        ),
    )

    assert allowed(request, policy, standing) or not allowed(
        request, policy, replace(standing, done=larger)
    )


def _larger(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(max(pair) for pair in zip(one, other, strict=True))


@given(request=REQUESTS, policy=POLICIES, standing=STANDINGS, approvals=st.integers(0, 9))
@pytest.mark.promise("gate/limits-hold")
def test_an_approval_helps_against_nothing_but_the_want_of_it(
    request: Request, policy: Policy, standing: Standing, approvals: int
) -> None:
    denied = decide(Action.DEPLOY, request, policy, standing)
    if isinstance(denied, Denied) and denied.code != "approval":
        approved = replace(standing, approvals=approvals)
        assert decide(Action.DEPLOY, request, policy, approved) == denied


@given(request=REQUESTS, policy=POLICIES)
@pytest.mark.promise("gate/no-change-without-approval")
def test_no_more_than_the_number_of_people_that_the_tier_names_will_do(
    request: Request, policy: Policy
) -> None:
    tier, _ = tier_of(request, policy)
    wanted = {Tier.APPROVE: 1, Tier.SECOND: 2}.get(tier, 0)
    for approvals in range(wanted):
        assert not allowed(request, policy, replace(STANDING, approvals=approvals))


@given(request=REQUESTS, policy=POLICIES)
def test_the_tier_is_the_highest_that_anything_asks_for_and_says_why(
    request: Request, policy: Policy
) -> None:
    tier, reasons = tier_of(request, policy)

    assert tier.rank >= policy.tiers[request.kind].rank
    assert all(tier.rank >= policy.lifts[flag].rank for flag in request.flags)
    assert reasons


@pytest.mark.parametrize(
    ("change", "tier"),
    [
        ({}, Tier.AUTO),
        ({"verdict": Verdict.INCONCLUSIVE}, Tier.APPROVE),
        ({"oracle": "no_crash"}, Tier.APPROVE),
        ({"oracle": "structure"}, Tier.APPROVE),
        ({"oracle": "none"}, Tier.APPROVE),
        ({"oracle": "something new"}, Tier.APPROVE),
        ({"changed_lines": 41}, Tier.APPROVE),
        ({"files": 2}, Tier.APPROVE),
        ({"kind": ChangeKind.SKILL_IMPROVE, "oracle": "none"}, Tier.SECOND),
        ({"flags": frozenset({Flag.OUT_OF_RANGE})}, Tier.NEVER),
        ({"paths": ("a.py", "deep/.env.local")}, Tier.NEVER),
    ],
)
def test_weak_evidence_and_wide_changes_ask_for_more(change: dict[str, Any], tier: Tier) -> None:
    assert tier_of(replace(REQUEST, **change), POLICY)[0] is tier


@pytest.mark.parametrize(
    ("asks", "change"),
    [
        ({"paths": {"tools/**": Tier.SECOND}}, {}),
        ({"paths": {"*/PRICING.py": Tier.SECOND}}, {}),
        ({"targets": {"pricing.*": Tier.SECOND}}, {}),
        ({"targets": {"*": Tier.SECOND}}, {}),
        (
            {"effects": {**ASKS.effects, SideEffect.NETWORK: Tier.SECOND}},
            {"effects": frozenset({SideEffect.NETWORK, SideEffect.CLOCK})},
        ),
        (
            {"powers": {**ASKS.powers, Power.EVAL: Tier.SECOND}},
            {"powers": frozenset({Power.EVAL, Power.FILES})},
        ),
        ({"oracles": {**ASKS.oracles, "recorded": Tier.SECOND}}, {}),
        ({"left_out": Tier.SECOND}, {"left_out": True}),
        ({"wide_bound": Tier.SECOND}, {"bound": 0.051}),
        ({"wide_bound": Tier.SECOND}, {"bound": None}),
    ],
)
def test_a_place_an_effect_a_power_and_weak_strength_each_ask_for_their_tier(
    asks: dict[str, Any], change: dict[str, Any]
) -> None:
    request = replace(REQUEST, **{"bound": 0.05, **change})
    policy = replace(POLICY, asks=replace(ASKS, **asks))

    assert tier_of(request, POLICY)[0] is Tier.AUTO
    assert tier_of(request, policy)[0] is Tier.SECOND


@pytest.mark.promise("gate/own-files-are-never-changed")
def test_a_file_of_the_loop_itself_is_never_changed_by_it() -> None:
    free = replace(POLICY, tiers=dict.fromkeys(ChangeKind, Tier.FREE), never=())
    own = replace(REQUEST, own=("mendloop/app/gate.py",))

    assert tier_of(own, free) == (Tier.NEVER, ("mendloop/app/gate.py is of the loop itself",))
    assert refusal(own, free, replace(STANDING, approvals=9)).code == "never"


def test_a_request_says_what_the_proposal_and_its_report_say() -> None:
    finding = StaticFinding(
        rule="capability", message="m", path="a.py", line=1, blocks=False, power="eval"
    )
    proposal = replace(PROPOSAL, findings=(finding,), effects=frozenset({SideEffect.NETWORK}))
    narrowed = Check(
        name="modes", verdict=Verdict.INCONCLUSIVE, summary="", numbers={"left_out": 1.0}
    )
    request = Request.on(proposal, replace(REPORT, checks=(narrowed,), regression_bound=0.2))

    assert request.powers == frozenset({Power.EVAL})
    assert request.effects == frozenset({SideEffect.NETWORK})
    assert (request.left_out, request.bound) == (True, 0.2)
    assert Request.on(proposal, None).verdict is None
    assert Request.on(proposal, None).bound is None
    assert not Request.hoped(proposal).left_out


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verdict": None}, "evidence"),
        ({"verdict": Verdict.FAILED}, "evidence"),
        ({"verdict": Verdict.BROKEN}, "evidence"),
        ({"blocked": ("exec",)}, "evidence"),
        ({"rejected": "anna: no"}, "rejected"),
        ({"files": 9}, "size"),
        ({"paths": ("mendloop.toml",)}, "never"),
        ({"kind": ChangeKind.FORMULA_CHANGE}, "approval"),
    ],
)
def test_each_refusal_of_a_change_has_its_code(change: dict[str, Any], code: str) -> None:
    assert refusal(replace(REQUEST, **change)).code == code


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (replace(STANDING, stopped=STOPPED), "stopped"),
        (replace(STANDING, done=replace(STANDING.done, deployments=(6, 6))), "limit"),
        (replace(STANDING, done=replace(STANDING.done, deployments=(0, 20))), "limit"),
        (replace(STANDING, done=replace(STANDING.done, of_target=(2, 2))), "limit"),
        (replace(STANDING, done=replace(STANDING.done, of_target=(0, 5))), "limit"),
        (
            replace(STANDING, done=replace(STANDING.done, last_rollback=NOW - HOUR / 2)),
            "cool_down",
        ),
        (replace(STANDING, done=replace(STANDING.done, rollouts=20)), "rollouts"),
        (replace(STANDING, done=replace(STANDING.done, circuits={"in all": OPEN})), "circuit"),
        (replace(STANDING, done=replace(STANDING.done, circuits={"of x": TRIED})), "circuit"),
    ],
)
def test_each_refusal_of_the_moment_has_its_code(standing: Standing, code: str) -> None:
    assert refusal(standing=standing).code == code


def test_a_refusal_says_when_there_is_room_again_and_what_a_person_can_do() -> None:
    done = replace(STANDING.done, deployments=(6, 6), next_free=NOW + HOUR)
    denied = refusal(standing=replace(STANDING, done=done))
    assert denied.reason == (
        "6 deployments in all within 60 min, and 6 are allowed (`deployments_per_hour`)."
    )
    assert "There is room again at 2026-01-01 13:00:01 UTC. A person can raise" in denied.hint
    done = replace(STANDING.done, circuits={"of x": OPEN})
    denied = refusal(standing=replace(STANDING, done=done))
    assert "3 deployments of x in a row were taken back or failed" in denied.reason
    assert "At 2026-01-01 13:00:01 UTC one deployment is let through on trial." in denied.hint
    assert "mendloop resume" in denied.hint


def test_a_free_change_is_not_counted_but_still_waits_for_the_cool_down() -> None:
    free = replace(POLICY, tiers=dict.fromkeys(ChangeKind, Tier.FREE))
    busy = Done(deployments=(99, 99), of_target=(99, 99), last_rollback=None)

    assert allowed(REQUEST, free, replace(STANDING, done=busy))
    assert not allowed(REQUEST, free, replace(STANDING, done=replace(busy, last_rollback=NOW)))


@pytest.mark.promise("gate/agent-cannot-approve")
def test_the_refusal_says_that_a_person_approves_and_how() -> None:
    denied = refusal(replace(REQUEST, kind=ChangeKind.SKILL_IMPROVE))

    assert denied.reason == (
        "p-1 needs the approval of 2 different people (it is a change of a skill) and has none."
    )
    assert denied.hint == (
        "Ask 2 different people to run `mendloop approve p-1` in a terminal; an agent cannot. "
        "Then call deploy_fix again."
    )


def test_a_stop_names_who_can_end_it() -> None:
    assert "mendloop resume" in refusal(standing=replace(STANDING, stopped=STOPPED)).hint


def test_a_deployment_of_nothing_is_denied() -> None:
    assert isinstance(decide(Action.DEPLOY, None, POLICY, STANDING), Denied)
