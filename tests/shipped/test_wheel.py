import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_every_prompt_and_config_file(names: set[str]) -> None:
    here = {
        f"mendloop/_assets/{path.relative_to(CHECKOUT).as_posix()}"
        for folder in ("prompts", "config")
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file()
    }
    assert {name for name in names if "/_assets/" in name} == here


def test_the_wheel_holds_the_migrations_the_worker_and_the_types(names: set[str]) -> None:
    package = CHECKOUT / "server" / "mendloop"
    wanted = [*package.rglob("*.sql"), *(package / "worker").glob("*.py"), package / "py.typed"]
    assert {f"mendloop/{path.relative_to(package).as_posix()}" for path in wanted} <= names


def test_the_wheel_holds_no_test_and_no_data(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mendloop"}
