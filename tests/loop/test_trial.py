"""What is tried in one process of the sandbox: each version anew, and none for ever."""

import sys
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.app.ideas import Idea
from mendloop.app.ports import SandboxSession
from mendloop.app.sift import Sieve
from mendloop.core.repair.generate import Space
from mendloop.core.repair.recipe import Hints
from mendloop.model.ids import TargetName
from mendloop.model.observation import Case, Raised, Returned, Seen, TimedOut
from mendloop.model.target import Target, TargetKind
from mendloop.model.value import Encoded

pytestmark = pytest.mark.anyio

SOURCE = '''"""Things of all kinds."""

import contextlib
import functools

from pack.other import BASE

SEEN = []


@functools.lru_cache
def cached(n):
    return n + 1


def remembering(n):
    SEEN.append(n)
    return len(SEEN)


def loop(n):
    while n > 0:
        n = n
    return n


def counting(n):
    for k in range(n):
        yield k + BASE


async def slowly(n):
    return n * 2


class Cart:
    __slots__ = ()

    def total(self, n):
        return self.__one(n) + 1

    def __one(self, n):
        return n

    @staticmethod
    def fixed(n):
        return n + 5


def logged(function):
    @functools.wraps(function)
    def inner(*args):
        with contextlib.suppress(KeyError):
            return function(*args)

    return inner


@logged
def wrapped(n):
    def helper(m):
        return m - 1

    return helper(n)
'''
PLACES = {"pack/__init__.py": b"", "pack/other.py": b"BASE = 10\n", "pack/tool.py": SOURCE.encode()}


@pytest.fixture
async def session() -> AsyncGenerator[SandboxSession]:
    async with LinuxSandbox().open(PLACES, python=sys.executable) as opened:
        yield opened


def target_of(function: str) -> Target:
    return Target(
        name=TargetName("t"), kind=TargetKind.FUNCTION, path="pack/tool.py", selector=function
    )


def sieve_of(session: SandboxSession, function: str) -> Sieve:
    return Sieve(
        session=session,
        target=target_of(function),
        source=SOURCE.encode(),
        memory_bytes=512 << 20,
    )


def idea(function: str, old: str, new: str) -> Idea:
    """The change that puts one text in place of another."""
    wanted = SOURCE.replace(old, new, 1)
    hints = Hints()
    found = next(one for one in Space(SOURCE, function, hints).usual() if one.source == wanted)
    return Idea(
        origin="recipe:x", target=target_of(function), description="", cost=1.0, candidate=found
    )


async def tried(
    session: SandboxSession, function: str, ideas: list[Idea | None], *numbers: int
) -> list[tuple[Seen, ...] | None]:
    return await sieve_of(session, function).tried(
        ideas,
        [Case(id=str(n), args=(n,)) for n in numbers],
        seconds=0.05,
        total=timedelta(seconds=20),
    )


@pytest.mark.parametrize(
    ("function", "old", "new", "before", "after"),
    [
        ("counting", "k + BASE", "k - BASE", [10, 11], [-10, -9]),
        ("slowly", "n * 2", "n + 2", 4, 4),
        ("Cart.total", "self.__one(n) + 1", "self.__one(n) - 1", 3, 1),
        ("Cart.fixed", "n + 5", "n - 5", 7, -3),
        ("wrapped", "m - 1", "m + 1", 1, 3),
        ("cached", "n + 1", "n - 1", 3, 1),
    ],
)
async def test_functions_of_all_kinds_are_given_other_code_for_a_while(
    session: SandboxSession, function: str, old: str, new: str, before: Encoded, after: Encoded
) -> None:
    seen = await tried(session, function, [None, idea(function, old, new), None], 2)
    assert seen == [(Returned(before),), (Returned(after),), (Returned(before),)]


async def test_what_one_version_leaves_behind_is_not_met_by_the_next(
    session: SandboxSession,
) -> None:
    seen = await tried(session, "remembering", [None, None], 1, 2)
    assert seen == [(Returned(1), Returned(1)), (Returned(1), Returned(1))]


async def test_an_endless_loop_costs_its_own_time_and_no_more(session: SandboxSession) -> None:
    seen = await tried(session, "loop", [None, None], 0, 1)
    assert seen == [(Returned(0), TimedOut(0.05))] * 2


async def test_an_error_is_told_with_the_lines_that_led_there(session: SandboxSession) -> None:
    source = sieve_of(session, "cached")
    seen = await source.tried(
        [None], [Case(id="1", args=("a",))], seconds=0.05, total=timedelta(seconds=20)
    )
    assert seen[0] is not None
    (one,) = seen[0]
    assert isinstance(one, Raised)
    assert one.fault.type == "TypeError"
    assert [frame.function for frame in one.fault.frames] == ["cached"]


async def test_the_lines_of_a_call_that_hangs_are_those_of_its_loop(
    session: SandboxSession,
) -> None:
    lines = await sieve_of(session, "loop").lines([Case(id="1", args=(1,))], seconds=0.05)
    first = SOURCE.splitlines().index("    while n > 0:") + 1
    assert lines == [frozenset({first, first + 1})]
