"""Kill a recording process at any moment, again and again, and look at what it has left.

    python -m tests.recorder.kill [ROUNDS]

What the program says, it says with a system call of its own into a file, so that it is known even
of the moment before the kill. Exit code 1 where a promise was broken.
"""

import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251  seeded: where to kill
from tempfile import TemporaryDirectory
from typing import Final

from tests.recorder.processes import Place, wait_for

MOMENT: Final = 100.0
"""Milliseconds: of successes at most the last so many are lost."""
_LONGEST: Final = 0.25
"""Seconds of work before a kill."""
_OTHER: Final = 10_000_000
"""Where the numbers of the second thread begin."""
_PROGRAM: Final = """
import mendloop, os, sys, threading, time

said = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

@mendloop.record(target="kill.me")
def tool(number, payload):
    if number % 3 == 0:
        raise ValueError("as asked")
    return payload

def say(word, number):
    os.write(said, f"{word} {number} {time.monotonic_ns()}\\n".encode())

def busy(first):
    for number in range(first, first + 1_000_000):
        try:
            tool(number, {"text": "x" * (number % 50) , "list": [number] * (number % 7)})
            say("returned", number)
        except ValueError:
            say("raised", number)
        if number % 1000 == 1:
            mendloop.recorder.flush()
            say("flushed", number)

other = threading.Thread(target=busy, args=(10_000_000,), daemon=True)
other.start()
busy(1)
"""


@dataclass(slots=True)
class Told:
    """What came of some rounds."""

    failures: int = 0
    """That the program knew of; all are checked."""
    successes: int = 0
    lost: int = 0
    """Successes that are not on record."""
    oldest: float = 0.0
    """Milliseconds before the kill at which the oldest of those had returned."""
    wrong: list[str] = field(default_factory=list[str])
    """Broken promises."""


def kill(place: Place, rounds: int, *, seed: int, told: Told | None = None) -> Told:
    """So many rounds."""
    told = Told() if told is None else told
    chance = Random(seed)  # noqa: S311  no secret
    program = place.write(_PROGRAM)
    said = place.workspace / "said"
    for _ in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-S", str(program), str(said)],
            cwd=place.workspace,
            env=place.environment(),
        )
        wait_for(lambda: said.exists() and said.stat().st_size > 0)
        time.sleep(chance.uniform(0, _LONGEST))  # to hit it at any moment is the point
        killed = time.monotonic_ns()
        process.send_signal(signal.SIGKILL)
        process.wait()
        _check(place, said, killed, told)
        said.unlink()
        for segment in place.spool.iterdir():
            segment.unlink()
    return told


def _check(place: Place, said: Path, killed: int, told: Told) -> None:
    """Compare what was said with the whole lines of the spool."""
    found = Counter(record["args"][0] for record in place.records())
    told.wrong += [
        f"{number} is there {times} times" for number, times in found.items() if times > 1
    ]
    whole, _, _ = said.read_text(encoding="utf-8").rpartition(
        "\n"
    )  # the kill may have cut the last
    for line in whole.splitlines():
        word, number, at = line.split()
        if word == "raised":
            told.failures += 1
            if int(number) not in found:
                told.wrong.append(f"the failure {number} is not there")
        elif word == "returned":
            told.successes += 1
            if int(number) not in found:
                told.lost += 1
                told.oldest = max(told.oldest, (killed - int(at)) / 1e6)
        else:
            first = 1 if int(number) < _OTHER else _OTHER
            if not found.keys() >= set(range(first, int(number) + 1)):
                told.wrong.append(f"not all is there that was flushed before {number}")


def main(rounds: int) -> int:
    """Kill, and tell."""
    with TemporaryDirectory() as folder:
        place = Place(Path(folder, "workspace"), Path(folder, "data"))
        place.workspace.mkdir()
        told = kill(place, rounds, seed=time.monotonic_ns())
    late = told.oldest > MOMENT
    sys.stdout.write(
        f"{rounds} kills: {told.failures} failures had been raised, {len(told.wrong)} of them lost "
        f"or doubled; of {told.successes} successes {told.lost} lost, the oldest {told.oldest:.0f} "
        f"ms before the kill (promised: at most {MOMENT:.0f} ms{', BROKEN' if late else ''})\n"
    )
    sys.stdout.writelines(f"{wrong}\n" for wrong in told.wrong[:20])
    return 1 if told.wrong or late else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
