"""A server of its own: for another user, or for a kernel that lacks something.

Reads from standard input which system calls must fail, which tier is wanted and what there is to be
reached, tries everything in a sandbox, and prints what came of it. Also run by interpreters that
have nothing of the tests' own environment.
"""

import ctypes
import json
import struct
import sys
from pathlib import Path
from typing import Any

import anyio

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from mendloop.errors import Unavailable
from tests.escape.told import LIMITS, PATIENT, tried

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


async def everything(session: LinuxSession, order: dict[str, Any]) -> dict[str, Any]:
    """What came of each attempt, and of each ordinary program."""
    answers: dict[str, Any] = {}

    async def attempt(name: str) -> None:
        source, writes = order["attempts"][name]
        told = await tried(session, source, order["place"], writes=writes, limits=LIMITS)
        answers[name] = told.plain()

    for name in order["attempts"].keys() - set(order["endless"]):
        await attempt(name)
    async with anyio.create_task_group() as at_once:
        for name in order["endless"]:
            at_once.start_soon(attempt, name)
    ordinary: dict[str, Any] = {}
    for name, (source, arguments, writes) in order["programs"].items():
        done = await tried(
            session,
            source,
            *arguments,
            writes=writes,
            limits=PATIENT,
            beside=order["beside"],
        )
        ordinary[name] = done.plain()
    stray = await tried(session, _STRAY.format(name=order["name"]), order["place"])
    return {
        "answers": answers,
        "layers": dict(session.state.layers),
        "ordinary": ordinary,
        "stray": [stray.value, alive(order["name"])],
        "tier": session.state.tier,
    }


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Try everything."""
    sandbox = LinuxSandbox(least_tier=order["least"], best_tier=order["best"])
    try:
        async with sandbox.open({"tools/__init__.py": b""}, python=sys.executable) as session:
            return await everything(session, order)
    except Unavailable as error:
        return {"refused": error.message, "hint": error.hint}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    if given["rules"]:
        break_calls(given["rules"])
    print(json.dumps(anyio.run(main, given)))  # noqa: T201  its answer
