"""The pytest plugin, in pytest runs of their own."""

import json
import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mendloop.core.record.read import Unreadable, read_record

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]  # each starts a whole pytest, some three

PATIENCE = 60
PLUGINS = "xdist.plugin,pytest_timeout,mendloop.recorder.pytest_plugin"
"""By name, so that it does not matter whether mendloop is installed, and with which entry points."""
MIXED = """
import pytest

def test_good(): pass
def test_bad():
    helper()
def helper():
    raise ValueError("no such price")
@pytest.mark.parametrize("n", [1, 2], ids=["one", "two"])
def test_many(n): assert n < 3
class TestShop:
    def test_inside(self): pass
@pytest.fixture
def broken(): raise OSError("no shop")
def test_setup(broken): pass
@pytest.fixture
def leaves():
    yield
    raise OSError("cannot leave")
def test_teardown(leaves): pass
def test_skipped(): pytest.skip("not today")
@pytest.mark.xfail(reason="known")
def test_expected(): assert False
@pytest.mark.xfail(reason="known", strict=True)
def test_surprise(): pass
"""
ALL = {
    "tests.sub.test_mixed.test_good": ["ok"],
    "tests.sub.test_mixed.test_bad": ["error"],
    "tests.sub.test_mixed.test_many": ["ok", "ok"],
    "tests.sub.test_mixed.TestShop.test_inside": ["ok"],
    "tests.sub.test_mixed.test_setup": ["error"],
    "tests.sub.test_mixed.test_teardown": ["ok"],
    "tests.sub.test_mixed.test_surprise": ["error"],
}


class Project:
    """A project with tests, whose runs are recorded beside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.state = folder / "state"
        (self.root / "sub").mkdir(parents=True)
        (self.root / "mendloop.toml").write_text("", encoding="utf-8")
        self.write(MIXED)

    def write(self, text: str, file: str = "sub/test_mixed.py") -> None:
        (self.root / file).write_text(text, encoding="utf-8")

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        inherited = {
            name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ
        }
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=self.root,
            env={
                **inherited,
                "MENDLOOP_DATA_DIR": str(self.state),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PYTEST_PLUGINS": PLUGINS,
                **environment,
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    def records(self) -> list[Any]:
        return [
            json.loads(line)
            for file in sorted(self.state.glob("*/spool/*"))
            for line in file.read_text(encoding="utf-8").splitlines()
        ]

    def outcomes(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self.records():
            found.setdefault(each["target"], []).append(each["outcome"])
        return found

    def record(self, name: str) -> Any:
        (record,) = [each for each in self.records() if each["target"].endswith(f".{name}")]
        return record


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.promise("pytest/off-until-asked")
def test_it_does_nothing_unasked_and_imports_nothing(project: Project) -> None:
    project.write(
        "import sys, before\ndef test_it():\n"
        "    assert 'mendloop.recorder.pytest_plugin' in before.NEW\n"
        "    assert {name for name in before.NEW if name.startswith('mendloop')} == {\n"
        "        'mendloop.recorder.pytest_plugin'}\n"
    )
    (project.root / "before.py").write_text(
        "import sys, pytest, mendloop.recorder\n"
        "OLD = set(sys.modules)\n"
        "import mendloop.recorder.pytest_plugin\n"
        "NEW = set(sys.modules) - OLD\n",
        encoding="utf-8",
    )
    done = project.run(PYTEST_PLUGINS=f"before,{PLUGINS}", PYTHONPATH=".")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not project.state.exists()


def test_an_installed_package_brings_it_along(project: Project) -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    points = tomllib.loads(text)["project"]["entry-points"]["pytest11"]
    installed = project.root / "shop-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: shop\nVersion: 1\n", encoding="utf-8")
    lines = [f"{name}_again = {module}\n" for name, module in points.items()]
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{''.join(lines)}", encoding="utf-8")
    project.write("def test_a(): pass\n")
    done = project.run(
        "--mendloop", "-p", "mendloop_again", PYTHONPATH=".", PYTEST_PLUGINS="pytest_timeout"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.outcomes() == {"tests.sub.test_mixed.test_a": ["ok"]}


@pytest.mark.parametrize("way", ["option", "ini", "environment"])
def test_it_is_switched_on_in_three_ways(project: Project, way: str) -> None:
    if way == "ini":
        (project.root / "pytest.ini").write_text("[pytest]\nmendloop = true\n", encoding="utf-8")
    environment = {"MENDLOOP_PYTEST": "1"} if way == "environment" else {}
    done = project.run(*(["--mendloop"] if way == "option" else []), **environment)
    assert done.returncode == 1
    assert project.outcomes() == ALL


def test_a_failure_has_its_type_its_words_and_the_lines_of_the_project(project: Project) -> None:
    project.run("--mendloop", "-k", "test_bad or test_setup or test_surprise")
    bad = project.record("test_bad")
    assert (bad["error"]["type"], bad["error"]["message"]) == ("ValueError", "no such price")
    assert [(each["file"], each["function"]) for each in bad["error"]["frames"]] == [
        ("sub/test_mixed.py", "test_bad"),
        ("sub/test_mixed.py", "helper"),
    ]
    assert bad["function"] == "sub/test_mixed.py:test_bad"
    assert (bad["source"], bad["caller"], bad["args"]) == ("pytest", "pytest", [])
    setup = project.record("test_setup")
    assert (setup["error"]["type"], setup["kwargs"]) == ("OSError", {"phase": "setup"})
    assert project.record("test_surprise")["error"]["type"] == "XPassStrict"
    assert len({each["session"] for each in project.records()}) == 1


def test_every_record_can_be_read_by_the_record_stage(project: Project) -> None:
    project.run("--mendloop")
    now = datetime.now(UTC)  # noqa: TID251  the runs are of now
    read = [read_record(each, now=now, new_id=lambda: "n") for each in project.records()]
    assert len(read) == 8
    assert not [each for each in read if isinstance(each, Unreadable)]


def test_parameters_are_told_by_their_ids_and_bounded(project: Project) -> None:
    project.write(
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, 2], ids=['a[b] c', 'y' * 900])\n"
        "def test_p(n): pass\n"
    )
    project.run("--mendloop")
    assert {each["kwargs"]["params"] for each in project.records()} == {"a[b] c", "y" * 500}
    assert project.outcomes() == {"tests.sub.test_mixed.test_p": ["ok", "ok"]}


@pytest.mark.promise("pytest/each-test-once")
def test_with_workers_each_test_is_recorded_once_in_one_session(project: Project) -> None:
    project.run("--mendloop", "-n", "2")
    assert project.outcomes() == ALL
    assert len({each["session"] for each in project.records()}) == 1


def test_a_timeout_is_one(project: Project) -> None:
    project.write(
        "import pytest, time\n@pytest.mark.timeout(0.2)\ndef test_slow(): time.sleep(30)\n"
        "def test_own(): raise TimeoutError('the shop did not answer')\n"
    )
    project.run("--mendloop")
    assert project.record("test_slow")["outcome"] == "timeout"
    assert project.record("test_own")["outcome"] == "error"


@pytest.mark.promise("pytest/never-breaks-a-run")
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "with a worker"])
def test_a_spool_that_cannot_be_written_costs_one_line(
    project: Project, workers: tuple[str, ...]
) -> None:
    project.state.write_text("no folder", encoding="utf-8")
    project.write("def test_a(): pass\ndef test_b(): pass\n")
    done = project.run("--mendloop", "-W", "error", *workers)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("mendloop: not all was recorded") == 1


def test_a_data_folder_that_may_not_be_used_costs_one_line(project: Project) -> None:
    project.write("def test_a(): pass\n")
    done = project.run("--mendloop", MENDLOOP_DATA_DIR=str(project.root / "inside"))
    assert done.returncode == 0
    assert done.stdout.count("mendloop: not all was recorded (NoPlaceError") == 1


def test_recording_switched_off_goes_before_all_else(project: Project) -> None:
    done = project.run("--mendloop", MENDLOOP_RECORD="off")
    assert "mendloop:" not in done.stdout
    assert not project.state.exists()


@pytest.mark.promise("pytest/redacts-before-writing")
def test_secrets_of_the_environment_are_not_written(project: Project) -> None:
    secret = "ein-geheimes-Wort-77"  # noqa: S105  a fake one
    project.write(f"import pytest\n@pytest.mark.parametrize('x', ['{secret}'])\n"
                  "def test_a(x): raise ValueError('key ' + x)\n")  # fmt: skip
    project.run("--mendloop", SHOP_TOKEN=secret)
    (record,) = project.records()
    assert record["error"]["message"].startswith("key ")
    assert secret not in json.dumps(record)


def test_odd_names_make_targets_that_can_be_read(project: Project) -> None:
    long = "x" * 120
    (project.root / "sub dir").mkdir()
    project.write(
        f"def test_{long}(): pass\ndef test_{long}_b(): pass\n", f"sub dir/test_{long}.py"
    )
    project.run("--mendloop", "sub dir")
    targets = sorted(project.outcomes())
    assert len(targets) == 2
    assert all(len(each) <= 160 and each.startswith("tests.sub_dir.") for each in targets)
