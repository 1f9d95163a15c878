"""All that is measured, each part in a process of its own.

    python -m tests.bench [PART...]

Every figure stands beside a yardstick that is measured in the same run. It is never a failure of
CI: the exit code is 0 unless a part could not be run at all.
"""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

PARTS: Final = {
    "serving": "a server beside a bare one of the same SDK",
    "recorder": "a recorded call beside a span of OpenTelemetry",
    "ingestion": "JSON Lines coming in, beside a bare insert of the same rows",
    "detection": "a look at a fleet beside one scan of its rows",
    "proxy": "a call through the proxy beside the same call without it",
    "deploying": "a change of two files put in place and taken back, beside plain flushed writes",
    "sandbox": "calls in the sandbox beside a process for each, and beside none",
}


def main(wanted: Sequence[str]) -> int:
    """Run the parts, and say which could not be run."""
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        sys.stderr.write(f"No part {unknown[0]!r}. There are: {', '.join(PARTS)}.\n")
        return 2
    broken: list[str] = []
    for name in wanted or PARTS:
        sys.stdout.write(f"\n{name}: {PARTS[name]}\n")
        sys.stdout.flush()
        done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False)
        if done.returncode:
            broken.append(name)
    if broken:
        sys.stderr.write(f"Could not be run: {', '.join(broken)}.\n")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
