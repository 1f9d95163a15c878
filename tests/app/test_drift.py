from datetime import timedelta

import pytest

from mendloop.adapters.workspace import DiskWorkspace
from mendloop.errors import Conflict, NotFound
from mendloop.model.deployment import DeploymentKind, WatchState
from mendloop.model.drift import TrackedFile
from mendloop.model.ids import DeploymentId, TargetName, digest_of
from mendloop.model.proposal import NO_FILE
from tests.app.rig import FILES, GREET, POLITE, Rig
from tests.conftest import HandClock

pytestmark = pytest.mark.anyio

REPLY, TOOL = "prompts/reply.md", "tools/greet.py"
TARGET = TargetName("reply")


async def deployed(rig: Rig, content: bytes, path: str = REPLY) -> DeploymentId:
    target = {REPLY: "reply", TOOL: "greet", "settings.toml": "limit"}[path]
    wanted = await rig.propose({path: content}, targets=(target,))
    return (await rig.deployer.deploy(wanted)).id


async def drifted(rig: Rig) -> list[str]:
    return [file.path for file in await rig.warden.look()]


async def known(rig: Rig, path: str) -> TrackedFile:
    async with rig.state.reading() as tables:
        [file] = await tables.files.among([path])
    return file


async def test_a_first_look_keeps_every_file_and_finds_no_fault(rig: Rig) -> None:
    assert await drifted(rig) == []
    for path in (REPLY, TOOL, "settings.toml"):
        assert rig.blobs.get((await known(rig, path)).expected) == FILES[path]
    assert await rig.events() == []


@pytest.mark.parametrize("content", [b"edited\n", FILES[REPLY].swapcase(), None])
async def test_a_file_that_somebody_changes_is_noticed_once(
    rig: Rig, content: bytes | None
) -> None:
    await rig.warden.look()
    path = rig.root / REPLY
    path.unlink() if content is None else path.write_bytes(content)

    assert await drifted(rig) == [REPLY]
    assert await drifted(rig) == [REPLY]

    assert await rig.events() == ["drift_noticed"]
    assert (await known(rig, REPLY)).held == (NO_FILE if content is None else digest_of(content))
    overview = await rig.state.overview(hour_ago=rig.clock.now(), day_ago=rig.clock.now())
    assert [(each.path, each.targets) for each in overview.drifted] == [(REPLY, (TARGET,))]


async def test_a_file_that_is_put_back_by_hand_is_the_loops_again(
    rig: Rig, clock: HandClock
) -> None:
    await rig.warden.look()
    (rig.root / REPLY).write_bytes(b"edited")
    await rig.warden.look()
    clock.forward(seconds=60)
    (rig.root / REPLY).write_bytes(FILES[REPLY])

    assert await drifted(rig) == []

    file = await known(rig, REPLY)
    assert (file.noticed, file.ours_from) == (None, clock.now())
    assert await rig.events() == ["drift_noticed", "drift_ended"]


async def test_a_file_that_is_only_touched_is_no_drift(rig: Rig) -> None:
    await rig.warden.look()
    (rig.root / REPLY).write_bytes(FILES[REPLY])

    assert await drifted(rig) == []


async def test_what_a_deployment_writes_is_no_drift_and_an_edit_upon_it_is(rig: Rig) -> None:
    await rig.warden.look()
    await deployed(rig, b"new")
    assert await drifted(rig) == []

    (rig.root / REPLY).write_bytes(b"edited")
    assert await drifted(rig) == [REPLY]
    assert rig.blobs.get((await known(rig, REPLY)).expected) == b"new"


async def test_half_of_a_deployment_is_nobodys_edit(rig: Rig) -> None:
    await rig.warden.look()
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    seen: list[str] = []

    async def progress(done: float, total: float, message: str) -> None:
        assert done < total
        if message == "committing":
            assert (rig.root / REPLY).read_bytes() == b"new"
            seen.extend([file.path for file in await rig.warden.look()] or ["nothing"])

    await rig.deployer.deploy(wanted, progress=progress)

    assert seen == ["nothing"]
    assert await drifted(rig) == []
    assert "drift_noticed" not in await rig.events()


async def test_a_store_from_before_knows_by_its_versions_what_to_expect(rig: Rig) -> None:
    await deployed(rig, b"new")
    async with rig.state.transaction() as tables:
        await tables.files.forget(REPLY)
    (rig.root / REPLY).write_bytes(b"edited")

    assert await drifted(rig) == [REPLY]
    assert (await known(rig, REPLY)).expected == digest_of(b"new")


async def test_a_broken_manifest_makes_no_drift(rig: Rig) -> None:
    await rig.warden.look()
    (rig.root / "mendloop.toml").write_bytes(b"nonsense")
    (rig.root / REPLY).write_bytes(b"edited")

    assert await drifted(rig) == []


async def test_an_adopted_edit_is_a_version_by_a_person_of_every_target_in_the_file(
    rig: Rig,
) -> None:
    await rig.warden.look()
    before = await deployed(rig, POLITE, TOOL)
    edited = POLITE.replace(b"bye", b"see you")
    (rig.root / TOOL).write_bytes(edited)

    [done] = await rig.accepter.adopt(["greet"], by="anna")

    assert await drifted(rig) == []
    assert (done.path, done.ended) == (TOOL, ("greet",))
    for name in ("greet", "part"):
        newest = (await rig.versions(name))[-1]
        assert (newest.by, newest.digest, newest.deployment) == ("person", digest_of(edited), None)
        assert rig.blobs.get(newest.digest) == edited
    assert [version.number for version in await rig.versions("greet")] == [1, 2, 3]
    assert [version.parent for version in await rig.versions("greet")] == [None, 1, 2]
    async with rig.state.reading() as tables:
        [watch] = await tables.watches.of(before)
        assert await tables.lessons.page(limit=9) == ()
    assert watch.state is WatchState.ENDED
    assert "nothing was decided" in watch.summary
    assert (await rig.events())[-2:] == ["adopted", "adopted"]
    assert (rig.root / TOOL).read_bytes() == edited


async def test_from_an_adopted_version_the_way_back_is_open(rig: Rig) -> None:
    await rig.warden.look()
    (rig.root / REPLY).write_bytes(b"edited")
    await rig.accepter.adopt(["reply"], by="anna")

    await rig.roller.rollback(target=TARGET, version=1, reason="no", by="anna")

    assert (rig.root / REPLY).read_bytes() == FILES[REPLY]
    assert await drifted(rig) == []


@pytest.mark.promise("drift/nothing-adopted-in-part")
async def test_adopting_what_nobody_has_changed_adopts_nothing(rig: Rig) -> None:
    await rig.warden.look()
    (rig.root / REPLY).write_bytes(b"edited")

    with pytest.raises(Conflict, match=r"tools/greet\.py is as the loop knows it"):
        await rig.accepter.adopt(["reply", "greet"], by="anna")
    with pytest.raises(NotFound):
        await rig.accepter.adopt(["reply", "nobody"], by="anna")

    assert await drifted(rig) == [REPLY]
    assert await rig.versions(TARGET) == []


async def test_a_file_that_is_gone_cannot_be_adopted(rig: Rig) -> None:
    await rig.warden.look()
    (rig.root / REPLY).unlink()

    with pytest.raises(Conflict, match="nothing to adopt"):
        await rig.accepter.adopt(["reply"], by="anna")

    await rig.accepter.restore(["reply"], reason="lost", by="anna")
    assert rig.files() == FILES


@pytest.mark.promise("drift/an-edit-is-kept-when-it-is-undone")
async def test_restoring_is_a_rollback_on_record_that_keeps_the_edit(rig: Rig) -> None:
    await rig.warden.look()
    before = await deployed(rig, b"new")
    await rig.stopper.stop("enough")
    (rig.root / REPLY).write_bytes(b"edited")

    done = await rig.accepter.restore(["reply"], reason="not ours", by="anna")

    assert (done.kind, done.undoes, done.by) == (DeploymentKind.ROLLBACK, None, "anna")
    assert (rig.root / REPLY).read_bytes() == b"new"
    assert await drifted(rig) == []
    versions = await rig.versions(TARGET)
    assert [rig.blobs.get(each.digest) for each in versions[1:]] == [b"new", b"edited", b"new"]
    assert versions[2].by == "unknown"
    async with rig.state.reading() as tables:
        [watch] = await tables.watches.of(before)
    assert watch.state is WatchState.WATCHING, "what it watches is in force again"
    back = await rig.roller.rollback(target=TARGET, reason="worse", by="agent")
    assert (rig.root / REPLY).read_bytes() == FILES[REPLY]
    assert back.undoes == before


async def test_several_files_are_restored_all_or_none(rig: Rig) -> None:
    await rig.warden.look()
    (rig.root / REPLY).write_bytes(b"edited")
    (rig.root / TOOL).write_bytes(POLITE)

    await rig.accepter.restore(["reply", "greet"], reason="not ours", by="anna")

    assert rig.files() == FILES


@pytest.mark.promise("monitor/counts-no-other-bytes")
@pytest.mark.parametrize("told", [True, False])
async def test_calls_of_other_bytes_say_nothing_of_what_is_watched(
    rig: Rig, clock: HandClock, *, told: bool
) -> None:
    await rig.warden.look()
    done = await deployed(rig, POLITE, TOOL)
    clock.forward(seconds=10)
    await rig.called("greet", "...", version=POLITE if told else None)
    await rig.monitor.catch_up()
    clock.forward(seconds=10)
    bad = b"def greet(name):\n    raise ValueError\n\n\ndef part():\n    return 'bye'\n"
    (rig.root / TOOL).write_bytes(bad)
    clock.forward(seconds=10)
    await rig.called("greet", "x" * 60, version=bad if told else None)

    await rig.monitor.catch_up()

    assert (rig.root / TOOL).read_bytes() == bad, "what nobody watches is not taken back"
    await rig.accepter.restore(["greet"], reason="not ours", by="anna")
    clock.forward(seconds=10)
    await rig.called("greet", "..", version=POLITE if told else None)
    await rig.monitor.catch_up()
    async with rig.state.reading() as tables:
        [watch] = await tables.watches.of(done)
    assert (watch.state, watch.calls, watch.failures) == (WatchState.WATCHING, 5, 0)


@pytest.mark.promise("monitor/counts-no-other-bytes")
async def test_a_constant_that_somebody_changes_is_not_judged_by_its_users_calls(
    rig: Rig, clock: HandClock
) -> None:
    await rig.warden.look()
    done = await deployed(rig, b"[retry]\nlimit = 5\n", "settings.toml")
    (rig.root / "settings.toml").write_bytes(b"[retry]\nlimit = 0\n")
    clock.forward(seconds=10)
    await rig.called("greet", "x" * 60, version=GREET)

    await rig.monitor.catch_up()

    async with rig.state.reading() as tables:
        [watch] = await tables.watches.of(done)
    assert (watch.target, watch.state, watch.calls) == ("greet", WatchState.WATCHING, 0)


async def test_a_look_at_files_that_nobody_has_touched_reads_none_of_them(
    rig: Rig, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = max((rig.root / path).stat().st_ctime for path in FILES) - clock.now().timestamp()
    clock.forward(seconds=later + timedelta(hours=1).total_seconds())
    await rig.warden.look()
    read: list[str] = []

    def seen(_: DiskWorkspace, path: str) -> None:
        read.append(path)

    monkeypatch.setattr(DiskWorkspace, "_read", seen)

    assert await drifted(rig) == []
    assert read == []
