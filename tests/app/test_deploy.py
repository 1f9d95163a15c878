from dataclasses import replace

import anyio
import pytest

from mendloop.errors import Conflict, NotFound, Unavailable
from mendloop.model.deployment import Progress, WatchState
from mendloop.model.ids import DeploymentId, ProposalId, TargetName, digest_of
from mendloop.model.proposal import FileChange
from tests.app.rig import FILES, GREET, POLITE, Rig
from tests.interrupt import interrupted

pytestmark = pytest.mark.anyio

REPLY = "prompts/reply.md"


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


@pytest.mark.promise("deploy/tested-bytes-are-deployed-bytes")
async def test_a_report_on_other_bytes_does_not_count(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"}, tested={"change": digest_of(b"another change")})

    with pytest.raises(Exception, match="has not been tested as it stands"):
        await rig.deployer.deploy(wanted)

    assert rig.files() == FILES


@pytest.mark.promise("deploy/tested-bytes-are-deployed-bytes")
async def test_a_file_edited_since_the_test_is_a_conflict_and_stays_as_it_is(rig: Rig) -> None:
    wanted = await rig.propose({REPLY: b"new"})
    (rig.root / REPLY).write_bytes(b"edited")

    with pytest.raises(Conflict, match=r"prompts/reply\.md has changed since"):
        await rig.deployer.deploy(wanted)

    assert rig.files() == {**FILES, REPLY: b"edited"}
    assert await rig.deployments() == []


@pytest.mark.promise("deploy/outside-edits-are-kept")
async def test_an_edit_during_the_swap_is_kept_and_the_rest_undone(rig: Rig) -> None:
    wanted = await rig.propose(
        {"settings.toml": b"[retry]\nlimit = 5\n", REPLY: b"new"}, targets=("limit", "reply")
    )

    def edit(_: str) -> None:
        (rig.root / "editor").write_bytes(b"edited")
        (rig.root / "editor").replace(rig.root / REPLY)

    with interrupted(2, edit, only="exchange", threads=True), pytest.raises(Conflict) as refused:
        await anyio.to_thread.run_sync(  # threads that wait already have no profile yet
            lambda: anyio.run(_deploy_alone, rig.root.parent, wanted, rig.clock)
        )

    assert rig.files() == {**FILES, REPLY: b"edited"}
    assert "prompts/reply.md" in refused.value.message
    [undone] = await rig.deployments()
    assert (undone.progress, undone.conflicts) == (Progress.UNDONE, (REPLY,))
