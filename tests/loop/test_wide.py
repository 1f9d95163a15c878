"""What the usual recipes do not mend, and lines that every call runs through."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mendloop.app.found import Generated, Standing, StopReason
from mendloop.bootstrap import House, open_house
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.model.diagnosis import Diagnosis
from mendloop.settings import Settings
from tests.conftest import HandClock
from tests.repair.clinic import TARGET, lay_out

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]

DIAGONALS = """def diagonals(grid):
    rows, cols = len(grid), len(grid[0])
    lines = []
    for offset in range(1 - cols, rows):
        line = []
        for r in range(rows):
            c = r + offset
            if 0 <= c < cols:
                line.append(grid[r][c])
        lines.append(line)
    return lines
"""
NET = """def net(price, count):
    if count < 0:
        raise ValueError("no such count")
    whole = price * count
    rebate = whole // 10
    paid = whole + rebate
    return [paid, rebate]
"""


def right_net(price: int, count: int) -> list[int]:
    return [price * count - price * count // 10, price * count // 10]


def right_diagonals(grid: list[list[int]]) -> list[list[int]]:
    rows, cols = len(grid), len(grid[0])
    return [
        [grid[r][r + offset] for r in range(rows) if 0 <= r + offset < cols]
        for offset in range(1 - rows, cols)
    ]


def calls(
    clock: HandClock, wrong: Callable[..., Any], right: Callable[..., Any], many: Sequence[Any]
) -> list[object]:
    """The records of some calls, with the right answer where it was another."""
    found: list[object] = []
    for args in many:
        clock.forward(seconds=1)
        raw: dict[str, Any] = {"target": TARGET, "at": clock.now().isoformat(), "args": list(args)}
        got, wanted = wrong(*args), right(*args)
        told = {"outcome": "ok"} if got == wanted else {"outcome": "wrong", "expected": wanted}
        found.append({**raw, "seconds": 0.001, "result": got, **told})
    return found


async def studied(
    folder: Path, source: str, records: list[object]
) -> tuple[Diagnosis, Generated, House]:
    name = source.partition("(")[0].removeprefix("def ")
    lay_out(folder / "workspace", {"tool.py": source.encode()}, "tool.py", name)
    async with open_house(Settings.at(folder / "workspace", folder / "data", {})) as house:
        await house.loop.recorder.record(records)
        found = await house.loop.investigator.investigate(target=TARGET)
        return found, await house.loop.generator.generate(target=TARGET), house


def loaded(source: str) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102  the test's own text
    made: Callable[..., Any] = space[source.partition("(")[0].removeprefix("def ")]
    return made


async def test_the_line_that_an_edit_mends_comes_first_though_all_calls_run_it(
    tmp_path: Path, clock: HandClock
) -> None:
    records = calls(clock, loaded(NET), right_net, [(n, 7 + n % 3) for n in range(2, 17)])
    found, made, _ = await studied(tmp_path, NET, records)
    assert NET.splitlines()[found.suspects[0].line - 1].strip() == "paid = whole + rebate"
    assert found.suspects[0].mended == len(records)
    told = InvestigateAnswer.of(found).recorded_evidence
    assert f"tried: an edit of line 6 mends {len(records)} failing calls" in told
    assert made.stopped is StopReason.FOUND
    assert made.proposals[0].standing is Standing.CONFIRMED


async def test_a_refusal_on_record_is_no_goal_where_right_answers_are_known(
    tmp_path: Path, clock: HandClock
) -> None:
    frame = {"file": "tool.py", "line": 3, "function": "net"}
    error = {"type": "ValueError", "message": "no such count", "frames": [frame]}
    refused = {"target": TARGET, "at": clock.now().isoformat(), "args": [5, -1], "seconds": 0.001,
               "outcome": "error", "error": error}  # fmt: skip
    records = calls(clock, loaded(NET), right_net, [(n, 7 + n % 3) for n in range(2, 17)])
    _, made, house = await studied(tmp_path, NET, [refused, *records])
    (file,) = made.proposals[0].proposal.files
    mended = house.loop.generator.means.ideas.blobs.get(file.new).decode()
    assert mended == NET.replace("whole + rebate", "whole - rebate")


async def test_two_names_exchanged_all_through_a_line_are_put_back(
    tmp_path: Path, clock: HandClock
) -> None:
    grids = [
        ([[10 * r + c + k for c in range(cols)] for r in range(rows)],)
        for k, (rows, cols) in enumerate((a, b) for a in range(1, 5) for b in range(1, 5))
    ]
    records = calls(clock, loaded(DIAGONALS), right_diagonals, grids)
    _, made, house = await studied(tmp_path, DIAGONALS, records)
    (file,) = made.proposals[0].proposal.files
    mended = house.loop.generator.means.ideas.blobs.get(file.new).decode()
    assert mended == DIAGONALS.replace("1 - cols, rows", "1 - rows, cols")
    assert made.proposals[0].proposal.origin == "recipe:same_everywhere"
