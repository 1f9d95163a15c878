from dataclasses import replace

import pytest

from mendloop.model.deployment import Deployment, Progress
from mendloop.model.ids import DeploymentId, TargetName
from tests.app.rig import FILES, Rig
from tests.store.nouns import DEPLOYMENT

pytestmark = pytest.mark.anyio

REPLY, MORE = "prompts/reply.md", "prompts/more.md"


async def left(rig: Rig, progress: Progress, *, applied: bool) -> Deployment:
    """A deployment whose process has died."""
    wanted = await rig.propose({REPLY: b"new", MORE: b"more"}, targets=("reply",))
    async with rig.state.reading() as tables:
        proposal = await tables.proposals.get(wanted)
    rig.blobs.put(FILES[REPLY])
    prepared = replace(
        DEPLOYMENT,
        id=DeploymentId("d-dead"),
        targets=(TargetName("reply"),),
        files=proposal.files,
        proposal=wanted,
    )
    permit = await rig.gate.admit(prepared)
    dead = replace(prepared, progress=progress)
    async with rig.state.transaction() as tables:
        await tables.deployments.update(dead)
    if applied:
        rig.workspace.apply(permit, dead)
    return dead


async def test_what_had_not_begun_is_given_up(rig: Rig) -> None:
    dead = await left(rig, Progress.PREPARED, applied=False)

    [ended] = await rig.recoverer.recover()

    assert ended == replace(dead, progress=Progress.ABORTED)
    assert rig.files() == FILES


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.promise("deploy/all-old-or-all-new")
async def test_what_had_begun_is_undone_once(rig: Rig, *, applied: bool) -> None:
    dead = await left(rig, Progress.APPLYING, applied=applied)

    [ended] = await rig.recoverer.recover()

    assert ended == replace(dead, progress=Progress.UNDONE)
    assert rig.files() == FILES
    assert await rig.recoverer.recover() == ()
    assert (await rig.events())[-2:] == ["undo_admitted", "deploy_undone"]


@pytest.mark.promise("deploy/outside-edits-are-kept")
async def test_an_edit_made_since_the_crash_is_left_alone_and_named(rig: Rig) -> None:
    await left(rig, Progress.APPLYING, applied=True)
    (rig.root / REPLY).write_bytes(b"edited")

    [ended] = await rig.recoverer.recover()

    assert ended.conflicts == (REPLY,)
    assert rig.files() == {**FILES, REPLY: b"edited"}


async def test_a_deployment_recovers_first_what_another_has_left(rig: Rig) -> None:
    await left(rig, Progress.APPLYING, applied=True)
    # made while the dead one's bytes were in place, so its base is gone after the recovery
    wanted = await rig.propose({"settings.toml": b"[retry]\nlimit = 9\n"}, targets=("reply",))

    await rig.deployer.deploy(wanted)

    assert rig.files() == {**FILES, "settings.toml": b"[retry]\nlimit = 9\n"}
    assert [each.progress for each in await rig.deployments()] == [
        Progress.UNDONE,
        Progress.COMMITTED,
    ]


async def test_with_nothing_left_nothing_is_done(rig: Rig) -> None:
    assert await rig.recoverer.recover() == ()
    assert await rig.events() == []
