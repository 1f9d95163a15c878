import sys
from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest

from mendloop.errors import Conflict, NotFound, Refused
from mendloop.model.deployment import Progress, WatchState
from mendloop.model.ids import ProposalId, TargetName, digest_of
from mendloop.model.proposal import FileChange
from tests.app.rig import FILES, GREET, POLITE, Rig
from tests.conftest import HandClock
from tests.store.nouns import PROPOSAL

pytestmark = pytest.mark.anyio

REPLY = "prompts/reply.md"


class At:
    """A progress that does something at one of the steps."""

    def __init__(self, step: int, act: Callable[[], object]) -> None:
        self._step = step
        self._act = act

    async def __call__(self, done: float, total: float, message: str) -> None:
        del total, message
        if done == self._step:
            self._act()


async def test_a_tested_change_is_put_in_place_watched_and_on_record(rig: Rig) -> None:
    await rig.called("greet", "....x" * 4)
    wanted = await rig.propose({"tools/greet.py": POLITE})

    done = await rig.deployer.deploy(wanted)

    assert done.progress is Progress.COMMITTED
    assert (done.proposal, done.by, done.conflicts) == (wanted, "agent", ())
    assert rig.files() == {**FILES, "tools/greet.py": POLITE}
    assert await rig.deployments() == [done]
    assert await rig.events() == ["deploy_admitted", "deploy_committed"]
    async with rig.state.reading() as tables:
        [watch] = await tables.watches.active()
    assert (watch.deployment, watch.target) == (done.id, "greet")
    assert (watch.baseline_calls, watch.baseline_failures, watch.cursor) == (20, 4, 20)
    assert watch.version == digest_of(POLITE)


@pytest.mark.parametrize(
    ("files", "targets", "functions"),
    [({"tools/greet.py": POLITE}, ("greet",), 1), ({REPLY: b"new"}, ("reply",), 0)],
)
async def test_where_it_was_imported_is_on_record_too(
    rig: Rig, files: dict[str, bytes], targets: tuple[str, ...], functions: int
) -> None:
    async with rig.deployer.fresh.sandbox.open({}, python=sys.executable) as session:
        tier = session.state.tier

    await rig.deployer.deploy(await rig.propose(files, targets=targets))

    [committed] = [each for each in await rig.audited() if each.event == "deploy_committed"]
    assert committed.facts["sandbox"] == (tier if functions else None)


async def test_every_target_in_the_file_gets_its_versions(rig: Rig) -> None:
    done = await rig.deployer.deploy(await rig.propose({"tools/greet.py": POLITE}))

    for target in ("greet", "part"):
        first, second = await rig.versions(target)
        assert (first.number, first.digest, first.deployment) == (1, digest_of(GREET), None)
        assert (second.number, second.digest, second.deployment, second.parent) == (
            2,
            digest_of(POLITE),
            done.id,
            1,
        )
    assert await rig.versions("reply") == []


@pytest.mark.promise("deploy/old-bytes-can-be-had-back")
async def test_the_bytes_of_every_version_are_kept(rig: Rig) -> None:
    await rig.deployer.deploy(await rig.propose({REPLY: b"second"}, targets=("reply",)))
    (rig.root / REPLY).write_bytes(b"edited by hand")
    await rig.deployer.deploy(await rig.propose({REPLY: b"fourth"}, targets=("reply",)))

    contents = [rig.blobs.get(version.digest) for version in await rig.versions("reply")]

    assert contents == [FILES[REPLY], b"second", b"edited by hand", b"fourth"]


@pytest.mark.promise("deploy/tested-bytes-are-deployed-bytes")
async def test_a_report_on_other_bytes_does_not_count(rig: Rig) -> None:
    wanted = await rig.propose(
        {REPLY: b"new"}, targets=("reply",), tested={"change": digest_of(b"another change")}
    )

    with pytest.raises(Refused, match="has not been tested as it stands"):
        await rig.deployer.deploy(wanted)

    assert rig.files() == FILES


@pytest.mark.promise("deploy/tested-bytes-are-deployed-bytes")
async def test_a_file_edited_since_the_test_is_a_conflict_and_stays_as_it_is(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    (rig.root / REPLY).write_bytes(b"edited")

    with pytest.raises(Conflict, match=r"prompts/reply\.md has changed since"):
        await rig.deployer.deploy(wanted)

    assert rig.files() == {**FILES, REPLY: b"edited"}
    assert await rig.deployments() == []


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.promise("deploy/outside-edits-are-kept")
async def test_an_edit_while_it_is_deployed_is_kept_and_the_rest_undone(
    rig: Rig, step: int
) -> None:
    wanted = await rig.propose({REPLY: b"new", "prompts/more.md": b"more"}, targets=("reply",))

    def edit() -> None:
        (rig.root / REPLY).write_bytes(b"edited")

    with pytest.raises(Conflict) as refused:
        await rig.deployer.deploy(wanted, progress=At(step, edit))

    assert rig.files() == {**FILES, REPLY: b"edited"}
    assert "except prompts/reply.md: somebody else has changed that" in refused.value.message
    [undone] = await rig.deployments()
    assert (undone.progress, undone.conflicts) == (Progress.UNDONE, (REPLY,))
    assert await rig.events() == ["deploy_admitted", "undo_admitted", "deploy_undone"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (GREET.replace(b"def part", b"def parting"), "part cannot be imported"),
        (b"import nowhere_to_be_found\n" + GREET, "greet cannot be imported"),
        (b"def greet(:\n", r"tools/greet\.py cannot be read"),
    ],
)
async def test_what_cannot_be_imported_in_place_is_undone(
    rig: Rig, content: bytes, named: str
) -> None:
    wanted = await rig.propose({"tools/greet.py": content})

    with pytest.raises(Conflict, match=named) as refused:
        await rig.deployer.deploy(wanted)

    assert "Everything is as it was before." in refused.value.message
    assert rig.files() == FILES
    assert [each.progress for each in await rig.deployments()] == [Progress.UNDONE]
    assert await rig.versions("greet") == []


async def test_a_constant_that_breaks_its_user_is_undone(rig: Rig) -> None:
    (rig.root / "tools" / "greet.py").write_bytes(
        b"import tomllib\nfrom pathlib import Path\n"
        b"LIMIT = tomllib.loads(Path(__file__).parents[1].joinpath('settings.toml').read_text())"
        b"['retry']['limit']\n" + GREET
    )
    good = await rig.propose({"settings.toml": b"[retry]\nlimit = 4\n"}, targets=("limit",))
    await rig.deployer.deploy(good)
    bad = await rig.propose({"settings.toml": b"[retry]\nlimits = 4\n"}, targets=("limit",))

    with pytest.raises(Conflict, match="greet cannot be imported"):
        await rig.deployer.deploy(bad)

    assert (rig.root / "settings.toml").read_bytes() == b"[retry]\nlimit = 4\n"


async def test_a_constant_is_watched_through_the_function_that_uses_it(rig: Rig) -> None:
    await rig.called("greet", "..x")
    wanted = await rig.propose({"settings.toml": b"[retry]\nlimit = 5\n"}, targets=("limit",))

    await rig.deployer.deploy(wanted)

    async with rig.state.reading() as tables:
        [watch] = await tables.watches.active()
    assert (watch.target, watch.version) == ("greet", digest_of(GREET))
    assert (watch.baseline_calls, watch.baseline_failures) == (3, 1)


async def test_a_newer_deployment_ends_the_watch_over_the_older(rig: Rig) -> None:
    first = await rig.deployer.deploy(await rig.propose({REPLY: b"second"}, targets=("reply",)))
    second = await rig.deployer.deploy(await rig.propose({REPLY: b"third"}, targets=("reply",)))

    async with rig.state.reading() as tables:
        [old], [new] = await tables.watches.of(first.id), await tables.watches.of(second.id)
    assert old.state is WatchState.ENDED
    assert new.state is WatchState.WATCHING


@pytest.mark.parametrize("step", [0, 1, 2, 3])
@pytest.mark.promise("deploy/all-old-or-all-new")
async def test_a_cancelled_deployment_leaves_all_as_it_was(rig: Rig, step: int) -> None:
    wanted = await rig.propose({"tools/greet.py": POLITE, REPLY: b"new"})

    with anyio.fail_after(20), anyio.CancelScope() as scope:
        await rig.deployer.deploy(wanted, progress=At(step, scope.cancel))

    assert scope.cancelled_caught
    assert rig.files() == FILES
    assert not [each for each in await rig.deployments() if each.progress.unfinished]
    # and the next one finds the way free
    with anyio.fail_after(20):
        await rig.deployer.deploy(wanted)


async def test_of_two_at_once_one_is_deployed_and_the_other_told(rig: Rig) -> None:
    one = await rig.propose({REPLY: b"one"}, targets=("reply",))
    other = await rig.propose({REPLY: b"other"}, targets=("reply",))
    told: list[str] = []

    async def deploy(wanted: ProposalId) -> None:
        try:
            await rig.deployer.deploy(wanted)
        except Conflict as error:
            told.append(error.message)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(deploy, one)
            tasks.start_soon(deploy, other)

    assert len(told) == 1
    assert rig.files()[REPLY] in {b"one", b"other"}
    assert [each.progress for each in await rig.deployments()] == [Progress.COMMITTED]


async def test_what_is_in_place_is_not_deployed_twice(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, targets=("reply",))
    await rig.deployer.deploy(wanted)

    with pytest.raises(Conflict, match="in place already"):
        await rig.deployer.deploy(wanted)


async def test_bytes_that_are_lost_and_targets_that_are_gone_are_named(rig: Rig) -> None:
    lost = replace(
        PROPOSAL,
        targets=(TargetName("reply"),),
        files=(FileChange(path=REPLY, old=digest_of(FILES[REPLY]), new=digest_of(b"lost")),),
    )
    async with rig.state.transaction() as tables:
        await tables.proposals.add(lost)
    with pytest.raises(NotFound, match="No content with digest"):
        await rig.deployer.deploy(lost.id)

    gone = await rig.propose({REPLY: b"new"}, targets=("replies",))
    with pytest.raises(NotFound) as refused:
        await rig.deployer.deploy(gone)
    assert refused.value.hint.startswith("Did you mean reply")

    with pytest.raises(NotFound):
        await rig.deployer.deploy(ProposalId("p-none"))


async def test_the_baseline_is_that_of_the_version_in_force(rig: Rig, clock: HandClock) -> None:
    await rig.called("reply", "x" * 30)
    clock.forward(minutes=5)
    await rig.deployer.deploy(await rig.propose({REPLY: b"second"}, targets=("reply",)))
    await rig.called("reply", "." * 19 + "x")

    third = await rig.deployer.deploy(await rig.propose({REPLY: b"third"}, targets=("reply",)))

    async with rig.state.reading() as tables:
        [watch] = await tables.watches.of(third.id)
    assert (watch.baseline_calls, watch.baseline_failures, watch.cursor) == (20, 1, 50)


async def test_what_somebody_else_saves_meanwhile_is_what_is_imported(rig: Rig) -> None:
    words = rig.root / "tools" / "words.py"
    words.write_bytes(b"GREETING = 'good day '\n")
    content = b"from tools.words import GREETING\n" + GREET
    wanted = await rig.propose({"tools/greet.py": content})

    def save() -> None:
        words.write_bytes(b"NOTHING = 1\n")

    with pytest.raises(Conflict, match="cannot be imported"):
        await rig.deployer.deploy(wanted, progress=At(2, save))

    assert (rig.root / "tools" / "greet.py").read_bytes() == GREET
    words.write_bytes(b"GREETING = 'good day '\n")
    done = await rig.deployer.deploy(wanted)
    assert done.progress is Progress.COMMITTED


async def test_a_refusal_ends_the_sandbox_that_was_coming_up(rig: Rig) -> None:
    wanted = await rig.propose({"tools/greet.py": POLITE}, tested={})

    with pytest.raises(Refused, match="not been tested"):
        await rig.deployer.deploy(wanted)

    assert await rig.events() == ["deploy_refused"]
