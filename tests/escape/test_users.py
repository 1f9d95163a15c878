"""The same walls for an ordinary user, and on a kernel that offers less."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.escape import hostile
from tests.escape.held import held
from tests.escape.ordinary import PROGRAMS, WRITERS
from tests.escape.servers import (
    NO_NAMESPACES,
    NO_SCOPES,
    SOMEBODY,
    SYSTEM_PYTHON,
    order,
    readable_packages,
    served,
)
from tests.escape.tiers import tier_or_skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


def _check(answer: dict[str, Any], place: dict[str, object]) -> None:
    assert "answers" in answer, answer
    assert answer["answers"].keys() == hostile.ALL.keys()
    escaped = {
        name: told for name, told in answer["answers"].items() if not held(hostile.ALL[name], told)
    }
    assert escaped == {}
    expected = {name: told[2] for name, told in (PROGRAMS | WRITERS).items()}
    assert {name: told["value"] for name, told in answer["ordinary"].items()} == expected
    assert answer["stray"] == ["fine", 0]
    victim = Path(str(place["victim"]))
    assert victim.read_text(encoding="utf-8") == "precious"
    assert victim.stat().st_mode & 0o777 != 0o777


@pytest.mark.promise("sandbox/no-network")
@pytest.mark.promise("sandbox/no-writes")
@pytest.mark.parametrize("rules", [[NO_NAMESPACES], [NO_SCOPES], [NO_NAMESPACES, NO_SCOPES]])
def test_the_walls_of_tier_b_hold_where_the_kernel_offers_less(
    place: dict[str, object], rules: list[list[int]]
) -> None:
    answer = served(order(place, *rules, best="B"))
    _check(answer, place)
    layers = answer["layers"]
    assert layers["namespaces"].startswith("none") is (NO_NAMESPACES in rules)
    assert layers["landlock"].endswith("signals") is (NO_SCOPES not in rules)


def test_the_walls_of_tier_a_hold_without_landlock_s_scopes(place: dict[str, object]) -> None:
    tier_or_skip("A")
    answer = served(order(place, NO_SCOPES, least="A"))
    _check(answer, place)
    assert answer["tier"] == "A"


@pytest.fixture
def packages() -> Iterator[Path]:
    """What the server needs, where anybody can read it."""
    folder = Path(tempfile.mkdtemp())
    yield readable_packages(folder)
    shutil.rmtree(folder)


def _too_old() -> bool:
    question = [str(SYSTEM_PYTHON), "-c", "import sys; print(sys.version_info[1])"]
    return not SYSTEM_PYTHON.exists() or int(subprocess.check_output(question)) < 11


@pytest.mark.skipif(os.getuid() != 0, reason="all the other tests run as an ordinary user then")
@pytest.mark.promise("sandbox/no-secrets")
@pytest.mark.promise("sandbox/no-network")
@pytest.mark.promise("sandbox/no-writes")
@pytest.mark.promise("sandbox/no-environment")
@pytest.mark.parametrize(
    ("tier", "rules"),
    [
        ("A", []),
        ("B", []),
        ("B", [NO_NAMESPACES]),
        ("B", [NO_NAMESPACES, NO_SCOPES]),
    ],
)
def test_the_walls_hold_for_a_server_of_an_ordinary_user(
    place: dict[str, object], packages: Path, tier: str, rules: list[list[int]]
) -> None:
    if _too_old():
        pytest.skip("the system has no interpreter of 3.11 or later that others can read")
    folder = Path(str(place["folder"]))
    for entry in (folder, *folder.iterdir()):
        os.chown(entry, SOMEBODY, SOMEBODY)
    wanted = order(place, *rules, least=tier_or_skip(tier), best=tier)
    answer = served(wanted, packages=packages)
    _check(answer, place)
    assert answer["tier"] == tier
    assert answer["layers"]["user"] == f"user {SOMEBODY}"
