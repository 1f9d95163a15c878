"""Workspace, records and kept contents in step."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from mendloop.adapters.blobs import DiskBlobs
from mendloop.app.sync import GRACE, Synced
from mendloop.errors import Conflict, InvalidInput
from mendloop.model.ids import Digest, TargetName, digest_of
from tests.app.rig import FILES, GREET, MANIFEST, POLITE, Rig
from tests.conftest import HandClock

pytestmark = pytest.mark.anyio

REPLY, TOOL = "prompts/reply.md", "tools/greet.py"
NOTHING = Synced(added=(), moved=(), removed=(), odd=(), orphans=(), healed=(), missing=())


async def deployed(rig: Rig, *targets: str, **contents: bytes) -> None:
    paths = {"tool": TOOL, "reply": REPLY}
    changes = {paths[name]: content for name, content in contents.items()}
    await rig.deployer.deploy(await rig.propose(changes, targets=targets))


def declare(rig: Rig, old: bytes, new: bytes) -> None:
    path = rig.root / "mendloop.toml"
    before = path.read_bytes()
    assert old in before
    path.write_bytes(before.replace(old, new))


def age(rig: Rig, digest: Digest, by: timedelta = 2 * GRACE) -> None:
    old = (rig.clock.now() - by).timestamp()
    os.utime(rig.blobs.folder / digest, (old, old))


async def test_what_is_new_is_kept_and_then_nothing_is_left_to_do(rig: Rig) -> None:
    first = await rig.syncer.sync(dry_run=True)
    assert set(first.added) == {"greet", "part", "reply", "limit"}
    assert not rig.blobs.folder.exists(), "a dry run writes nothing"
    assert await rig.syncer.sync() == first
    assert await rig.syncer.sync() == NOTHING
    assert rig.files() == FILES


async def test_what_is_declared_no_more_keeps_its_versions(rig: Rig) -> None:
    await deployed(rig, "reply", reply=b"new")
    declare(rig, b'[targets.reply]\nsource = "prompts/reply.md"\n', b"")

    found = await rig.syncer.sync()

    assert found.removed == ("reply",)
    assert [rig.blobs.get(each.digest) for each in await rig.versions("reply")] == [
        FILES[REPLY],
        b"new",
    ]


@pytest.mark.promise("maintain/versions-go-with-their-target")
async def test_a_target_under_another_name_keeps_its_versions(rig: Rig) -> None:
    await deployed(rig, "reply", reply=b"new")
    before = await rig.versions("reply")
    declare(rig, b"[targets.reply]", b"[targets.answer]")

    planned = await rig.syncer.sync(dry_run=True)
    assert await rig.versions("answer") == []
    done = await rig.syncer.sync()

    assert [(each.old, each.new, each.how) for each in planned.moved] == [
        ("reply", "answer", "renamed")
    ]
    assert planned.moved == done.moved
    after = await rig.versions("answer")
    assert [(v.number, v.digest) for v in after] == [(v.number, v.digest) for v in before]
    assert await rig.versions("reply") == before
    assert (await rig.syncer.sync()).moved == ()
    await rig.roller.rollback(target=TargetName("answer"), version=1, reason="worse", by="agent")
    assert (rig.root / REPLY).read_bytes() == FILES[REPLY]


@pytest.mark.promise("maintain/versions-go-with-their-target")
@pytest.mark.parametrize(
    ("content", "how"),
    [
        (POLITE, "same bytes"),
        (b'"""Moved."""\n' + POLITE, "same function"),
        (b"def greet(name):\n    return name\n\n\ndef part():\n    return 1\n", "declared there"),
    ],
)
async def test_a_target_in_another_file_goes_on_there(rig: Rig, content: bytes, how: str) -> None:
    await deployed(rig, "greet", tool=POLITE)
    (rig.root / TOOL).unlink()
    (rig.root / "tools/hello.py").write_bytes(content)
    for _ in range(2):
        declare(rig, b"tools/greet.py", b"tools/hello.py")
        if b"tools/greet.py" not in (rig.root / "mendloop.toml").read_bytes():
            break

    done = await rig.syncer.sync()

    assert {(each.old, each.path, each.how) for each in done.moved if each.old == "greet"} == {
        ("greet", "tools/hello.py", how)
    }
    newest = (await rig.versions("greet"))[-1]
    assert (newest.path, newest.digest, newest.by) == (
        "tools/hello.py",
        digest_of(content),
        "unknown",
    )
    assert rig.blobs.get(newest.digest) == content
    assert await rig.syncer.sync() == NOTHING
    with pytest.raises(Conflict, match=r"it lives in tools/hello\.py now"):
        await rig.roller.rollback(target=TargetName("greet"), version=1, reason="no", by="anna")


async def test_of_two_that_could_be_meant_none_is(rig: Rig) -> None:
    await deployed(rig, "reply", reply=b"new")
    for name in ("one.md", "two.md"):
        (rig.root / name).write_bytes(b"new")
    declare(
        rig,
        b'[targets.reply]\nsource = "prompts/reply.md"\n',
        b'[targets.one]\nsource = "one.md"\n\n[targets.two]\nsource = "two.md"\n',
    )

    done = await rig.syncer.sync()

    assert (done.moved, done.removed) == ((), ("reply",))


async def test_what_does_not_fit_is_told_with_a_way_to_settle_it(rig: Rig) -> None:
    await rig.warden.look()
    stale = await rig.propose({REPLY: b"new"}, targets=("reply",))
    await deployed(rig, "greet", tool=POLITE)
    (rig.root / REPLY).write_bytes(b"edited")
    (rig.root / "settings.toml").unlink()
    declare(rig, b"[targets.part]", b'[targets.twin]\nsource = "prompts/reply.md"\n[targets.part]')
    declare(rig, b'[targets.greet]\nsource = "tools/greet.py:greet"\nidempotent = true\n', b"")
    declare(rig, b'used_by = ["greet"]', b"")

    odd = {each.what: each for each in (await rig.syncer.sync()).odd}

    assert odd["settings.toml"].why == "is declared, and there is no such file"
    assert odd[REPLY].why == "was changed outside the loop"
    assert "mendloop adopt" in odd[REPLY].hint
    assert odd[stale].why == f"was made for other bytes of {REPLY}"
    assert odd["reply"].why == "is the same as twin"
    [watched] = [each for what, each in odd.items() if what.startswith("d-")]
    assert watched.why == "watches greet, which is declared no more"


@pytest.mark.promise("maintain/no-only-copy-is-deleted")
async def test_contents_that_nothing_names_go_after_a_day_and_no_others(rig: Rig) -> None:
    await rig.syncer.sync()
    await deployed(rig, "reply", reply=b"2")
    await deployed(rig, "reply", reply=b"3")
    await rig.roller.rollback(target=TargetName("reply"), version=1, reason="worse", by="agent")
    await rig.propose({REPLY: b"waiting"}, targets=("reply",))
    (rig.root / REPLY).write_bytes(b"edited")
    await rig.warden.look()
    old, new = rig.blobs.put(b"nothing names this"), rig.blobs.put(b"nor this, as yet")
    kept = {blob.digest for blob in rig.blobs.kept()} - {old}
    for digest in (*kept - {new}, old):
        age(rig, digest)

    planned = await rig.syncer.sync(dry_run=True)
    assert [blob.digest for blob in planned.orphans] == [old]
    assert rig.blobs.get(old)
    assert (await rig.syncer.sync()).orphans == planned.orphans

    assert {blob.digest for blob in rig.blobs.kept()} == kept


async def test_a_certificate_is_named_by_the_audit_alone_and_stays(rig: Rig) -> None:
    certificate = rig.blobs.put(b"a certificate")
    async with rig.state.transaction() as tables:
        await tables.audit.append("tested", {"certificate": certificate}, at=rig.clock.now())
    age(rig, certificate)

    assert (await rig.syncer.sync()).orphans == ()


@pytest.mark.promise("maintain/no-only-copy-is-deleted")
async def test_what_is_put_again_while_it_is_let_go_of_stays(rig: Rig) -> None:
    digest = rig.blobs.put(b"wanted again")
    age(rig, digest)
    rig.blobs.put(b"wanted again")

    assert not rig.blobs.drop(digest, before=rig.clock.now() - GRACE)
    assert rig.blobs.get(digest) == b"wanted again"


async def test_what_a_crash_has_caught_half_let_go_of_is_back(rig: Rig) -> None:
    digest = rig.blobs.put(b"caught")
    (rig.blobs.folder / digest).rename(rig.blobs.folder / f".going-{digest}")

    assert digest in {blob.digest for blob in rig.blobs.kept()}
    assert rig.blobs.get(digest) == b"caught"


@pytest.mark.parametrize("damage", [True, False])
async def test_a_lost_content_is_brought_back_from_the_file_that_has_it(
    rig: Rig, *, damage: bool
) -> None:
    await deployed(rig, "reply", reply=b"new")
    for content in (b"new", FILES[REPLY]):
        path = rig.blobs.folder / digest_of(content)
        path.chmod(0o600)
        path.write_bytes(b"damaged") if damage else path.unlink()

    planned = await rig.syncer.sync(dry_run=True)
    done = await rig.syncer.sync()

    assert planned.healed == done.healed == (digest_of(b"new"),)
    assert done.missing == (digest_of(FILES[REPLY]),)
    assert rig.blobs.get(digest_of(b"new")) == b"new"
    assert any("kept nowhere" in each.why for each in done.odd)


async def test_a_manifest_that_cannot_be_read_tells_nothing(rig: Rig) -> None:
    (rig.root / "mendloop.toml").write_bytes(b"nonsense")

    with pytest.raises(InvalidInput):
        await rig.syncer.sync()


async def test_no_file_of_the_workspace_is_ever_changed(rig: Rig, clock: HandClock) -> None:
    await deployed(rig, "reply", "greet", reply=b"new", tool=POLITE)
    (rig.root / REPLY).write_bytes(b"edited")
    (rig.root / "mendloop.toml").write_bytes(MANIFEST.replace(b"targets.reply", b"targets.other"))
    clock.forward(hours=100)
    before = rig.files()

    await rig.syncer.sync()

    assert rig.files() == before
    assert GREET not in before.values()


def test_a_folder_of_blobs_that_is_not_there_yet_holds_none(tmp_path: Path) -> None:
    assert DiskBlobs(tmp_path / "none").kept() == ()
