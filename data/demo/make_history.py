"""Make the recorded history of the demo workspace, and the live calls that follow it.

The tools are really run, on seeded inputs; only the clock and the durations are simulated, so that
the files come out the same, byte for byte, under Python 3.11 to 3.13.

    python data/demo/make_history.py            write history.jsonl and live.jsonl
    python data/demo/make_history.py --check    exit 1 where the files are not what would be written
"""

import argparse
import json
import sys
import tomllib
import traceback
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType

from reference import ANSWERS
from workload import LATER, TRAFFIC, Call

HERE = Path(__file__).parent
WORKSPACE = HERE / "workspace"
Moment = tuple[datetime, str]
"""When a call is made, and by whom."""

SEED = 20261120
DAYS = 10
LIVE_CALLS = 100
HOURS = {
    "claude-code": (8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 16, 17),
    "scheduler": tuple(range(24)),
    "tests": (2, 12, 19),
}
"""The hours of the day at which each caller is at work."""


def functions() -> dict[str, Callable[..., object]]:
    """Every function target of the workspace, loaded from its file."""
    manifest = tomllib.loads((WORKSPACE / "mendloop.toml").read_text(encoding="utf-8"))
    found = {}
    for target, entry in manifest["targets"].items():
        path, _, name = entry["source"].partition(":")
        if name:
            found[target] = getattr(load(path), name)
    return found


@cache
def load(path: str) -> ModuleType:
    """One module of the workspace; its frames bear the path relative to the workspace."""
    module = ModuleType(path)
    module.__file__ = str(WORKSPACE / path)
    source = (WORKSPACE / path).read_text(encoding="utf-8")
    exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102  our own demo file
    return module


def encoded(value: object) -> object:
    """A value as tagged JSON (``mendloop.model.value``)."""
    match value:
        case tuple():
            return {"$t": [encoded(part) for part in value]}
        case list():
            return [encoded(part) for part in value]
        case dict():
            return {key: encoded(part) for key, part in value.items()}
        case date():
            return {"$date": value.isoformat()}
        case _:
            return value


def fault(error: Exception) -> dict[str, object]:
    """What was raised, with the frames that lie in the workspace."""
    frames = [
        {"file": frame.filename, "line": frame.lineno, "function": frame.name}
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith("tools/")
    ]
    return {"type": type(error).__name__, "message": str(error), "frames": frames}


def run(function: Callable[..., object], call: Call, right: object) -> dict[str, object]:
    """Call a tool and say how it ended; the reviewer sees every result that is not right."""
    ended: dict[str, object] = {"outcome": "ok", "result": None, "error": None, "expected": None}
    try:
        result = function(*call.args, **call.kwargs)
    except Exception as error:  # noqa: BLE001  whatever a tool raises is what is to be recorded
        return ended | {"outcome": "error", "error": fault(error)}
    ended["result"] = encoded(result)
    if encoded(result) != encoded(right):
        return ended | {"outcome": "wrong", "expected": encoded(right)}
    return ended


def right_answer(target: str, call: Call) -> object:
    """What the call should return."""
    return {**ANSWERS, "inventory.stock": stock}[target](*call.args, **call.kwargs)


def stock(item: str, warehouse: str = "north") -> int:
    """By the shop's own table: what is not in it is not there."""
    table = load("tools/inventory.py")
    held: dict[str, int] = dict(table.ON_HAND[warehouse])
    reserved: dict[str, int] = table.RESERVED
    return max(held.get(item, 0) - reserved.get(item, 0), 0)


def moments(r: Random, ends: datetime, callers: tuple[str, ...], calls: int) -> list[Moment]:
    """When each call is made and by whom, oldest first; the last one close to the end."""
    starts = ends - timedelta(days=DAYS)
    made: list[Moment] = []
    while len(made) < calls:
        caller = r.choice(callers)
        day = starts.replace(hour=0, minute=0, second=0) + timedelta(days=r.randint(0, DAYS))
        at = day + timedelta(hours=r.choice(HOURS[caller]), milliseconds=r.randrange(3_600_000))
        if starts <= at <= ends:
            made.append((at, caller))
    return sorted(made)


def seconds(r: Random, usual: float) -> float:
    """A plausible duration: mostly close to the usual one, at times three times as long."""
    return round(usual * r.lognormvariate(0, 0.35), 6)


def session(caller: str, at: datetime) -> str:
    """One session a caller and half day."""
    return f"{caller}-{at:%m%d}-{'am' if at.hour < 12 else 'pm'}"  # noqa: PLR2004  noon


def history(ends: datetime) -> Iterator[dict[str, object]]:
    """All recorded calls, oldest first."""
    tools = functions()
    records = []
    for target, traffic in TRAFFIC.items():
        r = Random(f"{SEED} {target}")
        for at, caller in moments(r, ends, traffic.callers, traffic.calls):
            when = 1 - (ends - at) / timedelta(days=DAYS)
            call = traffic.draw(r, when)
            records.append(
                {
                    "target": target,
                    "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    "seconds": seconds(r, traffic.seconds),
                    "args": encoded(list(call.args)),
                    "kwargs": encoded(dict(call.kwargs)),
                    **run(tools[target], call, right_answer(target, call)),
                    "caller": caller,
                    "session": session(caller, at),
                }
            )
    records.sort(key=lambda record: (record["at"], record["target"]))
    for number, record in enumerate(records, start=1):
        yield {"id": f"demo-{number:06}"} | record


def live() -> Iterator[dict[str, object]]:
    """The calls of the days after, in batches; ``expected`` is the right answer."""
    for batch, (target, draw) in LATER.items():
        r = Random(f"{SEED} live {batch}")
        for number in range(LIVE_CALLS):
            call = draw(r, 1.0)
            right = right_answer(target, call)
            by_app = target == "pay.split_bill" and not isinstance(call.args[0], str)
            caller = "till-app" if by_app else r.choice(TRAFFIC[target].callers)
            yield {
                "batch": batch,
                "target": target,
                "args": encoded(list(call.args)),
                "kwargs": encoded(dict(call.kwargs)),
                "expected": encoded(right),
                "caller": caller,
                "session": f"{caller}-live-{number // 25 + 1}",
            }


def lines(records: Iterator[dict[str, object]]) -> str:
    """The records as JSON Lines."""
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description="Make the recorded history of the demo.")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    script = tomllib.loads((HERE / "script.toml").read_text(encoding="utf-8"))
    made = {
        script["history"]: lines(history(datetime.fromisoformat(script["ends"]))),
        script["live"]: lines(live()),
    }
    stale = []
    for name, text in made.items():
        path = HERE / name
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.is_file() or path.read_bytes() != text.encode():
            stale.append(name)
    if stale:
        print(f"Not what the script makes: {', '.join(stale)}. Run it without --check.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
