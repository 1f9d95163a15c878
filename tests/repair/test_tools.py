"""Some of the tools with faults by hand, through the real loop."""

from datetime import timedelta

import pytest

from mendloop.app.found import Standing, StopReason
from tests.repair.cabinet import TOOLS, patient
from tests.repair.clinic import Outcome, treat

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240)]

MENDED = (
    "parsing:ranges",
    "dates:working_days",
    "money:split",
    "payloads:flattened",
    "retries:pages",
)


async def treated(name: str, kind: str, most: int = 80) -> Outcome:
    tool = next(one for one in TOOLS if one.name == name and one.kind == kind)
    return await treat(await patient(tool, 1, most), budget=timedelta(seconds=60))


@pytest.mark.parametrize("name", MENDED)
async def test_a_tool_with_one_fault_is_mended_rightly(name: str) -> None:
    outcome = await treated(name, "one")
    assert outcome.first_right
    assert outcome.made.stopped is StopReason.FOUND


async def test_two_faults_at_once_are_mended_by_two_changes_at_once() -> None:
    assert (await treated("dates:overlap", "two")).first_right


async def test_an_endless_loop_is_found_and_mended() -> None:
    outcome = await treated("retries:batches", "endless", 16)
    assert outcome.first_right
    assert outcome.located


@pytest.mark.promise("repair/nothing-wrong-is-confirmed")
@pytest.mark.parametrize("name", ["dates:month_days", "money:shown"])
async def test_what_is_beyond_a_search_is_not_called_mended(name: str) -> None:
    made = (await treated(name, "beyond")).made
    assert all(fix.standing is not Standing.CONFIRMED for fix in made.proposals)
    assert made.proposals or made.stopped in {StopReason.SPACE_EXHAUSTED, StopReason.TIME_SPENT}
