"""What happens between two steps: a crash, a disk error, or somebody's edit, at every step."""

import errno
import os
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.errors import Conflict, MendloopError, Unavailable
from mendloop.model.deployment import Deployment
from tests.adapters.changes import change, deployment, keep, rollback
from tests.adapters.conftest import Home
from tests.interrupt import interrupted

OLD, NEW, EDIT = b"old\n", b"newer\n", b"somebody's own\n"
BEFORE = {"a.py": OLD, "tools/b.md": OLD}
AFTER = {"a.py": NEW, "tools/b.md": NEW, "c.md": NEW}
FORWARD = deployment(
    change("a.py", OLD, NEW), change("tools/b.md", OLD, NEW), change("c.md", None, NEW)
)
BACK = rollback(
    change("a.py", NEW, OLD), change("tools/b.md", NEW, OLD), change("c.md", NEW, None)
)
EVERY = pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
"""Some of the steps, or all."""
BOTH = pytest.mark.parametrize(
    ("wanted", "old", "new"), [(FORWARD, BEFORE, AFTER), (BACK, AFTER, BEFORE)], ids=["to", "back"]
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


def steps_of(home: Home, wanted: Deployment, old: dict[str, bytes]) -> int:
    lay_out(home, old)
    with interrupted(0, cut) as seen:
        home.apply(wanted)
    return seen.seen


@BOTH
@EVERY
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_undo_finds_its_way_back_from_a_crash_before_any_step(
    home: Home, wanted: Deployment, old: dict[str, bytes], new: dict[str, bytes], every: int
) -> None:
    steps = steps_of(home, wanted, old)
    assert home.files() == new
    assert steps > 20

    for step in range(1, steps + 1, every):
        lay_out(home, old)
        with interrupted(step, cut) as at, pytest.raises(Cut):
            home.apply(wanted)
        # another process, after the crash
        reborn = Home(home.root, home.state, DiskWorkspace(home.root, home.state), home.blobs)
        assert reborn.undo(wanted) == (), at.done
        assert reborn.files() == old, at.done
    assert home.saved() == set()


@BOTH
@EVERY
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_undo_may_itself_be_cut_off_before_any_step(
    home: Home, wanted: Deployment, old: dict[str, bytes], new: dict[str, bytes], every: int
) -> None:
    lay_out(home, old)
    home.apply(wanted)
    with interrupted(0, cut) as seen:
        home.undo(wanted)

    for step in range(1, seen.seen + 1, every):
        lay_out(home, new)
        with interrupted(step, cut) as at, pytest.raises(Cut):
            home.undo(wanted)
        assert home.undo(wanted) == (), at.done
        assert home.files() == old, at.done
    assert home.saved() == set()


@BOTH
@EVERY
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_a_disk_error_at_any_step_is_told_and_undone(
    home: Home, wanted: Deployment, old: dict[str, bytes], new: dict[str, bytes], every: int
) -> None:
    steps = steps_of(home, wanted, old)
    errors = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)
    told = 0

    for step in range(1, steps + 1, every):
        lay_out(home, old)
        with interrupted(step, failing(errors[step % len(errors)])) as at:
            try:
                home.apply(wanted)
            except Unavailable as error:
                told += 1
                assert error.__cause__ is not None
                assert home.undo(wanted) == (), at.done
                assert home.files() == old, at.done
            else:
                # stale bytecode could not be looked for, which is no reason to fail
                assert home.files() == new, at.done
    assert told > steps // every // 2


@BOTH
@EVERY
@pytest.mark.parametrize("path", ["a.py", "c.md"])
@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_an_edit_before_any_step_is_never_lost(
    home: Home,
    wanted: Deployment,
    old: dict[str, bytes],
    new: dict[str, bytes],
    every: int,
    path: str,
    in_place: bool,
) -> None:
    """Somebody saves a file in the middle of it, in place or as editors do, by renaming."""
    save = save_in_place if in_place else save_by_rename
    steps = steps_of(home, wanted, old)
    assert home.files() == new

    for step in range(1, steps + 1, every):
        lay_out(home, old)
        with interrupted(step, lambda _: save(home, path)) as at:
            try:
                home.apply(wanted)
            except MendloopError as error:
                assert isinstance(error, Conflict), at.done
                home.undo(wanted)
        files = home.files()
        assert EDIT in {*files.values(), *home.saved()}, (step, at.done)
        assert not [name for name in files if "mendloop" in name], (step, at.done)
        assert set(files) <= {*BEFORE, *AFTER}, (step, at.done)


def save_in_place(home: Home, path: str) -> None:
    (home.root / path).write_bytes(EDIT)


def save_by_rename(home: Home, path: str) -> None:
    (home.root / "editor").write_bytes(EDIT)
    (home.root / "editor").replace(home.root / path)


@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_an_edit_caught_between_the_swap_and_the_comparison_survives_a_crash(home: Home) -> None:
    lay_out(home, BEFORE)

    def edit_then_crash(_: str) -> None:
        save_by_rename(home, "a.py")

    with interrupted(1, edit_then_crash, only="exchange"):
        with pytest.raises(Conflict):
            home.apply(FORWARD)

    assert home.undo(FORWARD) == ("a.py",)
    assert home.files() == {**BEFORE, "a.py": EDIT}


@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_an_edit_during_recovery_is_never_lost(home: Home) -> None:
    lay_out(home, AFTER)
    with interrupted(0, cut) as seen:
        home.undo(FORWARD)

    for step in range(1, seen.seen + 1):
        lay_out(home, AFTER)
        with interrupted(step, lambda _: save_by_rename(home, "a.py")) as at:
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

    with interrupted(1, swap_for_link, only="exchange"), pytest.raises(Conflict):
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
