"""What a server does while nobody asks, and what it tells of."""

import json

import pytest

from mendloop.bootstrap import House
from mendloop.recorder.spool import Spool
from tests.conftest import HandClock
from tests.loop.conftest import record, share_history

pytestmark = pytest.mark.anyio


async def test_nothing_is_news_while_nothing_happens(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    last = await house.tender.begin()
    _, news = await house.tender.look(last)
    assert not news.any


async def test_calls_that_came_through_the_spool_are_news_once(
    house: House, clock: HandClock
) -> None:
    last = await house.tender.begin()
    spool = Spool(house.settings.state / "spool")
    spool.append([json.dumps(record(clock, "shop.share", 6, 2)).encode() + b"\n"])
    spool.close()
    last, news = await house.tender.look(last)
    assert (news.called, news.subjects) == (("shop.share",), ())
    _, news = await house.tender.look(last)
    assert not news.any


async def test_an_incident_and_a_proposal_are_news_whoever_made_them(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    last = await house.tender.begin()
    found = await house.loop.detector.detect()
    _, news = await house.tender.look(last)
    assert ("incident", found.incidents[0].id) in news.subjects
    assert ("target", "shop.share") in news.subjects


async def test_a_busy_server_tells_of_all_targets_however_many_calls_they_had(
    house: House, clock: HandClock
) -> None:
    last = await house.tender.begin()
    names = ["shop.share", "shop.label", "other.tool"]
    await house.loop.recorder.record([record(clock, names[n % 3], n) for n in range(300)])
    _, news = await house.tender.look(last)
    assert sorted(news.called) == sorted(names)


async def test_it_tidies_up_every_six_hours(house: House, clock: HandClock) -> None:
    first = await house.tender.begin()
    again, _ = await house.tender.look(first)
    assert again.tidy == first.tidy
    clock.forward(hours=7)
    later, _ = await house.tender.look(again)
    assert later.tidy > first.tidy
