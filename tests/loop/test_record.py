import json
from pathlib import Path

import pytest

from mendloop.bootstrap import House
from mendloop.errors import NotFound
from mendloop.model.execution import Outcome
from mendloop.model.ids import ExecutionId
from tests.conftest import HandClock
from tests.core.record.test_broken import BOUNDED, REFUSED
from tests.loop.conftest import record, share_history

pytestmark = pytest.mark.anyio


async def test_what_can_be_read_is_kept_and_what_cannot_is_answered_with_a_reason(
    house: House, clock: HandClock
) -> None:
    good = record(clock, "shop.share", 6, 2, result=3)
    recorded = await house.loop.recorder.record([good, {"target": "x"}, 7, good | {"outcom": "ok"}])
    assert (len(recorded.ids), recorded.new) == (1, 1)
    assert [each.position for each in recorded.refused] == [1, 2, 3]
    assert all(each.reason for each in recorded.refused)


@pytest.mark.promise("import/one-bad-record-spoils-no-other")
async def test_of_many_hostile_records_each_is_answered_and_those_beside_it_are_kept(
    house: House, clock: HandClock
) -> None:
    cases: list[object] = [
        *(raw for raw, _ in REFUSED.values()),
        *(raw for raw, _ in BOUNDED.values()),
    ]
    assert len(cases) >= 60
    good = record(clock, "shop.share", 6, 2, result=3)
    raw = [each for n, case in enumerate(cases) for each in (good | {"id": f"good-{n}"}, case)]
    recorded = await house.loop.recorder.record(raw)
    kept = {str(name) for name in recorded.ids}
    assert kept >= {f"good-{n}" for n in range(len(cases))}
    # what the clock of this house cannot know of is in the future for it
    assert {each.position for each in recorded.refused} >= {2 * n + 1 for n in range(len(REFUSED))}
    assert all(each.reason and each.reason.isprintable() for each in recorded.refused)
    assert all(position % 2 for position in (each.position for each in recorded.refused))


async def test_a_repeat_with_the_same_id_changes_nothing(house: House, clock: HandClock) -> None:
    one = record(clock, "shop.share", 6, 2, result=3, id="once")
    await house.loop.recorder.record([one])
    again = await house.loop.recorder.record([one | {"result": 4}])
    assert again.new == 0
    assert (await house.loop.reader.execution("once")).result == 3


async def test_a_secret_of_the_environment_never_reaches_the_disk(
    house: House, clock: HandClock, tmp_path: Path
) -> None:
    said = record(clock, "shop.label", "my token is hunter2-hunter2", result="HUNTER2-HUNTER2")
    await house.loop.recorder.record([said])
    held = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"hunter2-hunter2" not in held


async def test_failures_of_one_kind_get_one_fingerprint(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    rows = await house.loop.reader.executions("shop.share", outcomes={Outcome.ERROR}, limit=50)
    assert len({row.execution.fingerprint for row in rows}) == 1
    assert rows[0].execution.fingerprint


async def test_a_label_makes_an_answer_wrong_and_keeps_the_right_one(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record([record(clock, "shop.share", 7, 2, result=3, id="x-1")])
    labelled = await house.loop.recorder.label(ExecutionId("x-1"), expected=4, known=True)
    assert (labelled.outcome, labelled.expected) == (Outcome.WRONG, 4)


async def test_a_label_on_nothing_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await house.loop.recorder.label(ExecutionId("x-none"), expected=None, known=False)


async def test_a_file_comes_in_once_however_often_it_is_brought(
    house: House, clock: HandClock, tmp_path: Path
) -> None:
    path = tmp_path / "calls.jsonl"
    lines = [json.dumps(each) for each in share_history(clock)]
    path.write_text("\n".join([*lines, "not json", '{"target": 5}', ""]), encoding="utf-8")
    first = await house.importer.bring(path, form="jsonl")
    second = await house.importer.bring(path, form="jsonl")
    assert (first.read, first.new, first.refused) == (121, 120, 2)
    assert second.new == 0
    assert [reason.split(":")[0] for reason in first.reasons] == ["line 121", "line 122"]


async def test_a_line_that_is_not_utf_8_or_too_long_is_named_and_the_others_kept(
    house: House, clock: HandClock, tmp_path: Path
) -> None:
    path = tmp_path / "calls.jsonl"
    good = json.dumps(record(clock, "shop.share", 6, 2, result=3)).encode()
    long = b'{"target": "' + b"x" * (5 * 1024 * 1024) + b'"}'
    path.write_bytes(b"\n".join([b"\xff\xfe{}", long, b"[" * 100_000, good]))
    brought = await house.importer.bring(path, form="jsonl")
    assert (brought.new, brought.refused) == (1, 3)
    assert [reason.split(":")[0] for reason in brought.reasons] == ["line 1", "line 2", "line 3"]
