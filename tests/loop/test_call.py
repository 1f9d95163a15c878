from pathlib import Path

import pytest

from mendloop.bootstrap import House
from mendloop.errors import InvalidInput, NotFound
from mendloop.model.execution import Outcome
from mendloop.model.ids import digest_of

pytestmark = pytest.mark.anyio


async def test_a_call_answers_and_is_on_record(house: House, workspace: Path) -> None:
    called = await house.loop.caller.call("shop.share", [7, 2], {}, caller="me")
    assert called.ran.result == 3
    [row] = await house.loop.reader.executions("shop.share")
    assert (row.execution.id, row.execution.caller) == (called.execution.id, "me")
    assert row.execution.version == digest_of((workspace / "tools/shop.py").read_bytes())


async def test_a_call_that_raises_is_recorded_with_its_frames(house: House) -> None:
    called = await house.loop.caller.call("shop.share", [7, 0], {}, caller="me")
    assert called.execution.outcome is Outcome.ERROR
    assert called.ran.fault is not None
    assert called.ran.fault.frames[-1].function == "share"


async def test_a_changed_file_is_called_as_it_stands_now(house: House, workspace: Path) -> None:
    await house.loop.caller.call("shop.label", ["a"], {}, caller="me")
    path = workspace / "tools/shop.py"
    path.write_text(path.read_text(encoding="utf-8").replace("upper", "lower"), encoding="utf-8")
    called = await house.loop.caller.call("shop.label", ["ABC"], {}, caller="me")
    assert called.ran.result == "abc"


async def test_only_functions_can_be_called(house: House) -> None:
    with pytest.raises(InvalidInput):
        await house.loop.caller.call("reply", [], {}, caller="me")
    with pytest.raises(NotFound):
        await house.loop.caller.call("nothing.here", [], {}, caller="me")
