"""Faults in functions on graphs of objects, from the recorded call to the change that mends it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from mendloop.bootstrap import open_house
from mendloop.core.validate.compare import same
from mendloop.model.execution import Execution
from mendloop.model.ids import TargetName
from mendloop.model.observation import Returned
from mendloop.model.value import call_text
from mendloop.settings import Settings
from tests.repair.crop import answers, sandbox
from tests.repair.graphs import FAULTS, call, lay_out
from tests.repair.inputs import Call

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(240)]
_TARGET = TargetName("tool.function")
_KNOWN = 20
"""Calls of the faulty function, of which the right answer is told; as many others are held back."""


async def recorded(workspace: Path, data: Path, times: int) -> list[Execution]:
    call(workspace, data, times)
    async with open_house(Settings.at(workspace, data, {})) as house:
        await house.loop.detector.detect()
        rows = await house.loop.reader.history.recent(_TARGET, limit=100)
    return [row.execution for row in reversed(rows)]


def right_of(one: Execution, right: Sequence[Execution]) -> Execution:
    text = call_text(one.args, one.kwargs)
    return next(other for other in right if call_text(other.args, other.kwargs) == text)


@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_a_fault_in_a_function_on_objects_is_mended_rightly(
    tmp_path: Path, name: str
) -> None:
    good = lay_out(tmp_path / "good", name, faulty=False)
    right = await recorded(good, tmp_path / "good_data", 2 * _KNOWN)
    bad = lay_out(tmp_path / "bad", name, faulty=True)
    calls = await recorded(bad, tmp_path / "data", _KNOWN)
    assert all(one.whole for one in (*right, *calls))

    async with open_house(Settings.at(bad, tmp_path / "data", {})) as house:
        for one in calls:
            expected = right_of(one, right).result
            if not same(one.result, expected):
                await house.loop.recorder.label(one.id, expected=expected, known=True)
        await house.loop.investigator.investigate(target=_TARGET)
        made = await house.loop.generator.generate(target=_TARGET, budget=timedelta(seconds=60))
        (file,) = made.proposals[0].proposal.files
        mended = house.loop.generator.means.ideas.blobs.get(file.new)

    held = right[_KNOWN:]
    path = f"tools/{name}.py"
    files = {part: (bad / part).read_bytes() for part in ("tools/node.py", path)}
    async with sandbox(files) as session:
        made_again = [Call(one.args, dict(one.kwargs)) for one in held]
        seen = await answers(session, path, name, made_again, source=mended)
    assert seen is not None
    for answer, wanted in zip(seen, held, strict=True):
        assert isinstance(answer, Returned)
        assert same(answer.value, wanted.result)
