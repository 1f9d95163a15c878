"""Made-up calls, speed in turns, and what the report says of how a target could be tried."""

from pathlib import Path

import pytest

from mendloop.app.changes import TextEdit
from mendloop.app.passes import Passes
from mendloop.app.ports import silent
from mendloop.app.propose import Why
from mendloop.app.smallest import smaller
from mendloop.bootstrap import House
from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.errors import InvalidInput
from mendloop.model.ids import TargetName
from mendloop.model.observation import Case
from mendloop.model.report import Check, Report, Verdict
from tests.conftest import HandClock
from tests.loop.conftest import record, share_history

pytestmark = pytest.mark.anyio
OLD = "    return total // people\n"
FIX = "    return total // people if people else 0\n"


async def tried(
    house: House, new: str, modes: list[str] | None = None, *, old: str = OLD
) -> Report:
    edit = TextEdit(path="tools/shop.py", old=old, new=new)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="shop.share")
    return await house.loop.validator.test(proposed.proposal.id, modes=modes)


def check(report: Report, name: str) -> Check:
    return next(check for check in report.checks if check.name in {name, f"shop.share: {name}"})


@pytest.mark.slow
async def test_a_difference_where_nobody_has_called_it_is_found_and_made_small(
    house: House, workspace: Path, clock: HandClock
) -> None:
    manifest = workspace / "mendloop.toml"
    text = manifest.read_text(encoding="utf-8").replace('cases = "cases/share.jsonl"\n', "")
    manifest.write_text(text, encoding="utf-8")
    shop = workspace / "tools/shop.py"
    hinted = shop.read_text(encoding="utf-8").replace(
        "share(total, people)", "share(total: int, people: int)"
    )
    shop.write_text(hinted, encoding="utf-8")
    await house.loop.recorder.record(share_history(clock))
    sly = "    if total > 500:\n        return 1\n    return total // people if people else 0\n"
    report = await tried(house, sly)
    made = check(report, "generated")
    assert made.verdict is Verdict.INCONCLUSIVE
    assert made.numbers["answered_otherwise"] > 0
    assert report.verdict is not Verdict.PASSED
    assert check(report, "still_right").verdict is Verdict.PASSED
    assert check(report, "approach").summary.startswith("SHADOW: ")
    again = await house.loop.validator.test(report.proposal)
    assert again.cases == report.cases


async def test_a_target_that_only_looks_is_replayed_and_no_calls_are_made_up(
    house: House, workspace: Path, clock: HandClock
) -> None:
    manifest = workspace / "mendloop.toml"
    text = manifest.read_text(encoding="utf-8").replace(
        'cases = "cases/share.jsonl"\n', 'side_effects = ["reads_files"]\n'
    )
    manifest.write_text(text, encoding="utf-8")
    await house.loop.recorder.record(share_history(clock))
    report = await tried(house, FIX)
    assert check(report, "approach").summary.startswith("REPLAY: ")
    assert check(report, "replayable").numbers["counting"] == 120
    assert "generated" not in {check.name for check in report.checks}


async def test_a_target_that_reaches_out_is_counted_and_not_replayed(
    house: House, clock: HandClock
) -> None:
    calls = [record(clock, "mail.send", f"a{n}@b.c", result=5) for n in range(9)]
    await house.loop.recorder.record(calls)
    edit = TextEdit(path="tools/mail.py", old="len(to)", new="len(to) + 0")
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="mail.send")
    report = await house.loop.validator.test(proposed.proposal.id)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert check(report, "approach").summary.startswith("MANUAL: it is not declared idempotent")
    assert check(report, "replayable").numbers["impure"] == 9


LONG = "    for _ in range({}):\n        pass\n"


@pytest.mark.slow
async def test_a_change_that_takes_much_longer_fails_as_measured_in_turns(
    house: House, workspace: Path, clock: HandClock
) -> None:
    shop = workspace / "tools/shop.py"
    busy = shop.read_text(encoding="utf-8").replace(OLD, LONG.format(100_000) + OLD)
    shop.write_text(busy, encoding="utf-8")
    await house.loop.recorder.record(share_history(clock, passing=20, failing=3))
    modes = ["replay", "performance"]
    report = await tried(house, LONG.format(1_000_000) + FIX, modes, old=LONG.format(100_000) + OLD)
    slow = check(report, "performance")
    assert slow.verdict is Verdict.FAILED
    assert slow.numbers["ratio_low"] > 2
    report = await tried(house, LONG.format(100_001) + FIX, modes, old=LONG.format(100_000) + OLD)
    assert check(report, "performance").verdict is not Verdict.FAILED


async def test_expected_answers_do_not_enter_the_sandbox(
    house: House, workspace: Path, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    (workspace / "tools/rates.json").write_text("[1]", encoding="utf-8")
    peek = (
        "    import pathlib\n"
        "    root = pathlib.Path(__file__).parents[1]\n"
        "    assert (root / 'tools/rates.json').exists()\n"
        "    assert not (root / 'cases/share.jsonl').exists()\n"
    )
    report = await tried(house, peek + FIX, ["synthetic"])
    assert check(report, "expected").verdict is Verdict.PASSED


async def test_every_known_mode_is_taken_and_others_are_refused_with_the_list(
    house: House,
) -> None:
    known = "static, unit, replay, synthetic, generated, performance"
    with pytest.raises(InvalidInput, match="sideways") as refused:
        await house.loop.validator.test("p-1", modes=["static", "sideways"])
    assert known in refused.value.hint


async def test_the_smallest_difference_is_searched_for_call_by_call(
    house: House, workspace: Path
) -> None:
    replayer = house.loop.validator.replayer
    target = replayer.workspace.manifest().targets[TargetName("shop.share")]
    sly = (
        (workspace / "tools/shop.py")
        .read_bytes()
        .replace(
            b"    return total // people\n",
            b"    return 1 if total > 500 else total // people\n",
        )
    )
    overlay = {target.path: sly}
    case = TestCase(
        case=Case(id="made-up-1", args=(1984, 56)), origin=Origin.GENERATED, wanted=SameAsBefore()
    )
    async with replayer.session() as session:
        passes = Passes(session, replayer, target, silent)
        before = await passes.run(passes.program(), [case.case])
        after = await passes.run(passes.program(overlay), [case.case])
        found = await smaller(passes, overlay, [case], (before, after))
        assert found is not None
        total, people = found.case.args
        assert isinstance(total, int)
        assert 500 < total < 1984
        assert people in range(1, 57)
        assert await smaller(passes, overlay, [case], (before, before)) is None
