"""What detection and a server say of a file that was changed outside the loop."""

from datetime import timedelta
from pathlib import Path

import pytest

from mendloop.bootstrap import House
from tests.conftest import HandClock
from tests.loop.conftest import share_history

pytestmark = pytest.mark.anyio


async def test_an_incident_says_that_the_version_in_force_is_not_the_loops(
    house: House, clock: HandClock, workspace: Path
) -> None:
    await house.loop.recorder.record(share_history(clock))
    before, *_ = (await house.loop.detector.detect()).incidents
    assert "outside the loop" not in before.finding.summary
    tool = workspace / "tools/shop.py"
    tool.write_text("# by hand\n" + tool.read_text(encoding="utf-8"), encoding="utf-8")

    after, *_ = (await house.loop.detector.detect()).incidents

    assert after.id == before.id, "what fails goes on failing: nobody watches such an edit"
    assert after.finding.summary.endswith(
        "; tools/shop.py was changed outside the loop, so that the version in force is not the "
        "loop's"
    )


async def test_calls_before_an_adopted_edit_say_nothing_of_it(
    house: House, clock: HandClock, workspace: Path
) -> None:
    await house.loop.recorder.record(share_history(clock))
    assert (await house.loop.detector.detect("shop.share")).calls > 0
    tool = workspace / "tools/shop.py"
    tool.write_text("# by hand\n" + tool.read_text(encoding="utf-8"), encoding="utf-8")
    clock.forward(hours=1)
    await house.desk.accepter.adopt(["shop.share"], by="anna")

    assert (await house.loop.detector.detect("shop.share")).calls == 0


async def test_a_server_notices_by_itself_and_tells_of_it(
    house: House, clock: HandClock, workspace: Path
) -> None:
    last, _ = await house.tender.look(await house.tender.begin())
    tool = workspace / "tools/shop.py"
    tool.write_text("# by hand\n" + tool.read_text(encoding="utf-8"), encoding="utf-8")
    last, news = await house.tender.look(last)
    assert not news.any, "a thousand files are not looked at every second"
    clock.forward(seconds=timedelta(seconds=6).total_seconds())

    _, news = await house.tender.look(last)

    assert any(kind == "target" for kind, _ in news.subjects)
    overview = (await house.loop.reader.status()).overview
    assert [each.path for each in overview.drifted] == ["tools/shop.py"]
