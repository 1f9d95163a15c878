"""The same walls for an ordinary user, and on a kernel that offers less."""

import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.sandbox import hostile, plain

pytestmark = pytest.mark.slow

_UNSHARE = {"x86_64": 272, "aarch64": 97}[platform.machine()]
_LANDLOCK_CREATE = 444
_NO_NAMESPACES = [_UNSHARE, 1, -1]
_NO_SCOPES = [_LANDLOCK_CREATE, 22, 24]
_SOMEBODY = 61_000
_APART = Path(__file__).with_name("apart.py")
_NEEDED = ("mendloop", "anyio", "idna", "typing_extensions", "rfc8785")
_SYSTEM_PYTHON = Path("/usr/bin/python3")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    folder = Path(tempfile.mkdtemp())
    monkeypatch.setenv("MENDLOOP_TEST_SECRET", plain.SECRET)
    with plain.reachable(folder) as found:
        yield found
    shutil.rmtree(folder)


def _order(place: dict[str, object], *rules: list[int]) -> dict[str, object]:
    return {
        "rules": rules,
        "place": place,
        "escapes": hostile.ESCAPES,
        "name": secrets.token_hex(6),
    }


def _check(text: str, place: dict[str, object]) -> dict[str, Any]:
    served: dict[str, Any] = json.loads(text)
    assert "answers" in served, served
    assert [name for name, answer in served["answers"].items() if answer == "out"] == []
    assert served["ordinary"] == "fine"
    assert served["stray"][1] == 0
    assert Path(str(place["victim"])).read_text(encoding="utf-8") == "precious"
    assert Path(str(place["victim"])).stat().st_mode & 0o777 != 0o777
    return served


@pytest.mark.promise("sandbox/no-network")
@pytest.mark.promise("sandbox/no-writes")
@pytest.mark.parametrize("rules", [[_NO_NAMESPACES], [_NO_SCOPES], [_NO_NAMESPACES, _NO_SCOPES]])
def test_the_walls_hold_where_the_kernel_offers_less(
    place: dict[str, object], rules: list[list[int]]
) -> None:
    asked = subprocess.run(
        [sys.executable, str(_APART)],
        input=json.dumps(_order(place, *rules)),
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        timeout=25,
    )
    layers = _check(asked.stdout, place)["layers"]
    assert layers["namespaces"].startswith("none") is (_NO_NAMESPACES in rules)
    assert layers["landlock"].endswith("signals") is (_NO_SCOPES not in rules)


@pytest.fixture
def packages() -> Iterator[Path]:
    """What the server needs, where anybody can read it."""
    folder = Path(tempfile.mkdtemp())
    for name in _NEEDED:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(origin.parent, folder / name, ignore=ignored)
        else:
            shutil.copy(origin, folder)
    shutil.copy(_APART, folder)
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.getuid() != 0, reason="all the other tests run as an ordinary user then")
@pytest.mark.skipif(not _SYSTEM_PYTHON.exists(), reason="no interpreter that others can read")
@pytest.mark.promise("sandbox/no-network")
@pytest.mark.promise("sandbox/no-writes")
@pytest.mark.promise("sandbox/no-environment")
@pytest.mark.parametrize("rules", [[], [_NO_NAMESPACES], [_NO_NAMESPACES, _NO_SCOPES]])
def test_the_walls_hold_for_a_server_of_an_ordinary_user(
    place: dict[str, object], packages: Path, rules: list[list[int]]
) -> None:
    version = subprocess.check_output(
        [_SYSTEM_PYTHON, "-c", "import sys; print(sys.version_info[1])"]
    )
    if int(version) < 11:
        pytest.skip("the system's interpreter is too old for the server")
    folder = Path(str(place["folder"]))
    for entry in (folder, *folder.iterdir()):
        os.chown(entry, _SOMEBODY, _SOMEBODY)
    asked = subprocess.run(
        [str(_SYSTEM_PYTHON), "-s", str(packages / _APART.name)],
        input=json.dumps(_order(place, *rules)),
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        timeout=25,
        user=_SOMEBODY,
        group=_SOMEBODY,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": str(packages), "MENDLOOP_TEST_SECRET": plain.SECRET},
    )
    layers = _check(asked.stdout, place)["layers"]
    assert layers["user"] == f"user {_SOMEBODY}"
