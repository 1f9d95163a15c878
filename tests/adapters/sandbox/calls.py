"""Calls made in a sandbox, said shortly."""

from collections.abc import Mapping
from datetime import timedelta

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.app.ports import Limits, Program
from mendloop.model.execution import Fault
from mendloop.model.observation import Case, NotLoaded, Returned, Seen
from mendloop.model.value import Encoded

QUICK = Limits(case_timeout=timedelta(seconds=5), total_timeout=timedelta(seconds=20))

FOUR_BAD = """
import ctypes, os
def f(x):
    if x == 277:
        while True:
            pass
    if x == 650:
        os._exit(0)
    if x == 1300:
        ctypes.string_at(0)
    if x == 1944:
        return bytearray(10 ** 11)
    return x * 2
"""
"""Twice its argument, but for one that never ends, one that leaves, one that faults, and one that
asks for 100 GB."""
BAD = frozenset({277, 650, 1300, 1944})


def program(source: str, *, function: str = "f", writes_files: bool = False) -> Program:
    overlay = {"tools/candidate.py": source.encode()}
    return Program(
        overlay=overlay, path="tools/candidate.py", function=function, writes_files=writes_files
    )


async def seen(
    session: LinuxSession,
    source: str,
    *arguments: Encoded,
    limits: Limits = QUICK,
    writes_files: bool = False,
    files: Mapping[str, bytes] | None = None,
) -> Seen:
    """What one call does."""
    wanted = program(source, writes_files=writes_files)
    wanted = Program(
        overlay={**wanted.overlay, **(files or {})},
        path=wanted.path,
        function=wanted.function,
        writes_files=writes_files,
    )
    answer = await session.observe(wanted, [Case(id="1", args=arguments)], limits=limits)
    assert not isinstance(answer, NotLoaded), answer
    return answer[0].seen


async def returned(
    session: LinuxSession, source: str, *arguments: Encoded, writes_files: bool = False
) -> Encoded:
    """What one call returns."""
    answer = await seen(session, source, *arguments, writes_files=writes_files)
    assert isinstance(answer, Returned), answer
    return answer.value


async def not_loaded(
    session: LinuxSession, source: str, *, function: str = "f", limits: Limits = QUICK
) -> Fault:
    """Why a program does not load."""
    answer = await session.observe(
        program(source, function=function), [Case(id="1")], limits=limits
    )
    assert isinstance(answer, NotLoaded), answer
    return answer.fault
