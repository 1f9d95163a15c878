"""Everything that can go wrong with a change, at every point where it can.

    python -m tests.torture [EVERY]

Faults of system calls, power cuts and races, at every so many points; how many were tried is told.
The exit code is 1 where files and records did not agree, once.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Final

from tests.torture.syscalls import CALLS, VERBS

_ROUNDS: Final = 60


def _faults(every: str) -> Iterator[str]:
    """What was wrong; a line to the terminal for each verb."""
    pairs = list(product(VERBS, CALLS))
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        runs = list(pool.map(partial(_tried, every), pairs))
    for verb in VERBS:
        some = [run for pair, run in zip(pairs, runs, strict=True) if pair[0] == verb]
        counts = [run.stdout.split("\n", 1)[0].split() for run in some if run.stdout]
        kills, errors = (sum(int(each[place]) for each in counts) for place in (0, 1))
        wrong = [line for run in some for line in run.stdout.splitlines()[1:]]
        wrong += [run.stderr for run in some if run.returncode and not run.stdout]
        sys.stdout.write(f"{verb}: {kills} kills, {errors} errors, {len(wrong)} wrong\n")
        sys.stdout.flush()
        yield from wrong


def _tried(every: str, pair: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    return _run("syscalls", *pair, every)


def _run(part: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"tests.torture.{part}", *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def main(every: str = "1") -> int:
    """Try everything, and tell."""
    wrong = list(_faults(every))
    sys.stdout.writelines(f"  {each}\n" for each in wrong)
    broken = bool(wrong)
    for part, options in (("power", [every]), ("races", [str(_ROUNDS)])):
        run = _run(part, *options)
        sys.stdout.write(run.stdout or run.stderr)
        broken |= run.returncode != 0
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
