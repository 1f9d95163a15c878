"""Whatever is done by whom: every version can be had, and nobody is told an untruth of the file."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mendloop.errors import MendloopError
from mendloop.model.ids import TargetName, digest_of
from mendloop.model.proposal import NO_FILE
from tests.app.rig import Rig, lay_out, rigged
from tests.conftest import HandClock

REPLY, MORE = "prompts/reply.md", "settings.toml"
TARGET = TargetName("reply")
Act: TypeAlias = Callable[[], Awaitable[object]]
CONTENTS = st.sampled_from([b"Answer.\n", b"Reply.\n", b"Say it.\n"])
ACTS = st.one_of(
    st.tuples(st.just("deploy"), CONTENTS),
    st.tuples(st.just("both"), CONTENTS),
    st.tuples(st.just("edit"), CONTENTS),
    st.tuples(st.just("remove"), st.none()),
    st.tuples(st.just("adopt"), st.none()),
    st.tuples(st.just("restore"), st.none()),
    st.tuples(st.just("rollback"), st.integers(1, 4)),
    st.tuples(st.just("back"), st.none()),
    st.tuples(st.just("maintain"), st.none()),
)


async def act(rig: Rig, what: str, argument: bytes | int | None) -> None:
    """Do one thing; what is refused has to leave all as it was."""
    path = rig.root / REPLY
    match argument:
        case bytes(content) if what == "edit":
            path.write_bytes(content)
        case bytes(content):
            limit = b"[retry]\nlimit = %d\n" % len(content)
            changes = {REPLY: content, MORE: limit} if what == "both" else {REPLY: content}
            targets = (TARGET, "limit") if what == "both" else (TARGET,)
            await rig.deployer.deploy(await rig.propose(changes, targets=targets))
        case int(number):
            await rig.roller.rollback(target=TARGET, version=number, reason="no", by="anna")
        case None:
            acts: dict[str, Act] = {
                "remove": anyio.Path(path).unlink,
                "adopt": lambda: rig.accepter.adopt([TARGET], by="anna"),
                "restore": lambda: rig.accepter.restore([TARGET], reason="not ours", by="anna"),
                "back": lambda: rig.roller.rollback(target=TARGET, reason="worse", by="agent"),
                "maintain": rig.syncer.sync,
            }
            with suppress(FileNotFoundError):
                await acts[what]()


async def holds(rig: Rig) -> None:
    """What is promised of versions, files and watches."""
    drifted = {file.path for file in await rig.warden.look()}
    path = rig.root / REPLY
    held = digest_of(path.read_bytes()) if path.exists() else NO_FILE
    versions = await rig.versions(TARGET)
    if versions:
        assert (versions[-1].digest == held) == (REPLY not in drifted)
    for name in (TARGET, "limit"):
        for number, version in enumerate(await rig.versions(name), 1):
            assert version.number == number
            assert version.digest == NO_FILE or rig.blobs.get(version.digest) is not None
    async with rig.state.reading() as tables:
        for file in await tables.files.all():
            assert file.expected == NO_FILE or rig.blobs.get(file.expected) is not None
        assert await tables.deployments.unfinished() == ()
    assert not list(rig.root.rglob(".mendloop-*"))


async def story(folder: Path, acts: list[tuple[str, bytes | int | None]]) -> None:
    clock = HandClock()
    lay_out(folder)
    async with rigged(folder, clock) as rig:
        await rig.warden.look()
        for what, argument in acts:
            clock.forward(hours=25)
            before = rig.files()
            with suppress(MendloopError):
                await act(rig, what, argument)
                before = rig.files()
            assert rig.files() == before, f"{what} was refused, and has changed files"
            await holds(rig)


def tell(acts: list[tuple[str, bytes | int | None]]) -> None:
    with TemporaryDirectory() as folder:
        anyio.run(story, Path(folder), acts)


@pytest.mark.promise("versions/every-one-can-be-had")
def test_a_story_of_everything() -> None:
    tell(
        [
            ("deploy", b"Answer.\n"),
            ("edit", b"Reply.\n"),
            ("adopt", None),
            ("both", b"Say it.\n"),
            ("edit", b"Answer.\n"),
            ("restore", None),
            ("maintain", None),
            ("back", None),
            ("rollback", 1),
            ("remove", None),
            ("restore", None),
        ]
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.promise("versions/every-one-can-be-had")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTS, min_size=3, max_size=8))
def test_after_any_sequence_every_version_can_be_had_and_the_file_is_told_of_truly(
    acts: list[tuple[str, bytes | int | None]],
) -> None:
    tell(acts)
