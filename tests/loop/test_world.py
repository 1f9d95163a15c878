"""Tools that look at the world: recorded by the decorator, answered again in a real sandbox."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typing_extensions import override

import mendloop
from mendloop.app.changes import TextEdit
from mendloop.app.propose import Why
from mendloop.bootstrap import House, open_house
from mendloop.model.execution import Outcome
from mendloop.model.ids import ExecutionId
from mendloop.model.report import Report, Verdict
from mendloop.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]
SECRET = "sk-live-0123456789abcdef"  # noqa: S105  a made-up one, to look for
MANIFEST = """
[targets."prices.total"]
source = "tools/prices.py:total"
idempotent = true
side_effects = ["network"]

[targets."days.left"]
source = "tools/days.py:left"
idempotent = true
side_effects = ["clock", "reads_files"]

[targets."chance.draw"]
source = "tools/chance.py:draw"
idempotent = true
side_effects = ["random"]

[targets."stock.sell"]
source = "tools/prices.py:sell"
idempotent = true
side_effects = ["network", "writes_database"]
"""
PRICES = '''"""Prices, asked for over HTTP."""

import json
from urllib.request import Request, urlopen


def total(base, item):
    """What all pieces of an item cost."""
    asked = Request(f"{base}/items/{item}?api_key=SECRET", headers={"Authorization": "SECRET"})
    with urlopen(asked) as answer:
        found = json.load(answer)
    return found["price"] * found["count"]


def sell(base, item):
    """Sell one."""
    with urlopen(f"{base}/items/{item}") as answer:
        return json.load(answer)["count"] - 1
'''.replace("SECRET", SECRET)
DAYS = '''"""Days until a date."""

import datetime
from pathlib import Path


def left(settings, weeks):
    """How many days are left."""
    day = datetime.date.fromisoformat(Path(settings).read_text(encoding="utf-8").strip())
    return (day - datetime.date.today()).days // weeks
'''
CHANCE = '''"""Draws."""

import random


def draw(names):
    """One of some names."""
    return names[random.randrange(0, 4)]
'''
FIXED = '    return found["price"] * (1 if found["count"] is None else found["count"])\n'
OLD = '    return found["price"] * found["count"]\n'


class _Items(BaseHTTPRequestHandler):
    """Items of a shop; every tenth has no count."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        number = int(self.path.partition("?")[0].rpartition("/")[2])
        item = {"price": number + 1, "count": None if number % 10 == 0 else number % 7 + 1}
        body = json.dumps(item).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", f"session={SECRET}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Items)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    _Items.asked.clear()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    workspace = tmp_path / "workspace"
    files = {"prices.py": PRICES, "days.py": DAYS, "chance.py": CHANCE}
    (workspace / "tools").mkdir(parents=True)
    (workspace / "mendloop.toml").write_text(MANIFEST, encoding="utf-8")
    for name, text in files.items():
        (workspace / "tools" / name).write_text(text, encoding="utf-8")
    return workspace


def use(place: Path, code: str, *, python: tuple[str, ...] = (sys.executable,)) -> None:
    """A program of the user's that calls his tools, which are recorded."""
    source = str(Path(mendloop.__file__).parents[1])
    program = (
        f"import contextlib, sys\nsys.path[:0] = ['tools', {source!r}]\n"
        "import chance, days, mendloop, prices\n"
        "total = mendloop.record(target='prices.total', world=True)(prices.total)\n"
        "sell = mendloop.record(target='stock.sell', world=True)(prices.sell)\n"
        "left = mendloop.record(target='days.left', world=True)(days.left)\n"
        "draw = mendloop.record(target='chance.draw', world=('random',))(chance.draw)\n"
        f"{code}"
    )
    done = subprocess.run(
        [*python, "-c", program],
        cwd=place,
        env={"PATH": os.environ["PATH"], "MENDLOOP_DATA_DIR": str(place.parent / "data")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


def ask_for_items(place: Path, shop: str, count: int = 100, **options: Any) -> None:
    code = (
        f"for n in range({count}):\n"
        "    with contextlib.suppress(TypeError):\n"
        f"        total({shop!r}, n)\n"
    )
    use(place, code, **options)


@pytest.fixture
async def house(place: Path) -> AsyncGenerator[House]:
    settings = Settings.at(place, place.parent / "data", {})
    async with open_house(settings) as opened:
        yield opened


async def tried(house: House, target: str, path: str, old: str, new: str) -> Report:
    await house.tender.ingester.catch_up()
    edit = TextEdit(path=path, old=old, new=new)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target=target)
    return await house.loop.validator.test(proposed.proposal.id)


def numbers(report: Report, check: str) -> dict[str, float]:
    found = {one.name: one.numbers for one in report.checks}
    assert check in found, told(report)
    return dict(found[check])


def told(report: Report) -> str:
    """All that a report says, for whoever reads why a test failed."""
    return "\n".join(f"{one.name}: {one.verdict}: {one.summary}" for one in report.checks)


@pytest.mark.promise("verdict/network-is-answered-as-recorded")
async def test_a_fix_of_a_tool_that_asks_the_network_passes(
    house: House, place: Path, shop: str
) -> None:
    ask_for_items(place, shop)
    asked = len(_Items.asked)
    report = await tried(house, "prices.total", "tools/prices.py", OLD, FIXED)
    assert report.verdict is Verdict.PASSED, told(report)
    account = numbers(report, "replayable")
    assert (account["counting"], account["not_recorded"]) == (100, 0)
    assert len(_Items.asked) == asked


@pytest.mark.parametrize(
    "new",
    [
        pytest.param("    return 0\n", id="constant"),
        pytest.param('    return found["price"] * (found["count"] or 1) + 1\n', id="breaks"),
        pytest.param(
            f"    if item in {{{', '.join(str(n) for n in range(0, 100, 10))}}}:\n"
            f"        return 0\n{OLD}",
            id="knows-the-recorded-calls",
        ),
    ],
)
async def test_a_cheat_on_a_tool_that_asks_the_network_does_not_pass(
    house: House, place: Path, shop: str, new: str
) -> None:
    ask_for_items(place, shop)
    report = await tried(house, "prices.total", "tools/prices.py", OLD, new)
    assert report.verdict is not Verdict.PASSED, told(report)


@pytest.mark.promise("verdict/what-was-not-recorded-speaks-against-a-change")
async def test_a_change_that_asks_for_something_else_does_not_pass(
    house: House, place: Path, shop: str
) -> None:
    ask_for_items(place, shop)
    more = (
        "    with contextlib.suppress(Exception):\n"
        '        urlopen(f"{base}/evil/{item}", timeout=1)\n' + FIXED
    )
    edit = f"import contextlib\nimport json\nfrom urllib.request import Request, urlopen{''}"
    await house.tender.ingester.catch_up()
    edits = (
        TextEdit(path="tools/prices.py", old=OLD, new=more),
        TextEdit(
            path="tools/prices.py",
            old="import json\nfrom urllib.request import Request, urlopen",
            new=edit,
        ),
    )
    proposed = await house.loop.proposer.propose(edits, Why(rationale=""), target="prices.total")
    report = await house.loop.validator.test(proposed.proposal.id)
    assert report.verdict is Verdict.FAILED, told(report)
    said = {one.why for one in report.disagreements}
    assert "it asks the world for something that was not recorded" in said
    assert not any("evil" in path for path in _Items.asked)


@pytest.mark.promise("record/worlds-hold-no-credentials")
async def test_no_credential_is_kept_of_an_exchange(house: House, place: Path, shop: str) -> None:
    ask_for_items(place, shop, 11)
    spooled = b"".join(path.read_bytes() for path in (place.parent / "data").glob("*/spool/*"))
    assert b"exchanges" in spooled
    assert SECRET.encode() not in spooled
    await house.tender.ingester.catch_up()
    rows = await house.loop.reader.executions("prices.total", limit=20)
    failed = [one.execution for one in rows if one.execution.outcome is Outcome.ERROR]
    world = (await house.loop.reader.execution(ExecutionId(failed[0].id))).world
    assert world is not None
    (exchange,) = world.exchanges
    assert exchange.hidden == ("api_key",)
    assert {name for name, _ in exchange.headers}.isdisjoint({"Set-Cookie", "Authorization"})


async def test_without_vcrpy_the_calls_are_counted_and_nothing_passes(
    house: House, place: Path, shop: str
) -> None:
    ask_for_items(place, shop, 20, python=(sys.executable, "-I", "-S"))
    report = await tried(house, "prices.total", "tools/prices.py", OLD, FIXED)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert numbers(report, "replayable")["unanswered"] == 20
    said = next(one.summary for one in report.checks if one.name == "replayable")
    assert "vcrpy is not installed" in said


async def test_a_tool_that_changes_the_world_is_not_replayed(
    house: House, place: Path, shop: str
) -> None:
    use(place, f"for n in range(1, 5): sell({shop!r}, n)\n")
    report = await tried(
        house, "stock.sell", "tools/prices.py", '["count"] - 1\n', '["count"] - 2\n'
    )
    assert report.verdict is not Verdict.PASSED
    assert numbers(report, "replayable")["impure"] == 4


async def test_a_date_and_a_file_from_elsewhere_are_what_they_were(
    house: House, place: Path
) -> None:
    settings = place.parent / "elsewhere.txt"
    settings.write_text("2031-05-01\n", encoding="utf-8")
    code = (
        "for n in range(70):\n"
        "    with contextlib.suppress(ZeroDivisionError):\n"
        f"        left({str(settings)!r}, n)\n"
    )
    use(place, code)
    settings.write_text("1999-01-01\n", encoding="utf-8")
    old = ".days // weeks\n"
    kept = await tried(house, "days.left", "tools/days.py", old, ".days // (weeks or 1)\n")
    assert numbers(kept, "replayable")["counting"] == 70
    assert kept.verdict is not Verdict.FAILED, told(kept)
    broken = await tried(house, "days.left", "tools/days.py", old, ".days // (weeks or 1) + 1\n")
    assert broken.verdict is Verdict.FAILED, told(broken)


async def test_chance_gives_the_same_numbers_again(house: House, place: Path) -> None:
    code = (
        "for n in range(80):\n"
        "    with contextlib.suppress(IndexError):\n"
        "        draw([f'a{n}', f'b{n}', f'c{n}', *[f'd{n}'] * (n % 9 > 0)])\n"
    )
    use(place, code)
    old = "random.randrange(0, 4)"
    kept = await tried(
        house, "chance.draw", "tools/chance.py", old, "random.randrange(0, 4) % len(names)"
    )
    account = numbers(kept, "replayable")
    assert (account["counting"], account["unsteady"], account["changed"]) == (80, 0, 0)
    assert kept.verdict is not Verdict.FAILED, told(kept)
    with suppress(KeyError):
        assert numbers(kept, "mended")["still_failing"] == 0
    other = await tried(house, "chance.draw", "tools/chance.py", old, "random.randrange(0, 3)")
    assert other.verdict is Verdict.FAILED, told(other)
