"""Cases that are answered as the recorded call was."""

import base64
import random  # noqa: TID251  its state is what is tested
import struct
from dataclasses import replace

import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.model.observation import Case, NotLoaded, Raised, Returned, Seen, not_recorded
from mendloop.model.target import SideEffect
from mendloop.model.value import Encoded
from mendloop.model.world import WORLDLY, Clock, Exchange, FileRead, World
from tests.adapters.sandbox.calls import QUICK, program

pytestmark = pytest.mark.anyio
AT = 1_700_000_000_123_456
WORLD = World(
    kept=WORLDLY,
    clock=Clock(at=AT, offset=3_600),
    exchanges=(
        Exchange(
            method="GET",
            uri="http://shop.test:81/a?page=1",
            hidden=("key",),
            status=200,
            reason="OK",
            headers=(("Content-Type", "application/json"),),
            answer='{"a": 1}',
        ),
        Exchange(method="POST", uri="http://shop.test/b", asked="x=1", status=404, answer="no"),
    ),
    files=(
        FileRead(path="/elsewhere/a.txt", content="recorded"),
        FileRead(path="/elsewhere/b.bin", content={"$b": "00ff"}),
        FileRead(path="/elsewhere/none", there=False),
    ),
)
CLOCK = """
import datetime, time
from datetime import date, datetime as moment
from time import time as seconds

def f():
    first = moment.now()
    return [
        type(first) is moment, first.isoformat(), date.today().isoformat(), int(seconds()),
        time.strftime("%H:%M"), time.gmtime().tm_hour, time.time_ns() // 1_000_000_000,
        moment.now(datetime.timezone.utc).isoformat()[:19], moment.utcnow().isoformat()[:19],
        time.monotonic() < 1_000_000_000, first,
    ]
"""
ASK = """
import json
from urllib.error import HTTPError
from urllib.request import urlopen

def f(*asked):
    found = []
    for url, body in asked:
        try:
            with urlopen(url, body and body.encode()) as answer:
                found.append([answer.status, json.load(answer)])
        except HTTPError as error:
            found.append([error.code, error.read().decode()])
    return found
"""
A: list[Encoded] = ["http://shop.test:81/a?key=other&page=1", None]
B: list[Encoded] = ["http://shop.test/b", "x=1"]


async def seen(
    session: LinuxSession, source: str, *arguments: Encoded, world: World | None = WORLD
) -> Seen:
    """What a call does in a world, the same each time."""
    cases = [Case(id=name, args=arguments, world=world) for name in ("1", "2")]
    answer = await session.observe(program(source), cases, limits=QUICK)
    assert not isinstance(answer, NotLoaded), answer
    assert answer[0].seen == answer[1].seen
    return answer[0].seen


async def test_the_clock_begins_at_the_recorded_time(session: LinuxSession) -> None:
    assert await seen(session, CLOCK) == Returned(
        [
            True, "2023-11-14T23:13:20.123456", "2023-11-14", AT // 1_000_000,
            "23:13", 22, AT // 1_000_000,
            "2023-11-14T22:13:20", "2023-11-14T22:13:20",
            True, {"$datetime": "2023-11-14T23:13:20.123456"},
        ]
    )  # fmt: skip


async def test_a_case_without_a_world_has_the_time_of_the_machine(session: LinuxSession) -> None:
    cases = [Case(id="1", world=WORLD), Case(id="2")]
    source = "import time\ndef f(): return [time.time() > 1_750_000_000, time.tzname[0]]\n"
    answer = await session.observe(program(source), cases, limits=QUICK)
    assert not isinstance(answer, NotLoaded)
    assert [one.seen for one in answer] == [Returned([False, "+0100"]), Returned([True, "UTC"])]


async def test_chance_goes_on_from_the_recorded_state(session: LinuxSession) -> None:
    random.seed(7)
    _, numbers, spare = random.getstate()
    packed = struct.pack("!625I?d", *numbers, spare is not None, spare or 0.0)
    world = replace(WORLD, random=base64.b64encode(packed).decode())
    source = "import random\ndef f(): return [random.random(), random.randrange(9)]\n"
    wanted: list[Encoded] = [random.random(), random.randrange(9)]  # noqa: S311  as above
    assert await seen(session, source, world=world) == Returned(wanted)


async def test_files_from_elsewhere_are_read_as_they_were(session: LinuxSession) -> None:
    source = (
        "import os, pathlib\n"
        "def f():\n"
        "    a, b, none = (pathlib.Path('/elsewhere') / n for n in ('a.txt', 'b.bin', 'none'))\n"
        "    with open(a) as file: text = file.read()\n"
        "    return [text, a.read_text(), b.read_bytes(), os.path.exists(a), a.stat().st_size,\n"
        "            none.exists(), os.path.basename(__file__)]\n"
    )
    wanted: list[Encoded] = ["recorded", "recorded", {"$b": "00ff"}, True, 8, False, "candidate.py"]
    assert await seen(session, source) == Returned(wanted)


async def test_a_file_that_was_not_read_then_is_not_recorded(session: LinuxSession) -> None:
    source = (
        "def f(path):\n    try: return open(path).read()\n    except OSError: return 'swallowed'\n"
    )
    assert not_recorded(await seen(session, source, "/elsewhere/other"))
    assert await seen(session, source, "/elsewhere/none") == Returned("swallowed")


async def test_exchanges_are_answered_once_each_whatever_their_credentials(
    session: LinuxSession,
) -> None:
    answered: list[Encoded] = [[200, {"a": 1}], [404, "no"]]
    assert await seen(session, ASK, A, B) == Returned(answered)
    assert await seen(session, ASK, B, A) == Returned(answered[::-1])


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param([A, A], id="again"),
        pytest.param([["http://shop.test:81/a?page=2", None]], id="other-parameter"),
        pytest.param([["http://evil.test/", None]], id="other-place"),
        pytest.param([["http://shop.test/b", "x=2"]], id="other-body"),
    ],
)
async def test_what_was_not_asked_then_is_not_recorded(
    session: LinuxSession, asked: list[Encoded]
) -> None:
    told = await seen(session, ASK, *asked)
    assert not_recorded(told)
    assert isinstance(told, Raised)
    assert told.fault.message.startswith(("GET http://", "POST http://"))


async def test_a_loose_world_answers_another_address_of_the_same_method(
    session: LinuxSession,
) -> None:
    world = replace(WORLD, loose=True)
    asked: list[Encoded] = ["http://shop.test:81/other", None]
    assert await seen(session, ASK, asked, world=world) == Returned([[200, {"a": 1}]])


async def test_without_a_world_there_is_no_network(session: LinuxSession) -> None:
    told = await seen(session, ASK, A, world=None)
    assert isinstance(told, Raised)
    assert not not_recorded(told)
    only_clock = replace(WORLD, kept=frozenset({SideEffect.CLOCK}))
    assert not not_recorded(await seen(session, ASK, A, world=only_clock))
