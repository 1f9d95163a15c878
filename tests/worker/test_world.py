"""What answers in the place of the world, under every interpreter that a user may have."""

import subprocess
import sys
from pathlib import Path

import pytest

import mendloop
from tests.worker.interpreters import interpreters

_WORKER = Path(mendloop.__file__).parent / "worker"
_SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
import start
start._make_importable()
from datetime import date as early_date, datetime as early
import importlib
world = importlib.import_module("mendloop.worker.world")
world.install(["clock", "random", "reads_files"], "/nowhere")
import datetime, io, os, pathlib, random, time

def look(): return (early.now(), early_date.today(), time.time(), random.random(),
                    time.strftime("%H:%M:%S"), pathlib.Path("/elsewhere/a").read_text())

state = random.getstate()
import base64, struct
packed = struct.pack("!625I?d", *state[1], False, 0.0)
seen = {{
    "kept": ["clock", "random", "reads_files"],
    "clock": {{"at": 1700000000123456, "offset": -12600}},
    "random": base64.b64encode(packed).decode(),
    "files": [{{"path": "/elsewhere/a", "content": "told"}}],
}}
world.enter(seen); first = look(); assert world.leave() == ""
world.enter(seen); second = look(); assert world.leave() == ""
assert first == second, (first, second)
assert type(first[0]) is datetime.datetime is early
assert str(first[0]) == "2023-11-14 18:43:20.123456", first
assert str(first[1]) == "2023-11-14" and first[4] == "18:43:20" and first[5] == "told"
world.enter(seen)
try: open("/elsewhere/b")
except OSError: pass
assert world.leave() == "the file /elsewhere/b"
assert time.time() > 1750000000 and early.now().year > 2023
assert early.utcnow().year > 2023 and time.localtime().tm_gmtoff == 0
"""


@pytest.mark.parametrize("python", interpreters())
def test_time_chance_and_files_are_those_of_the_recorded_call(python: str) -> None:
    done = subprocess.run(
        [python, "-s", "-S", "-B", "-W", "ignore", "-c", _SCRIPT.format(folder=str(_WORKER))],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env={"TZ": "UTC"},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_cannot_be_answered_is_told_for_the_cases_that_need_it() -> None:
    script = (
        _SCRIPT.partition("world.install")[0].format(folder=str(_WORKER))
        + "sys.modules['vcr.cassette'] = None\n"
        "world.install(['network'], '/nowhere')\n"
        "try: world.enter({'kept': ['network']})\n"
        "except OSError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", script],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    assert "vcrpy is not installed" in done.stdout, done.stderr
