"""What must hold after any number of kills."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from mendloop.bootstrap import open_house
from mendloop.settings import Settings
from tests.kill.programs import RECORDED
from tests.kill.rounds import Rounds
from tests.store.test_rollups import everything

CUT = "cut off when its writer died"


async def judged(rounds: Rounds) -> tuple[int, list[str]]:
    """Read all that is left, and compare.

    Returns:
        How many executions there are, and what is wrong.
    """
    place = rounds.place
    async with open_house(Settings.at(place.workspace, place.data, {})) as house:
        await house.tender.ingester.catch_up()
        history = house.maintainer.history
        before = await everything(history)
        torn = [kept.reason for _, kept in await history.quarantine(limit=10_000)]
        await history.rebuild()
        after = await everything(history)
    wrong = [f"put aside: {reason}" for reason in torn if reason != CUT]
    wrong += [
        f"rollup {name} differs from a rebuild" for name in before if before[name] != after[name]
    ]
    for name in ("history.db", "state.db"):
        with closing(sqlite3.connect(place.state / name)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall()
        if sound != [("ok",)]:
            wrong.append(f"{name}: {sound}")
    count, missing = _rows(place.state / "history.db", rounds)
    return count, wrong + missing


def _rows(path: Path, rounds: Rounds) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT calls.id, targets.name, body FROM calls JOIN targets USING (target)"
        ).fetchall()
    ids = {row[0] for row in rows}
    calls = Counter((target, json.loads(body)[0][0]) for _, target, body in rows)
    wrong = [f"call {at} of {name} is there {n} times" for (name, at), n in calls.items() if n > 1]
    wrong += [f"record {name} was safe, and is not there" for name in sorted(rounds.ids - ids)]
    kept = {number for target, number in calls if target == RECORDED}
    lost = sorted(rounds.numbers - kept)
    wrong += [f"call {number} was safe, and is not there" for number in lost]
    return len(rows), wrong
