import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
import rfc8785

from mendloop.adapters.signing.private import new_key, signed
from mendloop.app.lately import done_of_late
from mendloop.app.permit import Permit
from mendloop.core.governance.breaker import Closed
from mendloop.core.governance.policy import Limit, Tier
from mendloop.errors import Conflict, InvalidInput, NotFound, Refused
from mendloop.model.action import Action
from mendloop.model.deployment import Progress
from mendloop.model.ids import DeploymentId, Digest, ProposalId, TargetName, digest_of
from mendloop.model.proposal import ChangeKind, Flag, change_digest
from mendloop.model.report import Verdict, report_digest
from tests.app.rig import FILES, POLITE, Rig, lay_out, rigged
from tests.conftest import HandClock
from tests.policies import BUDGET, POLICY
from tests.store.nouns import DEPLOYMENT

pytestmark = pytest.mark.anyio

REPLY = "prompts/reply.md"
FORMULA = ChangeKind.FORMULA_CHANGE


async def refusal(rig: Rig, wanted: ProposalId) -> Refused:
    """What the gate says, which must be on record and must have changed nothing."""
    files = rig.files()
    with pytest.raises(Refused) as refused:
        await rig.deployer.deploy(wanted)
    assert rig.files() == files
    last = (await rig.audited())[-1]
    assert (last.event, last.facts["proposal"]) == ("deploy_refused", wanted)
    assert last.facts["reason_refused"] == refused.value.message
    return refused.value


def test_a_permit_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError):
        Permit(object(), Action.DEPLOY, Digest(""))


@pytest.mark.promise("gate/no-change-without-permit")
async def test_only_the_gate_issues_permits() -> None:
    package = Path(__file__).parents[2] / "server" / "mendloop"
    issuers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "_issue" in path.read_text(encoding="utf-8")
    }

    assert issuers == {"app/permit.py", "app/gate.py"}


@pytest.mark.promise("gate/no-change-without-permit")
async def test_a_permit_covers_exactly_what_was_admitted(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    async with rig.state.reading() as tables:
        proposal = await tables.proposals.get(wanted)
    prepared = replace(
        DEPLOYMENT, targets=(TargetName("reply"),), files=proposal.files, proposal=wanted
    )

    permit = await rig.gate.admit(prepared)

    with pytest.raises(PermissionError):
        permit.spend(Action.DEPLOY, digest_of(b"something else"))
    with pytest.raises(PermissionError):
        permit.spend(Action.ROLL_BACK, change_digest(proposal.files))
    permit.spend(Action.DEPLOY, change_digest(proposal.files))
    with pytest.raises(PermissionError):
        permit.spend(Action.DEPLOY, change_digest(proposal.files))


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.BROKEN])
async def test_a_change_whose_test_did_not_pass_is_refused(rig: Rig, verdict: Verdict) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), tested={"verdict": verdict})

    assert f"The latest test of {wanted}" in (await refusal(rig, wanted)).message


async def test_an_untested_change_is_refused(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), tested={})

    assert (await refusal(rig, wanted)).hint == f"Call test_fix for {wanted}."


async def test_only_the_latest_test_counts(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    async with rig.state.reading() as tables:
        proposal = await tables.proposals.get(wanted)
    await rig.test(proposal, verdict=Verdict.FAILED)

    await refusal(rig, wanted)


@pytest.mark.promise("gate/no-change-without-approval")
async def test_a_change_that_needs_a_person_waits_for_one(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)

    told = await refusal(rig, wanted)
    assert f"`mendloop approve {wanted}` in a terminal" in told.hint
    await rig.approve(wanted, by="anna")
    done = await rig.deployer.deploy(wanted)

    assert done.progress is Progress.COMMITTED
    admitted = (await rig.audited())[-2]
    assert admitted.facts["approved_by"] == ["anna"]


@pytest.mark.parametrize("tested", [{"verdict": Verdict.INCONCLUSIVE}, {"oracle": "no_crash"}])
@pytest.mark.promise("gate/no-change-without-approval")
async def test_weak_evidence_needs_a_person(rig: Rig, tested: dict[str, Any]) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), tested=tested)

    await refusal(rig, wanted)
    await rig.approve(wanted, by="anna")
    await rig.deployer.deploy(wanted)


@pytest.mark.promise("gate/no-change-without-approval")
async def test_two_people_are_two_different_people(tmp_path: Path, clock: HandClock) -> None:
    lay_out(tmp_path)
    policy = replace(POLICY, tiers=dict.fromkeys(ChangeKind, Tier.SECOND))
    async with rigged(tmp_path, clock, policy=policy) as rig:
        wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
        await rig.approve(wanted, by="anna")
        await rig.approve(wanted, by="anna")
        assert "has 1" in (await refusal(rig, wanted)).message
        await rig.approve(wanted, by="ben")

        assert (await rig.deployer.deploy(wanted)).progress is Progress.COMMITTED


@pytest.mark.promise("gate/no-change-without-approval")
async def test_two_keys_of_one_person_are_one_person(tmp_path: Path, clock: HandClock) -> None:
    lay_out(tmp_path)
    policy = replace(POLICY, tiers=dict.fromkeys(ChangeKind, Tier.SECOND))
    async with rigged(tmp_path, clock, policy=policy) as rig:
        wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
        await rig.approve(wanted, by="anna")
        rig.signers.add("Anna", new_key(rig.keys / "laptop", "", "anna"))
        await rig.approve(wanted, by="laptop")

        assert "has 1" in (await refusal(rig, wanted)).message


@pytest.mark.promise("approve/signature-decides")
@pytest.mark.parametrize(
    "column", ["manifest", "signature", "signer", "change", "report", "author", "none"]
)
async def test_a_row_that_nobody_signed_is_no_approval(rig: Rig, column: str) -> None:
    """Whoever can write the database writes an approval that looks just like a real one."""
    other = await rig.propose({REPLY: b"old"}, targets=("reply",), kind=FORMULA)
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)
    real = await rig.approve(other, by="anna")
    async with rig.state.reading() as tables:
        proposal = await tables.proposals.get(wanted)
        report = await tables.reports.latest(wanted)
    assert report is not None
    manifest = await rig.approver.manifest(wanted)
    forged = {
        "manifest": replace(real, manifest=manifest),
        "signature": replace(real, manifest=manifest, signature=real.signature),
        "signer": replace(real, manifest=manifest, signature="", key=real.key),
        "change": replace(real, manifest=f"{real.manifest} "),
        "report": replace(real, manifest="{}"),
        "author": replace(real, manifest=manifest, by="ben"),
        "none": replace(real, manifest="", signature="", key=""),
    }[column]
    async with rig.state.transaction() as tables:
        await tables.approvals.add(
            replace(forged, proposal=wanted, change=proposal.change, report=report_digest(report))
        )

    assert "has none" in (await refusal(rig, wanted)).message


@pytest.mark.promise("approve/signature-decides")
async def test_a_signature_of_a_key_that_is_not_registered_is_refused(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)
    manifest = await rig.approver.manifest(wanted)
    stranger = rig.keys / "stranger"
    new_key(stranger, "", "")

    with pytest.raises(Refused, match="is not registered"):
        await rig.approver.approve(manifest, signed(stranger, "", manifest.encode()))


@pytest.mark.promise("approve/bound-to-the-change")
async def test_a_manifest_that_says_otherwise_than_the_records_is_refused(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)
    told = json.loads(await rig.approver.manifest(wanted))
    wrong: dict[str, Any] = {
        "tier": "auto", "policy": "0" * 64, "cases": "0" * 64, "verdict": "failed",
        "oracle": "expected!", "sandbox": "Z", "targets": ["greet"], "files": [],
        "change": "0" * 64, "report": "0" * 64, "more": 1,
    }  # fmt: skip
    for name, value in wrong.items():
        text = rfc8785.dumps({**told, name: value}).decode()
        with pytest.raises(Conflict, match=f"otherwise than the records: {name}"):
            await rig.approver.approve(text, rig.sign(text, by="anna"))
    later = (datetime.fromisoformat(told["expires"]) + timedelta(days=1)).isoformat()
    text = rfc8785.dumps({**told, "expires": later}).decode()
    with pytest.raises(Conflict, match="has run out"):
        await rig.approver.approve(text, rig.sign(text, by="anna"))
    for broken in ("", "{", "[]", "null", json.dumps(told), "[" * 100_000, "{}", "\udcff"):
        with pytest.raises(InvalidInput, match="no manifest"):
            await rig.approver.approve(broken, "")


async def test_another_policy_needs_another_approval(tmp_path: Path, clock: HandClock) -> None:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock) as rig:
        wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)
        await rig.approve(wanted, by="anna")
    async with rigged(tmp_path, clock, policy=replace(POLICY, most_files=2)) as rig:
        assert "has none" in (await refusal(rig, wanted)).message


@pytest.mark.promise("approve/single-use")
async def test_an_approval_is_good_once(rig: Rig, clock: HandClock) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)
    await rig.approve(wanted, by="anna")
    done = await rig.deployer.deploy(wanted)
    await rig.roller.rollback(deployment=done.id, reason="worse", by="agent")
    clock.forward(hours=2)

    assert "needs the approval" in (await refusal(rig, wanted)).message


@pytest.mark.promise("approve/single-use")
async def test_an_approval_runs_out(rig: Rig, clock: HandClock) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)
    await rig.approve(wanted, by="anna")
    clock.forward(hours=24)

    assert "needs the approval" in (await refusal(rig, wanted)).message


@pytest.mark.promise("approve/bound-to-the-change")
async def test_an_approval_is_of_one_change_on_one_report(rig: Rig, clock: HandClock) -> None:
    one = await rig.propose({REPLY: b"one"}, targets=("reply",), kind=FORMULA)
    other = await rig.propose({REPLY: b"other"}, targets=("reply",), kind=FORMULA)
    await rig.approve(one, by="anna")

    await refusal(rig, other)
    async with rig.state.reading() as tables:
        proposal = await tables.proposals.get(one)
    clock.forward(seconds=1)
    await rig.test(proposal)
    assert "needs the approval" in (await refusal(rig, one)).message


@pytest.mark.promise("gate/agent-cannot-approve")
@pytest.mark.parametrize("name", ["agent", "Agent", " monitor ", "", "  ", "a\nb", "x" * 101])
async def test_no_machine_and_nobody_can_approve(rig: Rig, name: str) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)

    manifest = await rig.approver.manifest(wanted)
    with pytest.raises(InvalidInput):
        rig.signers.add(name, new_key(rig.keys / "machine", "", ""))
        signature = signed(rig.keys / "machine", "", manifest.encode())
        await rig.approver.approve(manifest, signature)
    with pytest.raises(InvalidInput):
        await rig.approver.resume(by=name)

    await refusal(rig, wanted)


@pytest.mark.promise("gate/agent-cannot-approve")
def test_nothing_that_an_agent_can_reach_holds_an_approver() -> None:
    package = Path(__file__).parents[2] / "server" / "mendloop"
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "mendloop.app.approve" in path.read_text(encoding="utf-8")
    }

    assert users <= {"app/desk.py", "bootstrap/house.py"}


@pytest.mark.promise("gate/limits-hold")
async def test_the_limit_on_a_target_holds_for_approved_changes_too(
    rig: Rig, clock: HandClock
) -> None:
    for number in range(4):
        wanted = await rig.propose({REPLY: f"{number}".encode()}, targets=("reply",), kind=FORMULA)
        await rig.approve(wanted, by="anna")
        await rig.deployer.deploy(wanted)
    fifth = await rig.propose({REPLY: b"fifth"}, targets=("reply",), kind=FORMULA)
    await rig.approve(fifth, by="anna")

    assert "4 deployments of reply within 60 min" in (await refusal(rig, fifth)).message
    clock.forward(minutes=61)
    await rig.deployer.deploy(fifth)
    clock.forward(minutes=61)
    sixth = await rig.propose({REPLY: b"sixth"}, targets=("reply",))
    assert "5 deployments of reply within 24 h" in (await refusal(rig, sixth)).message


@pytest.mark.promise("gate/limits-hold")
async def test_of_many_at_once_no_more_than_the_limit_get_through(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    hour = Limit(most=2, per=timedelta(hours=1))
    policy = replace(POLICY, limits=(hour,), target_limits=())
    async with (
        rigged(tmp_path, clock, policy=policy) as one,
        rigged(tmp_path, clock, policy=policy) as other,
    ):
        refused: list[str] = []

        async def deploy(rig: Rig, wanted: ProposalId) -> None:
            try:
                await rig.deployer.deploy(wanted)
            except Refused as error:
                refused.append(error.message)

        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                for number in range(5):
                    changes = {f"prompts/{number}.md": b"new"}
                    wanted = await one.propose(changes, targets=("reply",))
                    tasks.start_soon(deploy, (one, other)[number % 2], wanted)

        assert len(refused) == 3
        done = [each.progress for each in await one.deployments()]
    assert done == [Progress.COMMITTED] * 2


@pytest.mark.promise("gate/limits-hold")
async def test_after_a_rollback_a_target_is_left_alone_for_a_while(
    rig: Rig, clock: HandClock
) -> None:
    done = await rig.deployer.deploy(await rig.propose({REPLY: b"new"}, targets=("reply",)))
    await rig.roller.rollback(deployment=done.id, reason="worse", by="monitor")
    wanted = await rig.propose({REPLY: b"newer"}, targets=("reply",))

    assert "was rolled back" in (await refusal(rig, wanted)).message
    clock.forward(minutes=60)
    await rig.deployer.deploy(wanted)


@pytest.mark.promise("limits/failures-open-a-circuit")
async def test_failures_in_a_row_open_a_circuit_that_a_trial_or_a_person_closes(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    budget = replace(BUDGET, target_failures=2, failures=9, pause=timedelta(hours=3))
    policy = replace(POLICY, limits=(), target_limits=(), budget=budget)
    async with rigged(tmp_path, clock, policy=replace(policy, cool_down=timedelta())) as rig:

        async def tried(content: bytes) -> DeploymentId:
            wanted = await rig.propose({REPLY: content}, targets=("reply",))
            return (await rig.deployer.deploy(wanted)).id

        async def failed(content: bytes) -> None:
            done = await tried(content)
            clock.forward(seconds=1)
            await rig.roller.rollback(deployment=done, reason="worse", by="anna")

        await failed(b"one")
        await failed(b"two")
        wanted = await rig.propose({REPLY: b"three"}, targets=("reply",))
        assert "2 deployments of reply in a row" in (await refusal(rig, wanted)).message
        other = await rig.propose({"settings.toml": b"[retry]\nlimit = 4\n"}, targets=("x",))
        async with rig.state.reading() as tables:
            late = await done_of_late(tables, policy, [TargetName("x")], clock.now())
        assert set(late.circuits.values()) == {Closed()}
        assert other
        clock.forward(hours=3)
        await failed(b"three")
        assert "3 deployments of reply" in (await refusal(rig, wanted)).message
        assert await rig.approver.resume(by="anna") is None
        clock.forward(seconds=1)
        await tried(b"four")
        assert "circuits_closed" in await rig.events()


@pytest.mark.promise("gate/limits-hold")
async def test_only_so_many_deployments_are_watched_at_once(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    policy = replace(POLICY, budget=replace(BUDGET, rollouts=1))
    async with rigged(tmp_path, clock, policy=policy) as rig:
        await rig.deployer.deploy(await rig.propose({"tools/greet.py": POLITE}))
        wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
        assert "(`rollouts`)" in (await refusal(rig, wanted)).message
        again = POLITE.replace(b"good", b"fine")
        await rig.deployer.deploy(await rig.propose({"tools/greet.py": again}))
        async with rig.state.reading() as tables:
            assert len(await tables.watches.active()) == 1


@pytest.mark.promise("gate/own-files-are-never-changed")
async def test_another_name_of_a_record_is_protected_as_the_record(rig: Rig) -> None:
    record = rig.keys.parent / "redaction.key"
    record.write_bytes(b"secret")
    (rig.root / "prompts" / "mine.md").hardlink_to(record)
    wanted = await rig.propose({"prompts/mine.md": b"mine"}, targets=("reply",))
    await rig.approve(wanted, by="anna")

    assert "prompts/mine.md is of the loop itself" in (await refusal(rig, wanted)).message


@pytest.mark.parametrize("path", ["mendloop.toml", "deep/.env.local", "innocent.md"])
async def test_what_governs_the_loop_is_never_changed_by_it_by_no_name(rig: Rig, path: str) -> None:
    (rig.root / "deep").mkdir()
    (rig.root / "innocent.md").symlink_to("mendloop.toml")
    wanted = await rig.propose({path: b"# mine now\n"}, targets=("reply",))
    await rig.approve(wanted, by="anna")

    assert "never allows" in (await refusal(rig, wanted)).message


async def test_a_flag_that_the_policy_never_allows_is_refused(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    policy = replace(POLICY, lifts={**POLICY.lifts, Flag.NEW_FILE: Tier.NEVER})
    async with rigged(tmp_path, clock, policy=policy) as rig:
        wanted = await rig.propose({"prompts/more.md": b"more"}, targets=("reply",))
        async with rig.state.reading() as tables:
            assert Flag.NEW_FILE not in (await tables.proposals.get(wanted)).flags

        assert "never allows" in (await refusal(rig, wanted)).message


async def test_a_stop_holds_until_a_person_resumes(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    await rig.stopper.stop("it goes round in circles")
    first = await rig.stopper.stop("again", by="anna")
    assert first.reason == "it goes round in circles"

    assert "it goes round in circles" in (await refusal(rig, wanted)).message
    ended = await rig.approver.resume(by="anna")
    assert ended == first
    await rig.deployer.deploy(wanted)
    assert await rig.approver.resume(by="anna") is None


async def test_a_stop_without_a_reason_is_none(rig: Rig) -> None:
    with pytest.raises(InvalidInput):
        await rig.stopper.stop(" ")


async def test_a_rejected_change_is_not_deployed_though_it_was_approved(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    await rig.approve(wanted, by="anna")
    await rig.approver.reject(wanted, by="ben", reason="too curt")

    assert "rejected by ben: too curt" in (await refusal(rig, wanted)).message
    with pytest.raises(Conflict, match="was rejected by ben"):
        await rig.approve(wanted, by="carl")


async def test_an_approval_wants_a_report_that_speaks_for_the_change(rig: Rig) -> None:
    untested = await rig.propose({REPLY: b"one"}, targets=("reply",), tested={})
    failed = await rig.propose(
        {REPLY: b"two"}, targets=("reply",), tested={"verdict": Verdict.FAILED}
    )
    read = await rig.propose({REPLY: b"three"}, targets=("reply",))

    with pytest.raises(Conflict, match="has not been tested"):
        await rig.approve(untested, by="anna")
    with pytest.raises(Conflict, match="is failed"):
        await rig.approve(failed, by="anna")
    with pytest.raises(Conflict, match="tested again meanwhile"):
        await rig.approve(read, by="anna", seen=digest_of(b"an older report"))
    with pytest.raises(NotFound):
        await rig.approve(ProposalId("p-none"), by="anna")


async def test_the_same_key_approves_once(rig: Rig, clock: HandClock) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    first = await rig.approve(wanted, by="anna")
    clock.forward(hours=1)

    assert await rig.approve(wanted, by="anna") == first
    assert (await rig.events()).count("approved") == 1


async def test_a_refusal_leaves_nothing_but_its_record(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",), kind=FORMULA)

    await refusal(rig, wanted)

    assert await rig.deployments() == []
    assert rig.files() == FILES
    async with rig.state.reading() as tables:
        with pytest.raises(NotFound):
            await tables.deployments.get(DeploymentId("d-1"))
