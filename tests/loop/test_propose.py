from pathlib import Path

import pytest

from mendloop.app.changes import Change, TextEdit, WholeFile
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.core.governance.policy import Tier
from mendloop.errors import InvalidInput, MendloopError, NotFound
from mendloop.model.proposal import ChangeKind, Flag
from tests.loop.conftest import FILES, SHOP

pytestmark = pytest.mark.anyio
WHY = Why(rationale="because")
GUARD = TextEdit(
    path="tools/shop.py",
    old="    return total // people\n",
    new="    return total // people if people else 0\n",
)
AFTER = SHOP.replace(GUARD.old, GUARD.new)
DIFF = f"""--- a/tools/shop.py
+++ b/tools/shop.py
@@ -5,4 +5,4 @@
     \"\"\"The share of each, in cents.\"\"\"
     if total < 0:
         return 0
-{GUARD.old}+{GUARD.new}"""


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((GUARD,), id="edits"),
        pytest.param((WholeFile(path="tools/shop.py", content=AFTER),), id="whole-file"),
        pytest.param(DIFF, id="diff"),
    ],
)
@pytest.mark.promise("propose/touches-nothing")
async def test_a_change_is_taken_in_and_no_file_is_touched(
    house: House, workspace: Path, change: Change
) -> None:
    proposed = await house.loop.proposer.propose(change, WHY, target="shop.share")
    _, [file] = await house.loop.reader.proposal(proposed.proposal.id)
    assert (file.before, file.after) == (SHOP, AFTER)
    assert (proposed.proposal.kind, proposed.tier) == (ChangeKind.BEHAVIOR_FIX, Tier.AUTO)
    assert proposed.proposal.targets == ("shop.share",)
    assert {
        str(p.relative_to(workspace)): p.read_text(encoding="utf-8") for p in workspace.rglob("*.*")
    } == FILES


async def test_the_same_change_is_one_proposal(house: House) -> None:
    first = await house.loop.proposer.propose((GUARD,), WHY, target="shop.share")
    second = await house.loop.proposer.propose(DIFF, WHY, target="shop.share")
    assert (second.known, second.proposal.id) == (True, first.proposal.id)


@pytest.mark.parametrize(
    ("change", "target", "says"),
    [
        pytest.param((), "shop.share", "empty", id="nothing"),
        pytest.param(
            (TextEdit(path="tools/shop.py", old="gone", new="x"),),
            "shop.share",
            "not found",
            id="old-text-missing",
        ),
        pytest.param(
            (TextEdit(path="tools/shop.py", old="return", new="return"),),
            "shop.share",
            "",
            id="several-places",
        ),
        pytest.param(
            (WholeFile(path="tools/shop.py", content="def share(:\n"),),
            "shop.share",
            "parse",
            id="does-not-parse",
        ),
        pytest.param(
            (WholeFile(path="tools/shop.py", content="x = 1\n"),),
            "shop.share",
            "gone",
            id="target-gone",
        ),
        pytest.param(
            (WholeFile(path="tools/shop.py", content=SHOP),),
            "shop.share",
            "changes nothing",
            id="no-change",
        ),
        pytest.param(
            (WholeFile(path="../outside.py", content="x"),),
            "shop.share",
            "",
            id="leaves-the-workspace",
        ),
        pytest.param(
            (WholeFile(path="tools/helper.py", content="ANSWER = 43\n"),),
            "shop.share",
            "no target",
            id="no-target",
        ),
        pytest.param(
            (WholeFile(path="tools/wait.py", content=FILES["tools/wait.py"] + "#\n"),),
            "shop.share",
            "does not touch",
            id="another-target",
        ),
        pytest.param("not a diff at all", "shop.share", "", id="no-diff"),
        pytest.param(
            (WholeFile(path="tools/shop.py", content="#" * 600_000),),
            "shop.share",
            "bytes",
            id="too-large",
        ),
    ],
)
async def test_a_change_that_will_not_do_gets_a_clear_refusal(
    house: House, change: Change, target: str, says: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await house.loop.proposer.propose(change, WHY, target=target)
    assert says in caught.value.message
    assert caught.value.hint
    assert await house.loop.reader.proposals() == ()


async def test_a_changed_signature_asks_for_a_person(house: House) -> None:
    wider = TextEdit(
        path="tools/shop.py",
        old="def share(total, people):",
        new="def share(total, people, *, tip=0):",
    )
    proposed = await house.loop.proposer.propose((wider, GUARD), WHY, target="shop.share")
    assert Flag.SIGNATURE_CHANGED in proposed.proposal.flags
    assert proposed.tier is Tier.APPROVE


async def test_a_new_capability_is_named_and_asks_for_a_person(house: House) -> None:
    reach = TextEdit(
        path="tools/shop.py",
        old='"""Small sums."""\n',
        new='"""Small sums."""\nimport subprocess\n',
    )
    proposed = await house.loop.proposer.propose((reach, GUARD), WHY, target="shop.share")
    assert Flag.NEW_CAPABILITY in proposed.proposal.flags
    assert any("subprocess" in each.message for each in proposed.proposal.findings)
    assert proposed.tier is Tier.APPROVE


async def test_a_constant_out_of_its_range_is_never_deployed(house: House) -> None:
    edit = TextEdit(path="settings.toml", old="limit = 3", new="limit = 99")
    proposed = await house.loop.proposer.propose((edit,), WHY, target="wait.limit")
    assert proposed.proposal.kind is ChangeKind.CONSTANT_TUNE
    assert proposed.tier is Tier.NEVER


async def test_a_prompt_keeps_its_placeholders(house: House) -> None:
    edit = TextEdit(path="prompts/reply.md", old="Dear {name},", new="Hello,")
    proposed = await house.loop.proposer.propose((edit,), WHY, target="reply")
    assert any(each.blocks for each in proposed.proposal.findings)


@pytest.mark.parametrize("named", [{"target": "shop.shar"}])
async def test_an_unknown_target_is_not_found(house: House, named: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        await house.loop.proposer.propose((GUARD,), WHY, **named)


async def test_an_unknown_incident_is_not_found(house: House) -> None:
    with pytest.raises(MendloopError):
        await house.loop.proposer.propose((GUARD,), Why(rationale="", incident="i-none"))


async def test_line_ends_and_byte_order_mark_survive_a_whole_file(
    house: House, workspace: Path
) -> None:
    windows = b"\xef\xbb\xbf" + SHOP.replace("\n", "\r\n").encode()
    (workspace / "tools/shop.py").write_bytes(windows)
    whole = WholeFile(path="tools/shop.py", content=AFTER)
    proposed = await house.loop.proposer.propose((whole,), WHY, target="shop.share")
    new = house.loop.reader.blobs.get(proposed.proposal.files[0].new)
    assert new == b"\xef\xbb\xbf" + AFTER.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("path", "meant"),
    [("shop.py", True), ("src/tools/shop.py", True), ("tools/shops.py", True), ("x.py", False)],
)
async def test_a_path_that_leads_nowhere_is_said_with_the_one_that_was_meant(
    house: House, path: str, *, meant: bool
) -> None:
    edit = TextEdit(path=path, old="total", new="sum")
    diff = f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n"
    for change in ((edit,), diff):
        with pytest.raises(InvalidInput, match="does not exist") as caught:
            await house.loop.proposer.propose(change, WHY, target="shop.share")
        assert ("Is tools/shop.py meant?" in caught.value.hint) is meant


async def test_a_refusal_does_not_tell_where_the_workspace_lies(
    house: House, workspace: Path
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await house.loop.proposer.propose(
            (WholeFile(path="tools", content="x"),), WHY, target="shop.share"
        )
    assert caught.value.message == "tools is not a regular file."
    assert str(workspace) not in caught.value.hint
