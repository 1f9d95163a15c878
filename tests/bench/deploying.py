"""How long a change of two files takes to be put in place and to be taken back.

    python -m tests.bench.deploying [ROUNDS]

In a warm process with the real parts: the gate, the journal, the swap, the import of what was
changed in a fresh interpreter in the sandbox, the commit. Beside it stands the floor, measured in
turn: two files and three small records written and flushed one after the other, as somebody would
who keeps a journal by hand. The exit code is 0 whatever comes out.
"""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import anyio

from mendloop.adapters.clock import SystemClock
from mendloop.core.governance.policy import Limit
from tests.app.rig import GREET, lay_out, rigged
from tests.policies import BUDGET, POLICY

_ROUNDS: Final = 20
_TARGET_MS: Final = 100.0
_RECORDS: Final = 3
_MANY: Final = (
    Limit(most=100_000, per=timedelta(hours=1)),
    Limit(most=100_000, per=timedelta(days=1)),
)
_POLICY: Final = replace(
    POLICY,
    limits=_MANY,
    target_limits=_MANY,
    cool_down=timedelta(),
    budget=replace(BUDGET, rollouts=100_000, target_failures=100_000, failures=100_000),
)
"""The limits are looked up all the same; they only let all rounds through."""


async def measure(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each round, by what was done."""
    lay_out(folder)
    times: dict[str, list[float]] = {"deploy": [], "rollback": [], "floor": []}
    async with rigged(folder, SystemClock(), policy=_POLICY) as rig:
        for number in range(rounds + 1):
            wanted = await rig.propose(
                {
                    "tools/greet.py": GREET + f"\n\nROUND = {number}\n".encode(),
                    "prompts/reply.md": f"Answer briefly, {number}.\n".encode(),
                },
                targets=("greet", "part", "reply"),
            )
            with _timed(times["deploy"]):
                done = await rig.deployer.deploy(wanted)
            with _timed(times["rollback"]):
                await rig.roller.rollback(deployment=done.id, reason="measured", by="person")
            with _timed(times["floor"]):
                _by_hand(folder)
    # the first round makes what the others find
    return {name: each[1:] for name, each in times.items()}


@contextmanager
def _timed(times: list[float]) -> Generator[None]:
    begun = time.perf_counter()
    yield
    times.append((time.perf_counter() - begun) * 1e3)


def _by_hand(folder: Path) -> None:
    """Write as many files, and flush each and its folder."""
    for number in range(2 + _RECORDS):
        path = folder / f"floor-{number}"
        with path.open("wb") as file:
            file.write(GREET)
            file.flush()
            os.fsync(file.fileno())
        holder = os.open(folder, os.O_RDONLY)
        os.fsync(holder)
        os.close(holder)


def main(rounds: int) -> None:
    """Measure, and tell."""
    with TemporaryDirectory() as name:
        times = anyio.run(measure, Path(name), rounds)
    floor = median(times["floor"])
    for what in ("deploy", "rollback"):
        middle, worst = median(times[what]), max(times[what])
        told = "met" if middle <= _TARGET_MS else "NOT MET"
        sys.stdout.write(
            f"{what} of two files: {middle:.0f} ms, at worst {worst:.0f}; {middle / floor:.1f} times"
            f" the floor of {floor:.1f}  target at most {_TARGET_MS:.0f} ms: {told}\n"
        )
    sys.stdout.write(f"{rounds} rounds, load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS)
