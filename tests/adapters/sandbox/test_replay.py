"""A replay blames exactly who is to blame, and shows state that leaks from case to case."""

import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from mendloop.app.ports import Limits
from mendloop.model.observation import Case, Crashed, Observation, Raised, Returned, Seen, TimedOut
from tests.adapters.sandbox.calls import BAD, FOUR_BAD, QUICK, program

pytestmark = pytest.mark.anyio


async def _run(
    session: LinuxSession, source: str, cases: Sequence[Case], *, chunk: int = 32
) -> tuple[Observation, ...]:
    answer = await session.observe(program(source), cases, limits=QUICK, chunk=chunk)
    assert isinstance(answer, tuple)
    return answer


def _by_case(run: Sequence[Observation]) -> dict[str, Seen]:
    return {one.case: one.seen for one in run}


@pytest.mark.slow
@pytest.mark.promise("sandbox/exact-blame")
async def test_of_two_thousand_cases_exactly_the_four_bad_ones_are_blamed(
    tier: str, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = Limits(case_timeout=timedelta(seconds=1))
    cases = [Case(id=f"c{number}", args=(number,)) for number in range(2_000)]
    sandbox = LinuxSandbox(least_tier=tier, best_tier=tier)
    async with sandbox.open({}, python=sys.executable) as up:
        start = time.perf_counter()
        answer = await up.observe(program(FOUR_BAD), cases, limits=limits)
        seconds = time.perf_counter() - start
    with capsys.disabled():
        sys.stdout.write(f"\n2,000 cases in tier {tier}, four of them bad: {seconds:.2f} s\n")
    assert isinstance(answer, tuple)
    assert [found.case for found in answer] == [case.id for case in cases]
    bad = {n: found.seen for n, found in enumerate(answer) if found.seen != Returned(n * 2)}
    assert bad.keys() == BAD
    assert bad[277] == TimedOut(1.0)
    assert bad[650] == Crashed("exit status 0")
    assert bad[1300] == Crashed("signal SIGSEGV")
    memory = bad[1944]
    assert isinstance(memory, Raised)
    assert memory.fault.type == "MemoryError"


_LEAKS = {
    "a counter": "seen = 0\ndef f(x):\n    global seen\n    seen += 1\n    return seen\n",
    "a mutable default": "def f(x, seen=[]):\n    seen.append(x)\n    return list(seen)\n",
    "a wrong cache": "held = {}\ndef f(x):\n    return held.setdefault(x % 2, x)\n",
    "the environment": """
import os
def f(x):
    before = os.environ.get("LAST", "none")
    os.environ["LAST"] = str(x)
    return before
""",
    "a library": """
import json
def f(x):
    before = getattr(json, "last", None)
    json.last = x
    return before
""",
}


@pytest.mark.promise("sandbox/leaks-are-seen")
@pytest.mark.parametrize("name", sorted(_LEAKS))
async def test_state_that_leaks_shows_in_another_order_and_never_alone(
    session: LinuxSession, name: str
) -> None:
    cases = [Case(id=str(number), args=(number,)) for number in range(40)]
    source = _LEAKS[name]
    first = _by_case(await _run(session, source, cases))
    second = _by_case(await _run(session, source, cases[::-1]))
    assert first != second
    alone = _by_case(await _run(session, source, cases, chunk=1))
    again = _by_case(await _run(session, source, cases[::-1], chunk=1))
    assert alone == again


async def test_no_file_is_left_for_the_next_case(session: LinuxSession) -> None:
    source = """
import os
def f(x):
    before = os.listdir(".")
    open(str(x), "w").close()
    return before
"""
    cases = [Case(id=str(number), args=(number,)) for number in range(6)]
    wanted = program(source, writes_files=True)
    answer = await session.observe(wanted, cases, limits=QUICK, chunk=1)
    assert isinstance(answer, tuple)
    assert [one.seen for one in answer] == [Returned([])] * 6


@pytest.mark.promise("sandbox/same-case-same-answer")
async def test_what_chance_and_place_give_is_fixed_for_each_case(session: LinuxSession) -> None:
    source = """
import os, random, time
from datetime import datetime
def f():
    here = [os.environ["PYTHONHASHSEED"], os.environ["TZ"], time.tzname[0]]
    return [*here, datetime.fromtimestamp(0).hour, random.random(), hash("a"), list({"b", "a"})]
"""
    cases = [Case(id=name) for name in ("a", "b", "a", "c", "a")]
    runs = [_by_case(await _run(session, source, cases, chunk=chunk)) for chunk in (5, 2, 1)]
    assert all(one == other for one, other in pairwise(runs))
    first = runs[0]["a"]
    assert isinstance(first, Returned)
    assert isinstance(first.value, list)
    assert first.value[:4] == ["0", "UTC", "UTC", 0]
    assert runs[0]["a"] != runs[0]["b"]
