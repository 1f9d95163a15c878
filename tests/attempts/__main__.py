"""Print the table of attempts, and count it."""

import sys

from tests.attempts.attempt import Ends
from tests.attempts.every import ALL, NOT_STOPPED, STOPPED


def main() -> None:
    """One line each, by what becomes of them."""
    for ends in Ends:
        found = [each for each in ALL if each.ends is ends]
        sys.stdout.write(f"\n{ends} ({len(found)})\n")
        for each in found:
            sys.stdout.write(f"  {each.name}: {each.sentence}\n")
    sys.stdout.write(
        f"\n{len(ALL)} attempts: {len(STOPPED)} stopped, {len(NOT_STOPPED)} not, where an agent "
        "runs as the person\n"
    )


if __name__ == "__main__":
    main()
