from datetime import timedelta

import pytest

from mendloop.bootstrap import House
from mendloop.errors import NotFound
from mendloop.model.incident import IncidentKind, IncidentState
from tests.conftest import HandClock
from tests.loop.conftest import record, share_history

pytestmark = pytest.mark.anyio


async def test_a_failing_tool_is_one_incident_however_often_one_looks(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    first = await house.loop.detector.detect()
    second = await house.loop.detector.detect()
    kinds = [each.finding.kind for each in first.incidents]
    assert IncidentKind.FAILING in kinds
    assert [each.id for each in first.incidents] == [each.id for each in second.incidents]
    assert "ZeroDivisionError" in first.incidents[0].finding.summary


async def test_one_failure_of_one_call_is_no_finding(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(
        [record(clock, "shop.label", None, outcome="error", error={"type": "E", "message": ""})]
    )
    assert (await house.loop.detector.detect()).incidents == ()


async def test_an_incident_ends_when_the_failures_have_ended(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    [*_, incident] = (await house.loop.detector.detect()).incidents
    clock.forward(hours=200)
    await house.loop.recorder.record(
        [record(clock, "shop.share", 6, 2, result=3, id=f"ok-{n}") for n in range(60)]
    )
    later = await house.loop.detector.detect(window=timedelta(hours=100))
    assert later.incidents == ()
    assert later.resolved
    found, _ = await house.loop.reader.incident(incident.id)
    assert found.state is IncidentState.RESOLVED


async def test_too_few_calls_to_say_end_no_incident(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    before = await house.loop.detector.detect()
    clock.forward(hours=200)
    await house.loop.recorder.record([record(clock, "shop.share", 6, 2, result=3)])
    later = await house.loop.detector.detect(window=timedelta(hours=100))
    assert [each.id for each in later.incidents] == [each.id for each in before.incidents]


async def test_an_unknown_target_is_answered_with_the_nearest(house: House) -> None:
    with pytest.raises(NotFound) as caught:
        await house.loop.detector.detect("shop.shar")
    assert "shop.share" in caught.value.hint
