"""What a sandbox may read: an interpreter's libraries, its own copy of the tree, and no more."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mendloop.adapters.sandbox.imports import libraries
from mendloop.adapters.sandbox.interpreter import Interpreters
from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.adapters.sandbox.stage import PREFIX, Stage, sweep, throw_away_user
from mendloop.errors import InvalidInput
from mendloop.model.observation import Returned
from tests.adapters.sandbox.calls import returned, seen

pytestmark = pytest.mark.anyio


def test_only_libraries_from_outside_the_tree_are_imported_ahead() -> None:
    source = (
        b"import numpy as np\nfrom pandas.core import x\nimport tools\n  import lib.a\nimport own\n"
    )
    paths = ["tools/a.py", "lib/b.py", "x/own.py"]
    assert libraries(source, paths) == ("numpy", "pandas")
    assert libraries(b"text = 'import x'\n# import y\n", []) == ()


async def test_a_library_is_imported_before_any_code_and_still_works() -> None:
    tree = {"a.py": b"import colorsys\ndef f():\n    return 1\n"}
    source = "import sys\nhere = 'colorsys' in sys.modules\ndef f():\n    return here\n"
    async with LinuxSandbox().open(
        {"tools/candidate.py": tree["a.py"]}, python=sys.executable
    ) as up:
        assert await returned(up, source) is True
    async with LinuxSandbox().open(tree, python=sys.executable) as up:
        assert await returned(up, source) is False


async def test_of_a_folder_that_somebody_added_only_what_can_be_imported_is_read(
    tmp_path: Path,
) -> None:
    project = Path(tempfile.mkdtemp())
    try:
        python = _environment_with(tmp_path, project)
        (project / "added").mkdir()
        (project / "added" / "__init__.py").write_text("X = 5\n", encoding="utf-8")
        (project / "single.py").write_text("Y = 6\n", encoding="utf-8")
        (project / ".env").write_text("KEY=hunter2\n", encoding="utf-8")
        source = f"""
import added, single
def f():
    try:
        return open({str(project / ".env")!r}).read()
    except OSError:
        return [added.X, single.Y]
"""
        async with LinuxSandbox().open({}, python=str(python)) as up:
            assert await seen(up, source) == Returned([5, 6])
    finally:
        shutil.rmtree(project)


def _environment_with(folder: Path, project: Path) -> Path:
    """An environment to which a project was added, as an editable installation does."""
    made = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    (site,) = made.glob("lib/python*/site-packages")
    (site / "project.pth").write_text(f"{project}\n", encoding="utf-8")
    return made / "bin" / "python"


async def test_the_user_s_own_mendloop_can_be_imported_by_his_tools() -> None:
    source = "import mendloop.errors\ndef f():\n    return mendloop.errors.NotFound.code\n"
    async with LinuxSandbox().open({}, python=sys.executable) as up:
        assert await returned(up, source) == "not_found"


def test_an_interpreter_is_asked_once() -> None:
    interpreters = Interpreters()
    asked = interpreters.ask(sys.executable)
    assert interpreters.ask(sys.executable) is asked
    assert any(place.endswith("site-packages") for place in asked.sys_path)
    assert not any(place in ("/", str(Path.home()), "/usr", "/etc") for place in asked.read)


def test_an_interpreter_is_asked_again_when_something_was_installed(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    python = _environment_with(tmp_path, project)
    interpreters = Interpreters()
    assert interpreters.ask(str(python)).listed == (str(project),)
    (pth,) = tmp_path.glob("environment/lib/python*/site-packages/project.pth")
    pth.unlink()
    os.utime(pth.parent, (1, 1))
    assert interpreters.ask(str(python)).listed == ()


def test_a_copy_shares_what_is_unchanged_and_nothing_of_it_can_be_written() -> None:
    stage = Stage({"a/b.py": b"1", "c.py": b"2"}, throw_away_user())
    try:
        copy = stage.stages / stage.candidate({"c.py": b"3", "d/e.py": b"4"})
        assert (copy / "a/b.py").stat().st_nlink == 2
        assert [(copy / name).read_bytes() for name in ("a/b.py", "c.py", "d/e.py")] == [
            b"1",
            b"3",
            b"4",
        ]
        assert (stage.folder / "tree" / "c.py").read_bytes() == b"2"
        assert (copy / "c.py").stat().st_mode & 0o222 == 0
        assert stage.folder.stat().st_mode & 0o007 == 0
    finally:
        stage.close()
    assert not stage.folder.exists()


@pytest.mark.parametrize("path", ["a", "a/b.py/c.py", "../x", "/x"])
def test_a_change_with_an_impossible_path_is_refused_and_leaves_nothing(path: str) -> None:
    stage = Stage({"a/b.py": b"1"}, 0)
    try:
        with pytest.raises(InvalidInput):
            stage.candidate({path: b"2"})
        assert list(stage.stages.iterdir()) == []
    finally:
        stage.close()


def test_only_what_dead_servers_left_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    living = Stage({}, 0)
    dead = tmp_path / f"{PREFIX}dead"
    dead.mkdir()
    (dead / "lock").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(living.folder)
    (tmp_path / "other").mkdir()
    sweep()
    assert not dead.exists()
    assert living.folder.exists()
    assert (tmp_path / "other").exists()
    living.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
def test_root_becomes_a_user_that_nobody_is() -> None:
    assert throw_away_user() > 60_000
