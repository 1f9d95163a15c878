import sys
from datetime import timedelta

import pytest

from mendloop.adapters.sandbox.cpu import cpu_seconds
from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.app.ports import Limits, Program
from mendloop.model.observation import Case

pytestmark = pytest.mark.anyio

BUSY = b"""
import time

def work(seconds):
    ends = time.process_time() + seconds
    while time.process_time() < ends:
        pass
    return True

def hang(seconds):
    work(seconds)
    while True:
        time.sleep(1)
"""


@pytest.mark.promise("limits/cpu-time-is-the-kernels")
@pytest.mark.parametrize("function", ["work", "hang"])
async def test_the_time_of_ended_and_of_killed_processes_is_counted(function: str) -> None:
    async with LinuxSandbox().open({"m.py": BUSY}, python=sys.executable) as session:
        before = session.cpu_seconds()
        await session.observe(
            Program(overlay={}, path="m.py", function=function),
            [Case(id=str(number), args=(0.3,)) for number in range(2)],
            limits=Limits(case_timeout=timedelta(seconds=5)),
            chunk=1,
        )
        assert session.cpu_seconds() - before >= 0.55


def test_a_process_that_is_gone_counts_nothing() -> None:
    assert cpu_seconds(2**22 + 1) == 0
