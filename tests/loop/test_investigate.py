from pathlib import Path

import pytest

from mendloop.bootstrap import House
from mendloop.errors import InvalidInput
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.model.diagnosis import Layer
from mendloop.model.execution import FAILED
from mendloop.model.ids import TargetName
from tests.conftest import HandClock
from tests.loop.conftest import record, share_history

pytestmark = pytest.mark.anyio


async def test_the_diagnosis_names_the_line_and_the_smallest_input(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    [incident, *_] = (await house.loop.detector.detect()).incidents
    found = await house.loop.investigator.investigate(incident=incident.id)
    assert (found.replayed, found.reproduced) == (20, 20)
    assert (found.layer, found.incident) == (Layer.CODE, incident.id)
    assert [(each.calls, each.where) for each in found.clusters] == [
        (20, "tools/shop.py:8 in share")
    ]
    assert [(each.call, each.reduced) for each in found.smallest] == [
        ("[[10,0],{}]", False),
        ("[[0,0],{}]", True),
    ]
    assert found.suspects[0].text.strip() == "return total // people"
    assert (found.first_line, found.source.splitlines()[0]) == (4, "def share(total, people):")


async def test_failures_that_do_not_happen_again_are_not_blamed_on_the_code(
    house: House, clock: HandClock
) -> None:
    gone: dict[str, object] = {"type": "ConnectionError", "message": "no route", "frames": []}
    calls = [record(clock, "shop.label", f"n{n}", outcome="error", error=gone) for n in range(10)]
    await house.loop.recorder.record(calls)
    found = await house.loop.investigator.investigate(target="shop.label")
    assert found.reproduced == 0
    assert found.layer is Layer.ENVIRONMENT


async def test_a_target_that_reaches_out_is_not_replayed(house: House, clock: HandClock) -> None:
    crash: dict[str, object] = {"type": "ValueError", "message": "no", "frames": []}
    await house.loop.recorder.record(
        [record(clock, "mail.send", "a", outcome="error", error=crash) for _ in range(5)]
    )
    found = await house.loop.investigator.investigate(target="mail.send")
    assert (found.replayed, found.clusters[0].calls) == (0, 5)


@pytest.mark.parametrize(("incident", "target"), [(None, None), ("i-1", "shop.share")])
async def test_exactly_one_subject_is_named(
    house: House, incident: str | None, target: str | None
) -> None:
    with pytest.raises(InvalidInput):
        await house.loop.investigator.investigate(incident=incident, target=target)


DEEP = """\
def share(total, people):
    if people == 0:
        return total
    return share(people, people)
"""
ENDLESS = """\
def share(total, people):
    while people:
        total += 1
    return total
"""


async def test_a_recursion_without_end_is_the_same_failure_wherever_it_was_cut_off(
    house: House, workspace: Path, clock: HandClock
) -> None:
    (workspace / "tools/shop.py").write_text(DEEP, encoding="utf-8")
    frames = [{"file": "elsewhere/other.py", "line": 3, "function": "cut_off_there"}]
    deep = {"type": "RecursionError", "message": "depth exceeded in comparison", "frames": frames}
    calls = [record(clock, "shop.share", n, 1, outcome="error", error=deep) for n in range(4)]
    calls += [record(clock, "shop.share", n, 0, result=n) for n in range(4)]
    await house.loop.recorder.record(calls)
    found = await house.loop.investigator.investigate(target="shop.share")
    assert found.reproduced == 4
    assert found.suspects[0].text.strip() == "return share(people, people)"


async def test_a_call_that_hangs_hangs_again_and_its_lines_are_noted(
    house: House, workspace: Path, clock: HandClock
) -> None:
    (workspace / "tools/shop.py").write_text(ENDLESS, encoding="utf-8")
    calls = [record(clock, "shop.share", n, 1, outcome="timeout", seconds=5) for n in range(2)]
    calls += [record(clock, "shop.share", n, 0, result=n) for n in range(4)]
    await house.loop.recorder.record(calls)
    found = await house.loop.investigator.investigate(target="shop.share")
    assert (found.replayed, found.reproduced) == (2, 2)
    assert found.suspects[0].text.strip() == "total += 1"


async def test_a_call_that_was_slow_once_and_ends_now_is_not_blamed_on_the_code(
    house: House, clock: HandClock
) -> None:
    calls = [record(clock, "shop.label", "a", outcome="timeout", seconds=5)]
    calls += [record(clock, "shop.label", f"b{n}", result=f"B{n}") for n in range(4)]
    await house.loop.recorder.record(calls)
    found = await house.loop.investigator.investigate(target="shop.label")
    assert (found.replayed, found.reproduced) == (1, 0)


async def test_a_failure_of_which_only_the_message_is_on_record_is_made_again(
    house: House, clock: HandClock
) -> None:
    told = {"type": "ZeroDivisionError", "message": "integer division or modulo by zero"}
    calls = [record(clock, "shop.share", n, 0, outcome="error", error=told) for n in range(9)]
    await house.loop.recorder.record([*calls, *share_history(clock, failing=0, passing=20)])
    found = await house.loop.investigator.investigate(target="shop.share")
    assert (found.replayed, found.reproduced, found.layer) == (9, 9, Layer.CODE)
    assert found.suspects[0].text.strip() == "return total // people"
    assert [each.call for each in found.smallest] == ["[[0,0],{}]"]


async def test_calls_that_went_well_and_come_out_otherwise_now_speak_for_no_line(
    house: House, workspace: Path, clock: HandClock
) -> None:
    history = share_history(clock)
    text = (workspace / "tools/shop.py").read_text(encoding="utf-8")
    worse = text.replace("return total // people", "return total // people - (people == 3)")
    (workspace / "tools/shop.py").write_text(worse, encoding="utf-8")
    await house.loop.recorder.record(history)
    found = await house.loop.investigator.investigate(target="shop.share")
    assert "Of 60 calls that went well" in found.why
    assert found.why.endswith("come out otherwise here.")
    assert found.suspects[0].passing < 60


async def test_where_nothing_has_failed_it_says_so_and_guesses_nothing(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock, failing=0, passing=9))
    found = await house.loop.investigator.investigate(target="shop.share")
    assert (found.layer, found.confidence) == (Layer.UNKNOWN, 0.0)
    answer = InvestigateAnswer.of(found)
    assert not [line for line in answer.recorded_evidence if "REPRODUCED" in line]
    assert answer.next.startswith("Label a call that answered wrongly")


@pytest.mark.parametrize("outcome", ["wrong", "timeout", "error"])
async def test_the_link_to_the_failures_leads_to_some(
    house: House, clock: HandClock, outcome: str
) -> None:
    error = {"type": "E", "message": "m"} if outcome == "error" else None
    more: dict[str, object] = {"result": 1, "expected": 2} if outcome == "wrong" else {}
    call = record(clock, "mail.send", "a", outcome=outcome, error=error, **more)
    await house.loop.recorder.record([call])
    found = await house.loop.investigator.investigate(target="mail.send")
    links = InvestigateAnswer.of(found).more
    assert links[-1] == f"mendloop://targets/mail.send/executions?outcome={outcome}"


async def test_failures_whose_right_answers_were_told_later_fail_again_all_the_same(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    rows = await house.loop.reader.history.recent(TargetName("shop.share"), outcomes=FAILED)
    for row in rows:
        await house.loop.recorder.label(row.execution.id, expected=0, known=True)
    found = await house.loop.investigator.investigate(target="shop.share")
    assert found.replayed == found.reproduced > 0
    assert found.suspects[0].text.strip() == "return total // people"
    assert found.smallest[-1].reduced
