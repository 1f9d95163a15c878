"""A program that is asked for again by number is not loaded again, and shows what it showed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.app.ports import Limits, Program
from mendloop.model.observation import Case, NotLoaded, Observation, Returned, TimedOut
from mendloop.model.value import Encoded
from tests.adapters.sandbox.calls import QUICK, program

pytestmark = pytest.mark.anyio

_LOADED = """
import os, time
BORN = str(time.perf_counter_ns())
COUNT = [0]
def f(x=None):
    COUNT[0] += 1
    if x == "hang":
        while True:
            pass
    if x == "leave":
        os._exit(3)
    return [BORN, COUNT[0]]
"""


def _kept(process: int, *, writes_files: bool = False, source: str = _LOADED) -> Program:
    return replace(program(source, writes_files=writes_files), process=process)


async def _said(
    session: LinuxSession, wanted: Program, *values: Encoded, limits: Limits = QUICK
) -> tuple[Observation, ...]:
    cases = [Case(id=str(number), args=(value,)) for number, value in enumerate(values or (None,))]
    run = await session.observe(wanted, cases, limits=limits)
    assert not isinstance(run, NotLoaded)
    return run


async def _born(session: LinuxSession, wanted: Program) -> str:
    """When the process had loaded its program that answers now; its calls are not remembered."""
    (one,) = await _said(session, wanted)
    assert isinstance(one.seen, Returned)
    assert isinstance(one.seen.value, list)
    born, count = one.seen.value
    assert count == 1
    return str(born)


async def test_a_program_asked_for_by_number_is_loaded_once_and_remembers_no_call(
    session: LinuxSession,
) -> None:
    assert await _born(session, _kept(1)) == await _born(session, _kept(1))


async def test_each_number_is_a_process_of_its_own(session: LinuxSession) -> None:
    assert await _born(session, _kept(1)) != await _born(session, _kept(2))


async def test_without_a_number_a_program_is_loaded_anew_each_time(session: LinuxSession) -> None:
    assert await _born(session, _kept(0)) != await _born(session, _kept(0))


async def test_another_text_is_another_program(session: LinuxSession) -> None:
    other = _kept(1, source=f"{_LOADED}\n# another\n")
    assert await _born(session, _kept(1)) != await _born(session, other)


async def test_what_writes_files_never_waits(session: LinuxSession) -> None:
    writes = _kept(1, writes_files=True)
    assert await _born(session, writes) != await _born(session, writes)


async def test_a_process_that_had_to_be_ended_does_not_wait(session: LinuxSession) -> None:
    before = await _born(session, _kept(1))
    brief = Limits(case_timeout=timedelta(seconds=0.2), total_timeout=timedelta(seconds=10))
    hanging, fine = await _said(session, _kept(1), "hang", None, limits=brief)
    assert isinstance(hanging.seen, TimedOut)
    assert isinstance(fine.seen, Returned)
    assert await _born(session, _kept(1)) != before


async def test_how_a_process_of_an_earlier_pass_ended_is_not_taken_for_a_later_one(
    session: LinuxSession,
) -> None:
    first = await _said(session, _kept(1), "leave", None)
    again = await _said(session, _kept(1), None, "leave")
    assert first[0].seen == again[1].seen
    assert isinstance(again[0].seen, Returned)


async def test_no_more_wait_than_a_few(session: LinuxSession) -> None:
    first = await _born(session, _kept(1))
    for number in range(2, 12):
        await _born(session, _kept(number))
    assert await _born(session, _kept(1)) != first


async def test_one_that_may_run_for_too_short_a_time_is_loaded_anew(session: LinuxSession) -> None:
    brief = Limits(total_timeout=timedelta(seconds=5))
    patient = Limits(total_timeout=timedelta(seconds=60))
    born = [
        (await _said(session, _kept(1), limits=limits))[0].seen
        for limits in (brief, patient, brief, patient)
    ]
    assert born[0] != born[1] == born[2] == born[3]
