import shutil
from pathlib import Path

import pytest

import mendloop
from mendloop import assets
from mendloop.adapters.own import OwnFiles
from mendloop.adapters.room import Room
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.errors import InvalidInput

PACKAGE = Path(mendloop.__file__).parent
MODULE = "app/gate.py"


@pytest.mark.promise("gate/own-files-are-never-changed")
def test_the_package_is_its_own_where_the_workspace_is_or_holds_it(tmp_path: Path) -> None:
    inside = DiskWorkspace(PACKAGE, tmp_path / "state")
    above = DiskWorkspace(PACKAGE.parent, tmp_path / "state")
    assert inside.is_own(MODULE)
    assert inside.is_own("app/not_there_yet.py")
    assert above.is_own(f"mendloop/{MODULE}")
    assert not above.is_own("another.py")
    config = Path(str(assets.root()), "config")
    assert DiskWorkspace(config.parent, tmp_path / "state").is_own("config/policy.toml")


@pytest.mark.promise("gate/own-files-are-never-changed")
def test_by_a_link_or_another_name_it_is_still_its_own(tmp_path: Path) -> None:
    root, state = tmp_path / "workspace", tmp_path / "state"
    kept = tmp_path / "package"
    for folder in (root, state, kept / "deep"):
        folder.mkdir(parents=True)
    (kept / "deep" / "gate.py").write_text("x = 1\n", encoding="utf-8")
    (state / "state.db").write_text("records", encoding="utf-8")
    signers = tmp_path / "allowed_signers"
    signers.write_text("anna ...", encoding="utf-8")
    (root / "plain.py").write_text("y = 1\n", encoding="utf-8")
    shutil.copy(kept / "deep" / "gate.py", root / "copy.py")
    (root / "hard.py").hardlink_to(kept / "deep" / "gate.py")
    (root / "records.txt").hardlink_to(state / "state.db")
    (root / "keys.txt").hardlink_to(signers)
    (root / "soft.py").symlink_to("hard.py")
    (root / "twin.py").hardlink_to(root / "plain.py")
    workspace = DiskWorkspace(root, state, signers, kept)

    for path in ("hard.py", "soft.py", "records.txt", "keys.txt"):
        assert workspace.is_own(path), path
    for path in ("plain.py", "twin.py", "copy.py", "new.py"):
        assert not workspace.is_own(path), path
    (root / "out.py").symlink_to(kept / "deep" / "gate.py")
    with pytest.raises(InvalidInput, match="leads out of the workspace"):
        workspace.is_own("out.py")


def test_a_virtual_environment_that_the_server_runs_in_is_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path / ".venv"))
    assert OwnFiles.of().has(tmp_path / ".venv" / "lib" / "pydantic.py")


def test_the_room_counts_every_file_and_sees_a_blob_come_and_go(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.used() == 0
    (tmp_path / "state.db").write_bytes(b"x" * 100)
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "a").write_bytes(b"x" * 10)
    assert room.used() == 110
    (tmp_path / "state.db").write_bytes(b"x" * 50)
    (tmp_path / "blobs" / "b").write_bytes(b"x" * 5)
    assert room.used() == 65
    assert Room(tmp_path / "none").used() == 0
