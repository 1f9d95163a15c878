import importlib.util
import os
import py_compile
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mendloop.adapters.exchange import exchange
from mendloop.errors import Conflict, InvalidInput, NotFound
from mendloop.model.action import Action
from tests.adapters.changes import change, deployment, keep, leave, rollback
from tests.adapters.conftest import Home

OLD, NEW = b"old\n", b"new\n"


def test_both_files_get_their_new_bytes_and_no_draft_is_left(home: Home) -> None:
    (home.root / "tools").mkdir()
    (home.root / "tools" / "a.py").write_bytes(OLD)
    keep(home.blobs, OLD, NEW)

    home.apply(deployment(change("tools/a.py", OLD, NEW), change("b.md", None, NEW)))

    assert home.files() == {"tools/a.py": NEW, "b.md": NEW}


@pytest.mark.promise("deploy/old-bytes-can-be-had-back")
def test_undo_puts_the_old_bytes_back_and_takes_new_files_away(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    keep(home.blobs, OLD, NEW)
    wanted = deployment(change("a.py", OLD, NEW), change("b.md", None, NEW))
    home.apply(wanted)

    assert home.undo(wanted) == ()
    assert home.files() == {"a.py": OLD}
    assert home.undo(wanted) == ()


@pytest.mark.promise("gate/no-change-without-permit")
def test_a_permit_is_good_for_one_action_on_one_change_once(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    keep(home.blobs, OLD, NEW, b"other")
    wanted = deployment(change("a.py", OLD, NEW))
    other = deployment(change("a.py", OLD, b"other"))

    for permit in (leave(Action.DEPLOY, other), leave(Action.RECOVER, wanted)):
        with pytest.raises(PermissionError):
            home.workspace.apply(permit, wanted)
    with pytest.raises(PermissionError):
        home.workspace.undo(leave(Action.DEPLOY, wanted), wanted)
    assert home.files() == {"a.py": OLD}

    permit = leave(Action.DEPLOY, wanted)
    home.workspace.apply(permit, wanted)
    home.undo(wanted)
    with pytest.raises(PermissionError):
        home.workspace.apply(permit, wanted)
    assert home.files() == {"a.py": OLD}


def test_a_file_that_has_changed_is_found_before_any_other_is_touched(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    (home.root / "b.py").write_bytes(b"edited")
    keep(home.blobs, OLD, NEW)

    with pytest.raises(Conflict, match=r"b\.py has changed"):
        home.apply(deployment(change("a.py", OLD, NEW), change("b.py", OLD, NEW)))

    assert home.files() == {"a.py": OLD, "b.py": b"edited"}


def test_a_new_file_never_takes_the_place_of_one_that_is_there(home: Home) -> None:
    (home.root / "a.py").write_bytes(b"somebody's")
    keep(home.blobs, NEW)

    with pytest.raises(Conflict):
        home.apply(deployment(change("a.py", None, NEW)))

    assert home.files() == {"a.py": b"somebody's"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(old=st.binary(max_size=300), new=st.binary(max_size=300))
@pytest.mark.promise("deploy/tested-bytes-are-deployed-bytes")
def test_bytes_go_in_and_come_back_as_they_are(home: Home, old: bytes, new: bytes) -> None:
    path = home.root / "a.txt"
    path.write_bytes(old)
    keep(home.blobs, old, new)
    wanted = deployment(change("a.txt", old, new))

    home.apply(wanted)
    assert path.read_bytes() == new
    home.undo(wanted)
    assert path.read_bytes() == old


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfx = 1\r\n", b"x\r\ny\n", b"# coding: latin-1\nx = '\xe4'\n", b""]
)
def test_marks_line_ends_and_encodings_are_nobodys_business(home: Home, content: bytes) -> None:
    (home.root / "a.py").write_bytes(OLD)
    keep(home.blobs, OLD, content)

    home.apply(deployment(change("a.py", OLD, content)))

    assert (home.root / "a.py").read_bytes() == content


def test_mode_and_attributes_outlive_a_change_and_its_undoing(home: Home) -> None:
    path = home.root / "a.py"
    path.write_bytes(OLD)
    path.chmod(0o751)
    try:
        os.setxattr(path, "user.note", b"mine")
        noted = True
    except OSError:
        noted = False
    keep(home.blobs, OLD, NEW)
    wanted = deployment(change("a.py", OLD, NEW))

    for step in (home.apply, home.undo):
        step(wanted)
        assert stat.S_IMODE(path.stat().st_mode) == 0o751
        assert not noted or os.getxattr(path, "user.note") == b"mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_outlives_a_change(home: Home) -> None:
    path = home.root / "a.py"
    path.write_bytes(OLD)
    os.chown(path, 1234, 4321)
    os.chown(home.root, 77, 78)
    keep(home.blobs, OLD, NEW)

    home.apply(deployment(change("a.py", OLD, NEW), change("b.py", None, NEW)))

    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)
    assert ((home.root / "b.py").stat().st_uid, (home.root / "b.py").stat().st_gid) == (77, 78)


def test_a_link_stays_a_link_and_its_file_changes(home: Home) -> None:
    (home.root / "real.py").write_bytes(OLD)
    (home.root / "link.py").symlink_to("real.py")
    keep(home.blobs, OLD, NEW)

    home.apply(deployment(change("link.py", OLD, NEW)))

    assert (home.root / "link.py").is_symlink()
    assert (home.root / "real.py").read_bytes() == NEW


def test_a_hard_link_is_refused_rather_than_parted(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    (home.root / "b.py").hardlink_to(home.root / "a.py")
    keep(home.blobs, OLD, NEW)

    with pytest.raises(InvalidInput, match="hard link"):
        home.apply(deployment(change("a.py", OLD, NEW)))

    assert home.files() == {"a.py": OLD, "b.py": OLD}


def test_a_new_file_wants_a_folder_that_is_there(home: Home) -> None:
    keep(home.blobs, NEW)
    wanted = deployment(change("no/where.py", None, NEW))

    with pytest.raises(InvalidInput, match="does not exist"):
        home.apply(wanted)

    assert home.undo(wanted) == ()


def test_bytes_that_are_not_kept_change_nothing(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    wanted = deployment(change("a.py", OLD, NEW))

    with pytest.raises(NotFound):
        home.apply(wanted)

    assert home.undo(wanted) == ()
    assert home.files() == {"a.py": OLD}


def test_a_rollback_takes_a_file_away_that_was_not_there_before(home: Home) -> None:
    (home.root / "a.py").write_bytes(NEW)
    keep(home.blobs, NEW)
    back = rollback(change("a.py", NEW, None))

    home.apply(back)
    assert home.files() == {}
    assert home.undo(back) == ()
    assert home.files() == {"a.py": NEW}


def test_a_step_back_to_what_is_there_already_touches_nothing(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    before = (home.root / "a.py").stat()
    back = rollback(change("a.py", OLD, OLD))

    home.apply(back)

    assert home.undo(back) == ()
    assert (home.root / "a.py").stat().st_ino == before.st_ino
    assert (home.root / "a.py").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_undo_leaves_an_edit_alone_that_was_made_since(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    (home.root / "b.py").write_bytes(OLD)
    keep(home.blobs, OLD, NEW)
    wanted = deployment(
        change("a.py", OLD, NEW), change("b.py", OLD, NEW), change("c.py", None, NEW)
    )
    home.apply(wanted)
    (home.root / "a.py").write_bytes(b"edited")
    (home.root / "c.py").write_bytes(b"edited too")

    assert home.undo(wanted) == ("a.py", "c.py")
    assert home.files() == {"a.py": b"edited", "b.py": OLD, "c.py": b"edited too"}


def test_undo_leaves_a_file_gone_that_somebody_has_deleted(home: Home) -> None:
    (home.root / "a.py").write_bytes(OLD)
    keep(home.blobs, OLD, NEW)
    wanted = deployment(change("a.py", OLD, NEW))
    home.apply(wanted)
    (home.root / "a.py").unlink()

    assert home.undo(wanted) == ("a.py",)
    assert home.files() == {}


def imported(home: Home) -> str:
    run = subprocess.run(
        [sys.executable, "-c", "import a; print(a.x)"],
        cwd=home.root,
        env={"PYTHONPATH": str(home.root)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return run.stdout.strip()


def test_no_interpreter_runs_stale_bytecode_after_a_change_or_its_undoing(home: Home) -> None:
    old, new = b"x = 1\n", b"x = 2\n"
    path = home.root / "a.py"
    path.write_bytes(old)
    keep(home.blobs, old, new)
    wanted = deployment(change("a.py", old, new))
    # of the same size and, without any care, of the same second
    assert imported(home) == "1"

    home.apply(wanted)
    assert imported(home) == "2"
    home.undo(wanted)
    assert imported(home) == "1"


def test_bytecode_that_is_never_checked_goes_with_its_source(home: Home) -> None:
    old, new = b"x = 1\n", b"x = 2\n"
    (home.root / "a.py").write_bytes(old)
    (home.root / "ab.py").write_bytes(old)
    for name in ("a", "ab"):
        py_compile.compile(
            str(home.root / f"{name}.py"),
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    keep(home.blobs, old, new)

    home.apply(deployment(change("a.py", old, new)))

    assert not Path(importlib.util.cache_from_source(str(home.root / "a.py"))).exists()
    assert Path(importlib.util.cache_from_source(str(home.root / "ab.py"))).exists()


def test_a_file_never_gets_a_second_back_that_it_has_had(home: Home) -> None:
    path = home.root / "a.py"
    path.write_bytes(OLD)
    ahead = path.stat().st_mtime + 3600
    os.utime(path, (ahead, ahead))
    keep(home.blobs, OLD, NEW)
    wanted = deployment(change("a.py", OLD, NEW))

    home.apply(wanted)
    first = path.stat().st_mtime
    home.undo(wanted)

    assert first >= ahead + 1
    assert path.stat().st_mtime >= first + 1


def test_this_machine_swaps_names_in_one_step(home: Home) -> None:
    (home.root / "a").write_bytes(OLD)
    (home.root / "b").write_bytes(NEW)
    folder = os.open(home.root, os.O_RDONLY)
    try:
        assert exchange(folder, "a", "b")
        with pytest.raises(FileNotFoundError):
            exchange(folder, "a", "none")
    finally:
        os.close(folder)
    assert home.files() == {"a": NEW, "b": OLD}
