"""How much memory a version holds, as seen beside the one that it would replace."""

from datetime import timedelta
from typing import Final

import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.app.ports import Limits
from mendloop.core.validate.cases import NoFailure, Origin, TestCase
from mendloop.core.validate.evidence import Evidence, JudgeRule
from mendloop.core.validate.memory import memory
from mendloop.core.validate.part import Counted
from mendloop.core.validate.rows import rows_of
from mendloop.model.ids import TargetName
from mendloop.model.observation import Case
from mendloop.model.report import Verdict
from mendloop.model.target import Target, TargetKind
from tests.adapters.sandbox.calls import program

pytestmark = pytest.mark.anyio

_LIMITS: Final = Limits(total_timeout=timedelta(seconds=30))
_RULE: Final = JudgeRule(regression_bound=0.05, slower_factor=2.0)
_SUM: Final = "def f(n):\n    return sum(i * i for i in range(n))\n"
HONEST: Final = {
    "a list in between": "def f(n):\n    return sum([i * i for i in range(n)])\n",
    "a cache": "import functools\n@functools.cache\ndef f(n):\n    return sum(i * i for i in range(n))\n",
    "a table made at import": "_T = [i * i for i in range(200_000)]\ndef f(n):\n    return sum(_T[:n])\n",
    "copies, sorted and turned": (
        "def f(n):\n    rows = [[i, i * i] for i in range(n)]\n"
        "    return sum(row[1] for row in sorted(list(reversed(rows))))\n"
    ),
    "libraries": (
        "import asyncio, dataclasses, decimal, email, http.client, sqlite3, typing\n"
        "def f(n):\n    return sum(i * i for i in range(n))\n"
    ),
    "memory that is given back": (
        "def f(n):\n    for _ in range(200):\n        text = bytearray(1 << 17)\n"
        "    return sum(i * i for i in range(n))\n"
    ),
}
HUNGRY: Final = {
    "every step kept": (
        "def f(n):\n    kept = [list(range(i)) for i in range(0, 3000)]\n"
        "    return sum(i * i for i in range(n))\n"
    ),
    "one great buffer": (
        "def f(n):\n    bytearray(b'x' * (80 << 20))\n    return sum(i * i for i in range(n))\n"
    ),
    "at import": "_T = list(range(5_000_000))\n" + _SUM,
    "a cache that grows": (
        "_KEPT = []\ndef f(n):\n    _KEPT.append(b'x' * (40 << 20))\n"
        "    return sum(i * i for i in range(n))\n"
    ),
}


async def _found(session: LinuxSession, before: str, after: str) -> Counted:
    cases = [Case(id=str(number), args=(1000 * number,)) for number in range(4)]
    runs = [
        (await session.observe(program(source), cases, limits=_LIMITS, chunk=32),)
        for source in (before, after)
    ]
    target = Target(
        name=TargetName("t"), kind=TargetKind.FUNCTION, path="tools/candidate.py", selector="f"
    )
    evidence = Evidence(target=target, base=runs[0], candidate=runs[1])
    tests = [TestCase(case=case, origin=Origin.PASSING, wanted=NoFailure()) for case in cases]
    found = memory(rows_of(evidence, tests), _RULE)
    assert found is not None
    return found


@pytest.mark.parametrize("source", HONEST.values(), ids=HONEST.keys())
async def test_an_honest_change_has_nothing_against_it(session: LinuxSession, source: str) -> None:
    found = await _found(session, _SUM, source)
    assert found.verdict is Verdict.PASSED, found.summary


@pytest.mark.parametrize("source", HUNGRY.values(), ids=HUNGRY.keys())
async def test_a_change_that_holds_many_times_as_much_is_named(
    session: LinuxSession, source: str
) -> None:
    found = await _found(session, _SUM, source)
    assert found.verdict is Verdict.FAILED, found.summary


async def test_what_takes_much_anyway_may_go_on_to(session: LinuxSession) -> None:
    source = HUNGRY["one great buffer"]
    found = await _found(session, source, source)
    assert found.verdict is Verdict.PASSED, found.summary
