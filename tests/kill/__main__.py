"""Kill recorders, readers of the spool and servers at random moments; then look for what is lost.

    python -m tests.kill [--rounds N] [--seed N]

Every round works on the state that the one before has left. In the end every execution that
somebody was told is safe must be there exactly once, all rollups must be what counting the rows
anew gives, and nothing may be torn. The exit code is 1 where that does not hold.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import numpy as np

from tests.kill.rounds import KINDS, TOLD, Rounds
from tests.kill.verdict import judged
from tests.recorder.processes import Place


def main() -> int:
    """Kill, judge, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill")
    parser.add_argument("--rounds", type=int, default=210)
    parser.add_argument("--seed", type=int, default=20261121)
    chosen = parser.parse_args()
    begun = time.monotonic()
    with TemporaryDirectory() as name:
        place = place_in(Path(name))
        rounds = Rounds(place, np.random.default_rng(chosen.seed))
        for number in range(chosen.rounds):
            rounds.go(KINDS[number % len(KINDS)])
        count, wrong = anyio.run(judged, rounds)
    kinds = ", ".join(f"{times} {kind}" for kind, times in sorted(rounds.done.items()))
    told = sum(name.startswith(TOLD) for name in rounds.ids)
    sys.stdout.write(
        f"{chosen.rounds} rounds of kills ({kinds}) in {time.monotonic() - begun:.0f} s:"
        f" {count:,} executions kept; {told:,} were answered for by a server,"
        f" {len(rounds.numbers):,} by a recorder; {len(wrong)} wrong\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in wrong[:50])
    return 1 if wrong else 0


def place_in(folder: Path) -> Place:
    """A workspace, and where its state goes."""
    workspace = folder / "workspace"
    workspace.mkdir()
    (workspace / "mendloop.toml").write_text("[targets]\n", encoding="utf-8")
    return Place(workspace, folder / "data")


if __name__ == "__main__":
    sys.exit(main())
