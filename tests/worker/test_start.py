"""The worker runs under every interpreter that a user may have."""

import subprocess
import sys
from pathlib import Path

import pytest

import mendloop
from tests.worker.interpreters import interpreters

_WORKER = Path(mendloop.__file__).parent / "worker"
_LOADS = """
import sys
sys.argv = ["start.py"]
sys.path.insert(0, {folder!r})
import start
start._make_importable()
import importlib
for name in {names!r}:
    importlib.import_module("mendloop.worker." + name)
start._forget()
print(sorted(name for name in sys.modules if name.startswith("mendloop")))
"""


@pytest.mark.parametrize("python", interpreters())
def test_every_module_loads_alone_and_leaves_no_name_behind(python: str) -> None:
    names = sorted(path.stem for path in _WORKER.glob("*.py") if path.stem != "__init__")
    script = _LOADS.format(folder=str(_WORKER), names=names)
    asked = subprocess.run(
        [python, "-s", "-S", "-B", "-W", "error", "-c", script],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert (asked.stdout.strip(), asked.stderr) == ("[]", "")


def test_it_takes_no_other_role() -> None:
    asked = subprocess.run(
        [sys.executable, str(_WORKER / "start.py"), "server", "3"], capture_output=True, check=False
    )
    assert asked.returncode == 1
    assert b"the role is base, call or cases" in asked.stderr
