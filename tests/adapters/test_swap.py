"""What happens between two steps: a crash, a disk error, or somebody's edit, at every step."""

import errno
import os
import subprocess
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.errors import Conflict, Unavailable
from mendloop.model.deployment import Deployment
from tests.adapters.changes import change, deployment, keep, rollback
from tests.adapters.conftest import Home
from tests.interrupt import Act, interrupted

OLD, NEW, EDIT = b"old\n", b"newer\n", b"somebody's own\n"
BEFORE = {"a.py": OLD, "tools/b.md": OLD}
AFTER = {"a.py": NEW, "tools/b.md": NEW, "c.md": NEW}
FORWARD = deployment(
    change("a.py", OLD, NEW), change("tools/b.md", OLD, NEW), change("c.md", None, NEW)
)
BACK = rollback(change("a.py", NEW, OLD), change("tools/b.md", NEW, OLD), change("c.md", NEW, None))
EVERY = pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
"""Some of the steps, or all."""


@dataclass(frozen=True)
class Way:
    """From some files to others."""

    wanted: Deployment
    old: dict[str, bytes]
    new: dict[str, bytes]


BOTH = pytest.mark.parametrize(
    "way", [Way(FORWARD, BEFORE, AFTER), Way(BACK, AFTER, BEFORE)], ids=["to", "back"]
)


class Cut(BaseException):
    """The process ends here, as far as the files are concerned."""


def cut(_: str) -> None:
    raise Cut


def failing(number: int) -> Callable[[str], None]:
    def fail(_: str) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def lay_out(home: Home, files: dict[str, bytes]) -> None:
    for path in sorted(home.root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for name, content in files.items():
        path = home.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    keep(home.blobs, OLD, NEW)
    for path in (home.state / "conflicts").glob("*"):
        path.unlink()


def steps_of(home: Home, way: Way) -> int:
    lay_out(home, way.old)
    with interrupted({}) as seen:
        home.apply(way.wanted)
    assert home.files() == way.new
    return seen.seen


def save_in_place(home: Home, path: str) -> None:
    (home.root / path).write_bytes(EDIT)


def save_by_rename(home: Home, path: str) -> None:
    (home.root / "editor").write_bytes(EDIT)
    (home.root / "editor").replace(home.root / path)


Save: TypeAlias = Callable[[Home, str], None]


@BOTH
@EVERY
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_undo_finds_its_way_back_from_a_crash_before_any_step(
    home: Home, way: Way, every: int
) -> None:
    steps = steps_of(home, way)
    assert steps > 20

    for step in range(1, steps + 1, every):
        lay_out(home, way.old)
        with interrupted({step: cut}) as at, pytest.raises(Cut):
            home.apply(way.wanted)
        # another process, after the crash
        reborn = Home(home.root, home.state, DiskWorkspace(home.root, home.state), home.blobs)
        assert reborn.undo(way.wanted) == (), at.done
        assert reborn.files() == way.old, at.done
    assert home.saved() == set()


@BOTH
@EVERY
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_undo_may_itself_be_cut_off_before_any_step(home: Home, way: Way, every: int) -> None:
    lay_out(home, way.old)
    home.apply(way.wanted)
    with interrupted({}) as seen:
        home.undo(way.wanted)

    for step in range(1, seen.seen + 1, every):
        lay_out(home, way.new)
        with interrupted({step: cut}) as at, pytest.raises(Cut):
            home.undo(way.wanted)
        assert home.undo(way.wanted) == (), at.done
        assert home.files() == way.old, at.done
    assert home.saved() == set()


@BOTH
@EVERY
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_a_disk_error_at_any_step_is_told_and_undone(home: Home, way: Way, every: int) -> None:
    steps = steps_of(home, way)
    errors = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)
    told = 0

    for step in range(1, steps + 1, every):
        lay_out(home, way.old)
        with interrupted({step: failing(errors[step % len(errors)])}) as at:
            done = attempt(home, way)
        if not done:
            told += 1
            assert home.undo(way.wanted) == (), at.done
        # stale bytecode that cannot be looked for is no reason to fail
        assert home.files() == (way.new if done else way.old), at.done
    assert told > steps // every // 2


def attempt(home: Home, way: Way) -> bool:
    try:
        home.apply(way.wanted)
    except Unavailable:
        return False
    return True


@BOTH
@EVERY
@pytest.mark.parametrize("path", ["a.py", "c.md"])
@pytest.mark.parametrize("save", [save_in_place, save_by_rename])
@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_an_edit_before_any_step_is_never_lost(
    home: Home, way: Way, every: int, path: str, save: Save
) -> None:
    """Somebody saves a file in the middle of it, in place or as editors do, by renaming."""
    steps = steps_of(home, way)

    for step in range(1, steps + 1, every):
        lay_out(home, way.old)
        with interrupted({step: lambda _: save(home, path)}) as at:
            try:
                home.apply(way.wanted)
            except Conflict:
                home.undo(way.wanted)
        files = home.files()
        assert EDIT in {*files.values(), *home.saved()}, (step, at.done)
        assert not [name for name in files if "mendloop" in name], (step, at.done)
        assert set(files) <= {*BEFORE, *AFTER}, (step, at.done)


@pytest.mark.parametrize("undoing", [False, True])
@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_an_edit_caught_between_the_swap_and_the_comparison_gets_its_name_back_after_a_crash(
    home: Home, *, undoing: bool
) -> None:
    lay_out(home, AFTER if undoing else BEFORE)
    work = home.undo if undoing else home.apply
    with interrupted({}) as seen:
        work(FORWARD)
    swap = 1 + max(step for step, name in enumerate(seen.names) if name == "exchange")
    path = "a.py" if undoing else "tools/b.md"
    lay_out(home, AFTER if undoing else BEFORE)

    with (
        interrupted({swap: lambda _: save_by_rename(home, path), swap + 1: cut}) as at,
        pytest.raises(Cut),
    ):
        work(FORWARD)
    assert at.names[-2:] == ["exchange", "open"]

    assert home.undo(FORWARD) == (path,)
    assert home.files() == {**BEFORE, path: EDIT}
    assert home.saved() == set()


@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_of_two_edits_in_a_row_the_one_without_a_name_is_saved(home: Home) -> None:
    lay_out(home, BEFORE)
    second = b"somebody's second thought\n"

    def again(_: str) -> None:
        (home.root / "editor").write_bytes(second)
        (home.root / "editor").replace(home.root / "a.py")

    edits: dict[int, Act] = {1: lambda _: save_by_rename(home, "a.py"), 2: again}
    with interrupted(edits, only="exchange"), pytest.raises(Conflict):
        home.apply(FORWARD)
    home.undo(FORWARD)

    assert {*home.files().values(), *home.saved()} == {OLD, EDIT, second}
    assert home.saved() <= {EDIT, second}
    assert len(home.saved()) == 1


@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_an_edit_during_recovery_is_never_lost(home: Home) -> None:
    lay_out(home, AFTER)
    with interrupted({}) as seen:
        home.undo(FORWARD)

    for step in range(1, seen.seen + 1):
        lay_out(home, AFTER)
        with interrupted({step: lambda _: save_by_rename(home, "a.py")}) as at:
            home.undo(FORWARD)
        files = home.files()
        assert EDIT in {*files.values(), *home.saved()}, (step, at.done)
        assert not [name for name in files if "mendloop" in name], (step, at.done)


def test_a_link_put_in_a_files_place_is_not_written_through(home: Home, tmp_path: Path) -> None:
    lay_out(home, BEFORE)
    outside = tmp_path / "outside"
    outside.write_bytes(OLD)

    def swap_for_link(_: str) -> None:
        (home.root / "a.py").unlink()
        (home.root / "a.py").symlink_to(outside)

    with interrupted({1: swap_for_link}, only="exchange"), pytest.raises(Conflict):
        home.apply(FORWARD)

    assert outside.read_bytes() == OLD
    assert (home.root / "a.py").is_symlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A disk of 64 kB, which is full before long."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk, and not in every container")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.promise("deploy/all-old-or-all-new")
def test_a_disk_that_is_really_full_is_told_and_undone(home: Home, small_disk: Path) -> None:
    full = Home(
        small_disk, home.state, DiskWorkspace(small_disk, home.state), DiskBlobs(home.blobs.folder)
    )
    large = b"x" * 60_000
    (small_disk / "a.py").write_bytes(OLD)
    (small_disk / "b.py").write_bytes(OLD)
    keep(home.blobs, OLD, NEW, large)
    wanted = deployment(change("a.py", OLD, NEW), change("b.py", OLD, large))

    with pytest.raises(Unavailable, match="No space left"):
        full.apply(wanted)

    assert full.undo(wanted) == ()
    assert full.files() == {"a.py": OLD, "b.py": OLD}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_to_write_changes_nothing(home: Home) -> None:
    lay_out(home, BEFORE)
    (home.root / "tools").chmod(0o555)

    with pytest.raises(Unavailable, match="Permission denied"):
        home.apply(FORWARD)
    (home.root / "tools").chmod(0o755)

    assert home.undo(FORWARD) == ()
    assert home.files() == BEFORE
