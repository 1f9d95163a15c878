"""Leave given beforehand: what it covers, how often, and when it ends."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from mendloop.adapters.signing.private import signed
from mendloop.app.standing import InForce
from mendloop.core.governance.policy import Tier
from mendloop.core.governance.standing import read_grant
from mendloop.errors import Conflict, InvalidInput, Refused
from mendloop.model.approval import NAMESPACE
from mendloop.model.deployment import Progress
from mendloop.model.ids import ProposalId
from mendloop.model.proposal import ChangeKind
from mendloop.model.report import Verdict
from mendloop.model.standing import STANDING, StandingApproval, Terms
from tests.app.rig import Rig, lay_out, rigged
from tests.conftest import HandClock
from tests.policies import POLICY

pytestmark = pytest.mark.anyio

REPLY = "prompts/reply.md"
FORMULA = ChangeKind.FORMULA_CHANGE
TERMS = Terms(
    kinds=(FORMULA,),
    targets=("repl*",),
    paths=("prompts/*.md",),
    flags=(),
    changed_lines=3,
    verdict=Verdict.PASSED,
    oracle="recorded",
    per_day=2,
    total=3,
)


async def stand(rig: Rig, terms: Terms = TERMS, *, days: int = 30) -> StandingApproval:
    text = await rig.granter.document(terms, lasts=timedelta(days=days))
    return await rig.granter.give(text, sign(rig, text))


def sign(rig: Rig, text: str, *, namespace: str = STANDING) -> str:
    rig.sign("", by="anna")  # makes and registers the key
    return signed(rig.keys / "anna", "", text.encode(), namespace)


async def wanted(rig: Rig, content: bytes = b"new", **more: Any) -> ProposalId:
    return await rig.propose({REPLY: content}, targets=("reply",), kind=FORMULA, **more)


async def refused(rig: Rig, proposal: ProposalId) -> Any:
    with pytest.raises(Refused) as told:
        await rig.deployer.deploy(proposal)
    last = (await rig.audited())[-1]
    assert last.facts["code"] == "approval", told.value
    return last.facts.get("standing_not")


@pytest.mark.promise("standing/only-what-was-signed")
async def test_a_change_that_is_covered_deploys_by_itself_and_the_audit_says_by_what(
    rig: Rig,
) -> None:
    given = await stand(rig)

    done = await rig.deployer.deploy(await wanted(rig))

    assert done.progress is Progress.COMMITTED
    [admitted] = [each for each in await rig.audited() if each.event == "deploy_admitted"]
    assert (admitted.facts["standing"], admitted.facts["standing_by"]) == (given.id, "anna")


@pytest.mark.promise("standing/only-what-was-signed")
@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"kinds": (ChangeKind.CONSTANT_TUNE,)}, "it is a formula_change"),
        ({"targets": ("Reply",)}, "its targets"),
        ({"paths": ("Prompts/*.md",)}, "its files"),
        ({"paths": ("prompts",)}, "its files"),
        ({"paths": ("*.md", "**/reply.txt")}, "its files"),
    ],
)
async def test_a_change_that_is_not_covered_needs_a_person_and_the_audit_says_why(
    rig: Rig, other: dict[str, Any], why: str
) -> None:
    given = await stand(rig, replace(TERMS, **other))
    assert await refused(rig, await wanted(rig)) == [f"{given.id}: {why}"]


@pytest.mark.promise("standing/only-what-was-signed")
async def test_weaker_evidence_and_more_lines_than_were_named_need_a_person(rig: Rig) -> None:
    await stand(rig)
    for tested in ({"verdict": Verdict.INCONCLUSIVE}, {"oracle": "no_crash"}):
        assert await refused(rig, await wanted(rig, str(tested).encode(), tested=tested))
    long = "".join(f"line {number}\n" for number in range(9)).encode()
    [why] = await refused(rig, await wanted(rig, long))
    assert "lines" in why


@pytest.mark.promise("standing/never-for-two-people")
async def test_none_lets_through_what_needs_two_people(tmp_path: Path, clock: HandClock) -> None:
    lay_out(tmp_path)
    policy = replace(POLICY, tiers=dict.fromkeys(ChangeKind, Tier.SECOND))
    async with rigged(tmp_path, clock, policy=policy) as rig:
        await stand(rig)
        proposal = await wanted(rig)
        await rig.approve(proposal, by="ben")
        [why] = await refused(rig, proposal)
    assert "its tier is second" in why


@pytest.mark.promise("standing/within-its-limits")
async def test_it_is_used_so_often_a_day_and_in_all_and_not_when_it_has_ended(
    rig: Rig, clock: HandClock
) -> None:
    await stand(rig, days=3)

    async def deploy(content: bytes) -> None:
        await rig.deployer.deploy(await wanted(rig, content))

    await deploy(b"1")
    await deploy(b"2")
    [why] = await refused(rig, await wanted(rig, b"3"))
    assert "used up" in why
    clock.forward(hours=25)
    await deploy(b"4")
    clock.forward(hours=25)
    [why] = await refused(rig, await wanted(rig, b"5"))
    assert "used up" in why
    clock.forward(days=1)
    assert await refused(rig, await wanted(rig, b"6")) is None


@pytest.mark.promise("standing/within-its-limits")
async def test_of_many_at_once_no_more_than_it_says_get_through(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock) as one, rigged(tmp_path, clock) as other:
        await stand(one, replace(TERMS, total=1))
        proposals = [await wanted(one, text) for text in (b"1", b"2")]
        told: list[Exception] = []

        async def deploy(rig: Rig, proposal: ProposalId) -> None:
            try:
                await rig.deployer.deploy(proposal)
            except (Refused, Conflict) as error:
                told.append(error)

        async with anyio.create_task_group() as both:
            both.start_soon(deploy, one, proposals[0])
            both.start_soon(deploy, other, proposals[1])
        assert len(told) == 1
        assert (await one.events()).count("deploy_admitted") == 1


@pytest.mark.promise("standing/within-its-limits")
async def test_revoked_or_by_a_key_that_was_removed_it_counts_no_more(rig: Rig) -> None:
    given = await stand(rig)
    [(_, found)] = await rig.granter.all()
    assert isinstance(found, InForce)
    rig.signers.remove("anna")
    [why] = await refused(rig, await wanted(rig))
    assert "is not registered" in why
    again = await stand_again(rig)
    await rig.granter.revoke(again.id, by="agent")
    [why] = await refused(rig, await wanted(rig, b"2"))
    assert given.id in why
    assert [found for _, found in await rig.granter.all()][-1] == "it was revoked"


async def stand_again(rig: Rig) -> StandingApproval:
    text = await rig.granter.document(TERMS, lasts=timedelta(days=1))
    return await rig.granter.give(text, rig_sign(rig, text))


def rig_sign(rig: Rig, text: str) -> str:
    rig.sign("", by="ben")
    return signed(rig.keys / "ben", "", text.encode(), STANDING)


async def test_another_policy_ends_it(tmp_path: Path, clock: HandClock) -> None:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock) as rig:
        await stand(rig)
    async with rigged(tmp_path, clock, policy=replace(POLICY, most_files=2)) as rig:
        [why] = await refused(rig, await wanted(rig))
    assert "the policy has changed" in why


@pytest.mark.promise("approve/signature-decides")
async def test_only_a_signature_for_this_purpose_gives_one_and_once(rig: Rig) -> None:
    text = await rig.granter.document(TERMS, lasts=timedelta(days=1))
    with pytest.raises(Refused, match="another purpose"):
        await rig.granter.give(text, sign(rig, text, namespace=NAMESPACE))
    await rig.granter.give(text, sign(rig, text))
    with pytest.raises(Conflict, match="handed in before"):
        await rig.granter.give(text, sign(rig, text))
    wide = text.replace('"repl*"', '"*"')
    with pytest.raises(Refused, match="no signature of these bytes"):
        await rig.granter.give(wide, sign(rig, text))


async def test_a_key_that_is_registered_for_approvals_alone_gives_none(rig: Rig) -> None:
    text = await rig.granter.document(TERMS, lasts=timedelta(days=1))
    signature = sign(rig, text)
    register = rig.signers.path
    register.write_text(
        register.read_text(encoding="utf-8").replace(f",{STANDING}", ""), encoding="utf-8"
    )
    with pytest.raises(Refused, match="not registered for mendloop-standing/1"):
        await rig.granter.give(text, signature)


@pytest.mark.parametrize(
    "nothing",
    [
        {"kinds": ()}, {"targets": ()}, {"paths": ()}, {"per_day": 0}, {"total": 0},
        {"changed_lines": 0}, {"verdict": Verdict.FAILED}, {"oracle": "hope"},
    ],
)  # fmt: skip
async def test_one_that_says_nothing_or_too_much_is_none(rig: Rig, nothing: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="no standing approval"):
        await rig.granter.document(replace(TERMS, **nothing), lasts=timedelta(days=1))
    with pytest.raises(InvalidInput, match="within 90 days"):
        await rig.granter.document(TERMS, lasts=timedelta(days=91))


@pytest.mark.parametrize("broken", ["", "{", "[]", "null", "{}", "[" * 100_000, "\udcff", " {}"])
def test_any_other_text_is_none(broken: str) -> None:
    assert isinstance(read_grant(broken), str)


@pytest.mark.promise("approve/believes-no-row")
async def test_a_report_that_no_test_has_made_is_none(rig: Rig) -> None:
    proposal = await rig.propose({REPLY: b"new"}, targets=("reply",), tested={"oracle": "no_crash"})
    async with rig.state.transaction() as tables:
        report = await tables.reports.latest(proposal)
        assert report is not None
        await tables.reports.add(replace(report, oracle="expected"))

    with pytest.raises(Refused, match="has not been tested"):
        await rig.deployer.deploy(proposal)


@pytest.mark.promise("approve/believes-no-row")
async def test_what_a_change_is_the_bytes_say(tmp_path: Path, clock: HandClock) -> None:
    """The records call it a tuned constant; it changes a signature."""
    lay_out(tmp_path)
    policy = replace(POLICY, lifts=dict.fromkeys(POLICY.lifts, Tier.APPROVE))
    async with rigged(tmp_path, clock, policy=policy) as rig:
        new = (rig.root / "tools/greet.py").read_bytes().replace(b"greet(name)", b"greet(name, x)")
        proposal = await rig.propose({"tools/greet.py": new}, kind=ChangeKind.CONSTANT_TUNE)
        with pytest.raises(Refused, match=r"a person \(signature changed\)"):
            await rig.deployer.deploy(proposal)
