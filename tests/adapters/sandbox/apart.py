"""A server of its own: for another user, or for a kernel that lacks something.

Reads from standard input which system calls must fail and what there is to be reached, tries
everything hostile in a sandbox, and prints what came of it. Also run by interpreters that have
nothing of the tests' own environment.
"""

import ctypes
import json
import struct
import sys
from pathlib import Path
from typing import Any

import anyio

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from mendloop.app.ports import Limits, Program
from mendloop.errors import Unavailable
from mendloop.model.observation import Case, NotLoaded, Raised, Returned

_STRAY = """
import ctypes, os, time
ctypes.CDLL(None).prctl(15, b"{name}", 0, 0, 0)
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(1e6)
    time.sleep(1e6)
def f(place):
    return "fine"
"""
_ORDINARY = """
import asyncio, sqlite3, threading, decimal
def f(place):
    with open("new.txt", "w") as file:
        file.write("x")
    asyncio.run(asyncio.sleep(0))
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    return "fine"
"""


def break_calls(rules: list[list[int]]) -> None:
    """Make system calls answer as on another machine.

    Args:
        rules: Of each the number, the answer, and (or -1) the second argument that it is about.
    """
    text = b""
    for number, answer, second in rules:
        body = [(0x06, 0, 0, 0x50000 | answer)]
        if second >= 0:
            looked_at = [(0x20, 0, 0, 24), (0x15, 0, 1, second)]
            body = [*looked_at, *body, (0x06, 0, 0, 0x7FFF0000)]
        steps = [(0x20, 0, 0, 0), (0x15, 0, len(body), number), *body]
        text += b"".join(struct.pack("=HBBI", *step) for step in steps)
    text += struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)
    held = ctypes.create_string_buffer(text, len(text))
    program = struct.pack("=HxxxxxxQ", len(text) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.create_string_buffer(program, len(program)), 0, 0) == 0


def alive(name: str) -> int:
    """How many processes bear a name."""
    count = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
            comm = (entry / "comm").read_text(encoding="utf-8").strip()
            count += comm == name and state != "Z"
        except OSError:
            continue
    return count


async def call(session: LinuxSession, source: str, place: Any, *, writes: bool = False) -> str:
    """What one call comes to, in a word."""
    program = Program(
        overlay={"a.py": source.encode()}, path="a.py", function="f", writes_files=writes
    )
    answer = await session.observe(program, [Case(id="1", args=(place,))], limits=Limits())
    if isinstance(answer, NotLoaded):
        return f"not loaded: {answer.fault}"
    seen = answer[0].seen
    if isinstance(seen, Returned):
        return str(seen.value)
    return seen.fault.type if isinstance(seen, Raised) else str(seen)


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Try everything."""
    try:
        async with LinuxSandbox().open({}, python=sys.executable) as session:
            place = order["place"]
            answers = {
                name: await call(session, source, place)
                for name, source in order["escapes"].items()
            }
            stray = await call(session, _STRAY.format(name=order["name"]), place)
            return {
                "answers": answers,
                "layers": dict(session.state.layers),
                "ordinary": await call(session, _ORDINARY, place, writes=True),
                "stray": [stray, alive(order["name"])],
            }
    except Unavailable as error:
        return {"refused": error.message}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    if given["rules"]:
        break_calls(given["rules"])
    print(json.dumps(anyio.run(main, given)))  # noqa: T201  its answer
