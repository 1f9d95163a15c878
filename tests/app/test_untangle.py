"""One deployment is taken back from among later ones; several files go together."""

import shutil

import pytest

from mendloop.adapters.merge import GitMerger
from mendloop.errors import Conflict
from mendloop.model.ids import DeploymentId, ProposalId, TargetName
from mendloop.model.proposal import Proposal
from tests.app.rig import FILES, GREET, POLITE, Rig

pytestmark = pytest.mark.anyio

TOOL, REPLY = "tools/greet.py", "prompts/reply.md"
BOTH = POLITE.replace(b"bye", b"see you")
LATER = GREET.replace(b"bye", b"see you")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


async def deployed(rig: Rig, *targets: str, **contents: bytes) -> DeploymentId:
    paths = {"tool": TOOL, "reply": REPLY, "settings": "settings.toml"}
    changes = {paths[name]: content for name, content in contents.items()}
    return (await rig.deployer.deploy(await rig.propose(changes, targets=targets))).id


async def newest(rig: Rig) -> Proposal:
    async with rig.state.reading() as tables:
        return (await tables.proposals.page(limit=1))[0]


@needs_git
@pytest.mark.promise("deploy/what-is-merged-is-tested")
async def test_what_would_take_it_alone_back_is_proposed_and_not_done(rig: Rig) -> None:
    first = await deployed(rig, "greet", tool=POLITE)
    second = await deployed(rig, "part", tool=BOTH)

    with pytest.raises(Conflict) as refused:
        await rig.roller.rollback(deployment=first, reason="worse", by="agent")

    assert (rig.root / TOOL).read_bytes() == BOTH, "nothing is merged into a file"
    made = await newest(rig)
    assert refused.value.message.startswith(f"{TOOL} was changed since by {second}. Nothing was")
    assert made.id in refused.value.hint
    assert (made.origin, made.targets[0]) == ("revert", "greet")
    assert rig.blobs.get(made.files[0].new) == LATER
    async with rig.state.reading() as tables:
        assert await tables.reports.latest(made.id) is None
    with pytest.raises(Exception, match="not been tested"):
        await rig.deployer.deploy(made.id)

    await rig.test(made)
    await rig.deployer.deploy(ProposalId(made.id))
    assert (rig.root / TOOL).read_bytes() == LATER


@needs_git
async def test_asking_twice_gives_the_same_proposal(rig: Rig) -> None:
    first = await deployed(rig, "greet", tool=POLITE)
    await deployed(rig, "part", tool=BOTH)
    hints: set[str] = set()
    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            await rig.roller.rollback(deployment=first, reason="worse", by="agent")
        hints.add(refused.value.hint)
    assert len(hints) == 1


async def test_changes_of_the_same_lines_do_not_part(rig: Rig) -> None:
    first = await deployed(rig, "greet", tool=POLITE)
    second = await deployed(rig, "greet", tool=GREET.replace(b"hello", b"hi"))
    waiting = (await newest(rig)).id

    with pytest.raises(Conflict, match="cannot be taken back alone") as refused:
        await rig.roller.rollback(deployment=first, reason="worse", by="agent")

    assert refused.value.hint.startswith(f"Roll {second} back first")
    assert (await newest(rig)).id == waiting


async def test_without_git_it_is_said_and_nothing_is_merged(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await deployed(rig, "greet", tool=POLITE)
    await deployed(rig, "part", tool=BOTH)
    monkeypatch.setattr(rig.roller.untangler.merger, "_git", "")

    with pytest.raises(Conflict, match="git, which would put the two together, is not installed"):
        await rig.roller.rollback(deployment=first, reason="worse", by="agent")


@needs_git
async def test_an_adopted_edit_counts_as_a_later_change_and_an_unknown_one_does_not(
    rig: Rig,
) -> None:
    await rig.warden.look()
    first = await deployed(rig, "greet", tool=POLITE)
    (rig.root / TOOL).write_bytes(BOTH)
    with pytest.raises(Conflict, match="holds neither what was deployed nor"):
        await rig.roller.rollback(deployment=first, reason="worse", by="agent")

    await rig.accepter.adopt(["greet"], by="anna")
    with pytest.raises(Conflict, match="Nothing was taken back"):
        await rig.roller.rollback(deployment=first, reason="worse", by="agent")

    assert rig.blobs.get((await newest(rig)).files[0].new) == LATER


@pytest.mark.promise("deploy/changed-together-goes-back-together")
@pytest.mark.parametrize("version", [None, 1])
async def test_what_was_changed_together_goes_back_together(rig: Rig, version: int | None) -> None:
    done = await deployed(rig, "reply", "greet", tool=POLITE, reply=b"new")

    back = await rig.roller.rollback(
        target=TargetName("reply"), version=version, reason="worse", by="agent"
    )

    assert rig.files() == FILES
    assert set(back.targets) == {"reply", "greet"}
    assert back.undoes == done
    assert {file.path for file in back.files} == {TOOL, REPLY}


@pytest.mark.promise("deploy/changed-together-goes-back-together")
async def test_several_steps_back_take_all_with_them_that_each_step_changed(rig: Rig) -> None:
    await deployed(rig, "reply", "greet", tool=POLITE, reply=b"2")
    await deployed(rig, "reply", reply=b"3")
    await deployed(rig, "reply", "limit", reply=b"4", settings=b"[retry]\nlimit = 9\n")

    await rig.roller.rollback(target=TargetName("reply"), version=1, reason="worse", by="agent")

    assert rig.files() == FILES


@pytest.mark.promise("deploy/changed-together-goes-back-together")
async def test_where_one_of_them_cannot_go_back_none_does(rig: Rig) -> None:
    await deployed(rig, "reply", "greet", tool=POLITE, reply=b"new")
    await deployed(rig, "greet", tool=GREET.replace(b"hello", b"hi"))
    before = rig.files()

    for version in (None, 1):
        with pytest.raises(Conflict):
            await rig.roller.rollback(
                target=TargetName("reply"), version=version, reason="worse", by="agent"
            )

    assert rig.files() == before


async def test_what_is_brought_back_comes_with_what_was_changed_with_it(rig: Rig) -> None:
    done = await deployed(rig, "reply", "greet", tool=POLITE, reply=b"new")
    await rig.roller.rollback(deployment=done, reason="worse", by="agent")

    await rig.roller.rollback(target=TargetName("reply"), version=2, reason="good", by="anna")

    assert rig.files() == {**FILES, TOOL: POLITE, REPLY: b"new"}


async def test_a_rollback_of_a_rollback_of_a_version_finds_its_way(rig: Rig) -> None:
    await deployed(rig, "reply", "greet", tool=POLITE, reply=b"2")
    await deployed(rig, "reply", reply=b"3")
    reply = TargetName("reply")
    await rig.roller.rollback(target=reply, version=2, reason="worse", by="agent")
    assert rig.files() == {**FILES, TOOL: POLITE, REPLY: b"2"}

    await rig.roller.rollback(target=reply, version=1, reason="worse", by="agent")
    assert rig.files() == FILES


@needs_git
@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        (b"1\n2\n3\n4\nFIVE\n", b"ONE\n2\n3\n4\n5\n", b"ONE\n2\n3\n4\nFIVE\n"),
        (b"1\r\n2\r\n3\r\n4\r\n5\r\n", b"1\n2\n3\n4\n5\n", b"1\r\n2\r\n3\r\n4\r\n5\r\n"),
    ],
)
def test_git_puts_changes_of_different_lines_together(
    ours: bytes, theirs: bytes, merged: bytes
) -> None:
    assert GitMerger().merge(b"1\n2\n3\n4\n5\n", ours, theirs) == merged


@needs_git
def test_git_says_where_they_do_not_part() -> None:
    merger = GitMerger()
    same, binary = merger.merge(b"1\n", b"2\n", b"3\n"), merger.merge(b"1\0", b"2\0", b"3\0")
    assert getattr(same, "reason", "") == "both have changed the same lines"
    assert getattr(binary, "reason", "") == "git could not read them as text"
