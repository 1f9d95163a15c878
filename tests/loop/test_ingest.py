"""What recorders leave in the spool comes into the history exactly once."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mendloop.bootstrap import House, open_house
from mendloop.errors import Unavailable
from mendloop.model.execution import Outcome, Source
from mendloop.model.rollup import Mark
from mendloop.recorder.spool import Spool
from mendloop.settings import Settings
from tests.conftest import HandClock
from tests.loop.conftest import record

pytestmark = pytest.mark.anyio


def _folder(house: House) -> Path:
    return house.settings.state / "spool"


def _write(house: House, *records: object) -> None:
    spool = Spool(_folder(house))
    spool.append([json.dumps(each).encode() + b"\n" for each in records])
    spool.close()


async def test_what_lies_there_is_taken_in_and_the_file_goes(
    house: House, clock: HandClock
) -> None:
    _write(house, *(record(clock, "shop.share", n, 2, id=f"r-{n}") for n in range(50)))
    brought = await house.tender.ingester.catch_up()
    assert (brought.new, brought.aside) == (50, 0)
    assert list(_folder(house).iterdir()) == []
    assert (await house.tender.ingester.catch_up()).new == 0
    assert (await house.loop.reader.execution("r-7")).args == (7, 2)
    assert await house.maintainer.history.marks() == {}


async def test_a_file_that_is_still_written_is_read_on_from_where_it_was_left(
    house: House, clock: HandClock
) -> None:
    spool = Spool(_folder(house))
    for n in range(3):
        one = record(clock, "shop.share", n, 2, id=f"r-{n}")
        spool.append([json.dumps(one).encode() + b"\n"])
        assert (await house.tender.ingester.catch_up()).new == 1
    spool.close()
    assert (await house.tender.ingester.catch_up()).new == 0
    assert list(_folder(house).iterdir()) == []


async def test_what_cannot_be_read_lies_aside_with_the_reason_and_the_rest_is_kept(
    house: House, clock: HandClock
) -> None:
    good = record(clock, "shop.share", 6, 2, id="r-1")
    _write(house, good, {"target": 5}, good | {"id": "r-2", "outcome": "\x1b[2Jfine"}, 7)
    brought = await house.tender.ingester.catch_up()
    assert (brought.new, brought.aside) == (1, 3)
    aside = await house.maintainer.history.quarantine(limit=10)
    assert all(each.reason and "\x1b" not in each.reason + each.excerpt for _, each in aside)


async def test_a_record_under_the_place_of_its_code_gets_the_name_of_the_manifest(
    house: House, clock: HandClock
) -> None:
    one = record(clock, "tools.shop.share", 6, 2, id="r-1", function="tools/shop.py:share")
    _write(house, one | {"source": "recorder"})
    await house.tender.ingester.catch_up()
    kept = await house.loop.reader.execution("r-1")
    assert (kept.target, kept.source) == ("shop.share", Source.RECORDER)


async def test_a_result_of_a_test_run_stays_the_tests_own(house: House, clock: HandClock) -> None:
    one = record(clock, "tests.test_shop", id="r-1", function="tools/shop.py:share")
    _write(house, one | {"source": "pytest"})
    await house.tender.ingester.catch_up()
    assert (await house.loop.reader.execution("r-1")).target == "tests.test_shop"


async def test_marks_of_files_that_are_gone_are_forgotten_and_other_marks_are_not(
    house: House, clock: HandClock
) -> None:
    history = house.maintainer.history
    await history.ingest([], mark=Mark(name="1-1-gone-0", before=0, after=9))
    await history.ingest([], mark=Mark(name="invariants:x:y", before=0, after=9))
    _write(house, record(clock, "shop.share", 6, 2, id="r-1"))
    await house.tender.ingester.catch_up()
    assert dict(await history.marks()) == {"invariants:x:y": 9}


async def test_a_history_that_cannot_be_written_loses_nothing_of_the_spool(
    house: House, clock: HandClock
) -> None:
    _write(house, record(clock, "shop.share", 6, 2, id="r-1"))
    before = [path.read_bytes() for path in _folder(house).iterdir()]
    with closing(sqlite3.connect(house.settings.state / "history.db")) as other:
        other.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
        with pytest.raises((Unavailable, sqlite3.Error)):
            await house.tender.ingester.catch_up()
        assert [path.read_bytes() for path in _folder(house).iterdir()] == before
        other.execute("DROP TRIGGER broken")
    assert (await house.tender.ingester.catch_up()).new == 1


async def test_the_second_server_over_one_spool_finds_nothing_left(
    house: House, clock: HandClock, tmp_path: Path, workspace: Path
) -> None:
    error = {"type": "ZeroDivisionError", "message": "division by zero"}
    failed = [record(clock, "shop.share", n, 0, outcome="error", error=error) for n in range(9)]
    _write(house, *failed)
    async with open_house(Settings.at(workspace, tmp_path / "data", {}), clock=clock) as other:
        assert (await house.tender.ingester.catch_up()).new == 0
        rows = await other.loop.reader.executions("shop.share", outcomes={Outcome.ERROR})
    assert len(rows) == 9
