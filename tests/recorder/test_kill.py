"""A process is killed at any moment, again and again; what it had said was safe is there."""

import signal
import subprocess
import sys
import time
from random import Random  # noqa: TID251  seeded: where to kill

import pytest

from tests.recorder.processes import Place

_ROUNDS = 200
_PROGRAM = """
import mendloop, sys, threading

@mendloop.record(target="kill.me")
def tool(number, payload):
    if number % 3 == 0:
        raise ValueError("as asked")
    return payload

def say(word, number):
    sys.stdout.write(f"{word} {number}\\n")
    sys.stdout.flush()

def busy(first):
    for number in range(first, first + 1_000_000):
        try:
            tool(number, {"text": "x" * (number % 50) , "list": [number] * (number % 7)})
        except ValueError:
            say("failed", number)
        if number % 40 == 1:
            mendloop.recorder.flush()
            say("flushed", number)

other = threading.Thread(target=busy, args=(10_000_000,), daemon=True)
other.start()
busy(1)
"""


@pytest.mark.slow
@pytest.mark.timeout(150)
@pytest.mark.promise("record/a-kill-loses-no-failure")
def test_a_kill_at_any_moment_loses_no_failure_and_no_flushed_success(place: Place) -> None:
    chance = Random(20261121)  # noqa: S311  no secret
    program = place.write(_PROGRAM)
    seen = 0
    for _ in range(_ROUNDS):
        process = subprocess.Popen(
            [sys.executable, "-S", str(program)],
            cwd=place.workspace,
            env=place.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        lines = [process.stdout.readline()]  # it is at work
        time.sleep(chance.uniform(0, 0.03))  # to hit it at any moment is the point
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
        process.wait()
        process.stdout.close()
        seen += _check(place, [line for line in lines if line.endswith("\n")])
    assert seen > _ROUNDS * 10


def _check(place: Place, lines: list[str]) -> int:
    """What was acknowledged before a kill is there, once, in whole lines; then begin anew."""
    found = [record["args"][0] for record in place.records()]  # whole lines, ids only once
    once = set(found)
    assert len(found) == len(once)
    for line in lines:
        word, _, told = line.partition(" ")
        number = int(told)
        if word == "failed":
            assert number in once
        else:
            first = 1 if number < 10_000_000 else 10_000_000
            assert once.issuperset(range(first, number + 1))
    for segment in place.spool.iterdir():
        segment.unlink()
    return len(found)
