"""What runs and hears the processes of tier C, tried here without what confines them."""

import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import anyio
import pytest

from mendloop.adapters.sandbox import frames, here, macos
from mendloop.adapters.sandbox.mac import MacSandbox, MacSession
from mendloop.app.ports import Limits, Program
from mendloop.errors import Unavailable
from mendloop.model.observation import (
    Case,
    Crashed,
    NotLoaded,
    Observation,
    Raised,
    Returned,
    TimedOut,
)
from tests.adapters.sandbox.calls import program

pytestmark = pytest.mark.anyio

_LIMITS = Limits(case_timeout=timedelta(seconds=0.5), total_timeout=timedelta(seconds=20))
_DENIALS = {"no network": "denied", "no reading outside": "denied"}


def _unconfined(_: macos.Confines, words: Sequence[str]) -> list[str]:
    return list(words)


def _denied(_: bytes) -> dict[str, str]:
    return _DENIALS


@pytest.fixture
async def unconfined(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MacSession]:
    """A session as if everything had been denied: only our own sources run in it."""
    monkeypatch.setattr(frames, "probes", _denied)
    tree = {"tools/__init__.py": b"", "tools/beside.py": b"X = 7\n"}
    async with MacSandbox(confining=_unconfined).open(tree, python=sys.executable) as up:
        assert up.state.tier == "C"
        yield up


async def _run(
    session: MacSession, wanted: Program, count: int, *, chunk: int = 32
) -> tuple[Observation, ...]:
    cases = [Case(id=f"c{number}", args=(number,)) for number in range(count)]
    answer = await session.observe(wanted, cases, limits=_LIMITS, chunk=chunk)
    assert isinstance(answer, tuple)
    assert [one.case for one in answer] == [case.id for case in cases]
    return answer


@pytest.mark.promise("sandbox/fail-closed")
async def test_without_confinement_every_act_is_possible_and_nothing_is_run() -> None:
    sandbox = MacSandbox(confining=_unconfined)
    state = await sandbox.probe()
    assert state.tier == "none"
    wanted = {"no network", "no listening", "no reading outside", "no new process", "no signals"}
    assert wanted <= set(state.missing)
    with pytest.raises(Unavailable, match="does not hold"):
        async with sandbox.open({}, python=sys.executable):
            pass


@pytest.mark.skipif(sys.platform == "darwin", reason="there it exists")
@pytest.mark.promise("sandbox/fail-closed")
async def test_where_there_is_no_such_program_nothing_is_run() -> None:
    state = await MacSandbox().probe()
    assert (state.tier, state.missing) == (
        "none",
        ("it could not be started: No such file or directory",),
    )


async def test_a_better_tier_cannot_be_had_there() -> None:
    state = await MacSandbox(least_tier="B").probe()
    assert state.tier == "none"
    assert "sandbox.tier" in state.hints[0]


async def test_answers_come_in_order_and_neighbours_are_found(unconfined: MacSession) -> None:
    source = "from tools.beside import X\ndef f(x):\n    return [x, X]\n"
    answer = await _run(unconfined, program(source), 50, chunk=20)
    assert [one.seen for one in answer] == [Returned([number, 7]) for number in range(50)]


async def test_exactly_the_bad_cases_are_blamed(unconfined: MacSession) -> None:
    source = """
import os, time
def f(x):
    if x == 3:
        time.sleep(60)
    if x == 5:
        os._exit(4)
    if x == 6:
        raise KeyError("k")
    if x == 7:
        return "x" * 10 ** 8
    return x
"""
    seen = [one.seen for one in await _run(unconfined, program(source), 10)]
    assert seen[3] == TimedOut(0.5)
    assert seen[5] == Crashed("exit status 4")
    assert isinstance(seen[6], Raised)
    assert seen[7] == Crashed("output too large")
    assert [one for number, one in enumerate(seen) if number not in {3, 5, 6, 7}] == [
        Returned(number) for number in (0, 1, 2, 4, 8, 9)
    ]


async def test_what_does_not_load_says_why(unconfined: MacSession) -> None:
    for source, kind in (("1 / 0\n", "ZeroDivisionError"), ("import os\nos._exit(1)\n", "Crashed")):
        answer = await unconfined.observe(program(source), [Case(id="1")], limits=_LIMITS)
        assert isinstance(answer, NotLoaded)
        assert answer.fault.type == kind
    assert await unconfined.observe(program("def f(): pass\n"), [], limits=_LIMITS) == ()


async def test_a_folder_to_write_in_is_new_for_each_process(unconfined: MacSession) -> None:
    source = """
import os
def f(x):
    before = os.listdir(".")
    open(str(x), "w").close()
    return before
"""
    answer = await _run(unconfined, program(source, writes_files=True), 3, chunk=1)
    assert [one.seen for one in answer] == [Returned([])] * 3


async def test_cancelling_ends_the_process(unconfined: MacSession) -> None:
    wanted = program("def f(x):\n    while True:\n        pass\n")
    patient = Limits(case_timeout=timedelta(seconds=60))
    with anyio.move_on_after(0.3) as scope:
        await unconfined.observe(wanted, [Case(id="1", args=(1,))], limits=patient)
    assert scope.cancelled_caught


def test_this_machine_has_a_sandbox_of_its_kind() -> None:
    made = here.sandbox_here(memory_bytes=1 << 29, least_tier="B")
    assert type(made).__name__ == ("MacSandbox" if sys.platform == "darwin" else "LinuxSandbox")
