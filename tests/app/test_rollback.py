from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mendloop.core.governance.policy import Tier
from mendloop.errors import Conflict, InvalidInput, NotFound, Refused
from mendloop.model.deployment import DeploymentKind, Progress, WatchState
from mendloop.model.ids import DeploymentId, TargetName, digest_of
from mendloop.model.lesson import LessonOutcome
from mendloop.model.proposal import NO_FILE, ChangeKind, Flag
from tests.app.rig import FILES, POLITE, Rig, lay_out, rigged
from tests.conftest import HandClock
from tests.policies import POLICY

pytestmark = pytest.mark.anyio

REPLY, MORE = "prompts/reply.md", "prompts/more.md"
TARGET = TargetName("reply")


async def deployed(rig: Rig, content: bytes) -> DeploymentId:
    wanted = await rig.propose({REPLY: content}, targets=(TARGET,))
    return (await rig.deployer.deploy(wanted)).id


@pytest.mark.promise("deploy/old-bytes-can-be-had-back")
async def test_a_deployment_is_taken_back_whole_and_on_record(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new", MORE: b"more", "tools/greet.py": POLITE})
    done = await rig.deployer.deploy(wanted)

    back = await rig.roller.rollback(deployment=done.id, reason="it got worse", by="agent")

    assert rig.files() == FILES
    assert (back.kind, back.progress, back.undoes, back.proposal) == (
        DeploymentKind.ROLLBACK,
        Progress.COMMITTED,
        done.id,
        None,
    )
    assert (back.by, back.reason) == ("agent", "it got worse")
    assert {file.new for file in back.files} == {
        digest_of(FILES[REPLY]),
        digest_of(FILES["tools/greet.py"]),
        NO_FILE,
    }
    assert (await rig.events())[-2:] == ["rollback_admitted", "rollback_committed"]
    versions = await rig.versions("greet")
    assert [version.deployment for version in versions] == [None, done.id, back.id]
    assert versions[-1].digest == versions[0].digest
    async with rig.state.reading() as tables:
        [watch] = await tables.watches.of(done.id)
        [lesson] = await tables.lessons.page(limit=9)
    assert (watch.state, watch.summary) == (
        WatchState.ROLLED_BACK,
        "Taken back by agent: it got worse",
    )
    assert (lesson.deployment, lesson.outcome) == (done.id, LessonOutcome.HARMED)


async def test_taking_back_what_is_back_answers_the_same(rig: Rig) -> None:
    done = await deployed(rig, b"new")
    first = await rig.roller.rollback(deployment=done, reason="worse", by="monitor")

    assert await rig.roller.rollback(deployment=done, reason="worse", by="monitor") == first
    assert len(await rig.deployments()) == 2


async def test_what_a_person_has_put_back_by_hand_is_noted_as_taken_back(rig: Rig) -> None:
    done = await deployed(rig, b"new")
    (rig.root / REPLY).write_bytes(FILES[REPLY])

    back = await rig.roller.rollback(deployment=done, reason="worse", by="monitor")

    assert back.undoes == done
    assert rig.files() == FILES
    async with rig.state.reading() as tables:
        assert await tables.watches.active() == ()


@pytest.mark.promise("gate/rollback-is-never-denied")
async def test_no_limit_tier_or_stop_holds_a_rollback_up(tmp_path: Path, clock: HandClock) -> None:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock) as rig:
        done = await deployed(rig, b"new")
        await rig.stopper.stop("enough")
    strict = replace(
        POLICY,
        tiers=dict.fromkeys(ChangeKind, Tier.NEVER),
        lifts=dict.fromkeys(Flag, Tier.NEVER),
        limits=tuple(replace(limit, most=0) for limit in POLICY.limits),
        target_limits=tuple(replace(limit, most=0) for limit in POLICY.target_limits),
        never=("**",),
        most_files=0,
    )
    async with rigged(tmp_path, clock, policy=strict) as rig:
        await rig.roller.rollback(deployment=done, reason="worse", by="monitor")

        assert rig.files() == FILES


@pytest.mark.promise("gate/rollback-is-never-denied")
@pytest.mark.parametrize("manifest", [b"nonsense", b"", None])
async def test_a_broken_manifest_holds_no_rollback_up(rig: Rig, manifest: bytes | None) -> None:
    done = await deployed(rig, b"new")
    path = rig.root / "mendloop.toml"
    path.unlink() if manifest is None else path.write_bytes(manifest)

    await rig.roller.rollback(deployment=done, reason="worse", by="monitor")

    assert (rig.root / REPLY).read_bytes() == FILES[REPLY]
    assert [version.number for version in await rig.versions(TARGET)] == [1, 2, 3]


@pytest.mark.promise("gate/rollback-is-never-denied")
async def test_old_bytes_need_not_parse_to_come_back(rig: Rig) -> None:
    (rig.root / "settings.toml").write_bytes(b"broken before\n")
    wanted = await rig.propose({"settings.toml": b"[retry]\nlimit = 5\n"}, targets=("limit",))
    done = await rig.deployer.deploy(wanted)

    await rig.roller.rollback(deployment=done.id, reason="worse", by="agent")

    assert (rig.root / "settings.toml").read_bytes() == b"broken before\n"


@pytest.mark.promise("deploy/outside-edits-are-kept")
async def test_an_edit_since_the_deployment_is_a_conflict_and_stays(rig: Rig) -> None:
    done = await deployed(rig, b"new")
    (rig.root / REPLY).write_bytes(b"edited")

    calls: list[dict[str, Any]] = [{"deployment": done}, {"target": TARGET, "version": 1}]
    for call in calls:
        with pytest.raises(Conflict, match="holds neither what was deployed nor"):
            await rig.roller.rollback(**call, reason="worse", by="agent")
    with pytest.raises(NotFound, match="No deployment of reply is in place"):
        await rig.roller.rollback(target=TARGET, reason="worse", by="agent")

    assert rig.files() == {**FILES, REPLY: b"edited"}


async def test_deployments_on_top_of_each_other_go_one_by_one(rig: Rig) -> None:
    first, second = await deployed(rig, b"second"), await deployed(rig, b"third")

    with pytest.raises(Conflict) as refused:
        await rig.roller.rollback(deployment=first, reason="worse", by="agent")
    assert refused.value.hint.startswith(f"Roll {second} back first")

    for before in (b"second", FILES[REPLY]):
        await rig.roller.rollback(target=TARGET, reason="worse", by="agent")
        assert (rig.root / REPLY).read_bytes() == before
    with pytest.raises(NotFound):
        await rig.roller.rollback(target=TARGET, reason="worse", by="agent")


@pytest.mark.promise("deploy/old-bytes-can-be-had-back")
async def test_any_version_that_the_one_in_force_was_built_upon_can_be_named(rig: Rig) -> None:
    last = [await deployed(rig, content) for content in (b"2", b"3", b"4")][-1]

    back = await rig.roller.rollback(target=TARGET, version=2, reason="better", by="agent")

    assert (rig.root / REPLY).read_bytes() == b"2"
    assert back.undoes == last
    async with rig.state.reading() as tables:
        assert await tables.watches.active() == ()
    await rig.roller.rollback(target=TARGET, version=1, reason="better", by="agent")
    assert (rig.root / REPLY).read_bytes() == FILES[REPLY]


async def test_a_version_that_was_taken_back_is_not_brought_back_by_an_agent(rig: Rig) -> None:
    """Else a rollback would be a way around the gate."""
    bad = await deployed(rig, b"bad")
    back = await rig.roller.rollback(deployment=bad, reason="worse", by="monitor")

    for by in ("agent", "monitor"):
        with pytest.raises(Refused, match="which was taken back"):
            await rig.roller.rollback(target=TARGET, version=2, reason="again", by=by)
    with pytest.raises(InvalidInput, match="is itself a rollback"):
        await rig.roller.rollback(deployment=back.id, reason="again", by="anna")
    assert rig.files() == FILES

    await rig.roller.rollback(target=TARGET, version=2, reason="it was good", by="anna")
    assert (rig.root / REPLY).read_bytes() == b"bad"


async def test_a_deployment_that_failed_has_nothing_to_take_back(rig: Rig) -> None:
    wanted = await rig.propose({"tools/greet.py": b"def greet(:\n"})
    with pytest.raises(Conflict):
        await rig.deployer.deploy(wanted)
    [failed] = await rig.deployments()

    with pytest.raises(Conflict, match="never took effect"):
        await rig.roller.rollback(deployment=failed.id, reason="worse", by="agent")


async def test_what_does_not_exist_is_told(rig: Rig) -> None:
    await deployed(rig, b"new")

    calls: list[dict[str, Any]] = [
        {"deployment": DeploymentId("d-none")},
        {"target": TargetName("greet")},
        {"target": TargetName("nobody"), "version": 1},
        {"target": TARGET, "version": 9},
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await rig.roller.rollback(**call, reason="worse", by="agent")


async def test_a_rollback_is_of_one_thing(rig: Rig) -> None:
    done = await deployed(rig, b"new")

    calls: list[dict[str, Any]] = [
        {},
        {"version": 1},
        {"deployment": done, "target": TARGET},
        {"deployment": done, "version": 1},
    ]
    for call in calls:
        with pytest.raises(InvalidInput, match="of one deployment, or of one target"):
            await rig.roller.rollback(**call, reason="worse", by="agent")


async def test_an_undone_change_can_be_deployed_again_through_the_gate(
    rig: Rig, clock: HandClock
) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=(TARGET,))
    done = await rig.deployer.deploy(wanted)
    await rig.roller.rollback(deployment=done.id, reason="worse", by="agent")
    clock.forward(hours=2)

    again = await rig.deployer.deploy(wanted)

    assert again.id != done.id
    assert (rig.root / REPLY).read_bytes() == b"new"
