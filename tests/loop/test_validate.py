from pathlib import Path

import pytest

from mendloop.app.changes import TextEdit
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.errors import Conflict, InvalidInput, NotFound
from mendloop.model.report import Report, Verdict
from tests.conftest import HandClock
from tests.loop.conftest import share_history, wait_history

pytestmark = pytest.mark.anyio
OLD = "    return total // people\n"


async def tried(house: House, new: str) -> Report:
    edit = TextEdit(path="tools/shop.py", old=OLD, new=new)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="shop.share")
    return await house.loop.validator.test(proposed.proposal.id)


def failed(report: Report) -> set[str]:
    return {check.name for check in report.checks if check.verdict is Verdict.FAILED}


async def test_a_fix_that_mends_and_keeps_passes(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    report = await tried(house, "    return total // people if people else 0\n")
    assert (report.verdict, report.oracle) == (Verdict.PASSED, "expected")
    assert report.regression_bound is not None
    assert report.regression_bound < 0.05
    assert report.tier in {"A", "B"}
    kept = await house.loop.reader.report(report.proposal)
    assert kept == report


@pytest.mark.promise("verdict/cheats-do-not-pass")
@pytest.mark.parametrize(
    "new",
    [
        pytest.param("    return 0\n", id="constant"),
        pytest.param(
            "    try:\n        return total // people\n    except Exception:\n        return None\n",
            id="swallows-everything",
        ),
        pytest.param(
            "    if (total, people) in {(n, 0) for n in range(10, 30)}:\n        return 0\n" + OLD,
            id="knows-the-recorded-inputs",
        ),
        pytest.param("    return (total + 1) // (people or 1)\n", id="breaks-what-worked"),
        pytest.param("    import os\n    os._exit(0)\n", id="leaves"),
        pytest.param("    while not people:\n        pass\n" + OLD, id="never-ends"),
    ],
)
async def test_a_cheat_does_not_pass(house: House, clock: HandClock, new: str) -> None:
    await house.loop.recorder.record(share_history(clock))
    report = await tried(house, new)
    assert report.verdict is not Verdict.PASSED
    assert failed(report)


async def test_too_few_passing_calls_are_inconclusive(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock, passing=10))
    report = await tried(house, "    return total // people if people else 0\n")
    assert report.verdict is Verdict.INCONCLUSIVE


async def test_a_neighbour_that_is_harmed_fails_the_change(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    calls = [
        {"target": "shop.label", "outcome": "ok", "args": [f"a{n}"], "result": f"A{n}"}
        for n in range(80)
    ]
    await house.loop.recorder.record(calls)
    edits = (
        TextEdit(
            path="tools/shop.py", old=OLD, new="    return total // people if people else 0\n"
        ),
        TextEdit(path="tools/shop.py", old=".upper()", new=".lower()"),
    )
    proposed = await house.loop.proposer.propose(edits, Why(rationale=""), target="shop.share")
    assert proposed.proposal.targets == ("shop.share", "shop.label")
    report = await house.loop.validator.test(proposed.proposal.id)
    assert report.verdict is Verdict.FAILED


async def test_a_constant_is_tried_through_the_function_that_uses_it(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(wait_history(clock))
    edit = TextEdit(path="settings.toml", old="limit = 3", new="limit = 4")
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="wait.limit")
    report = await house.loop.validator.test(proposed.proposal.id)
    assert {check.name for check in report.checks} >= {"mended", "still_right"}
    assert not failed(report)


async def test_a_prompt_cannot_be_run_and_is_inconclusive(house: House) -> None:
    edit = TextEdit(path="prompts/reply.md", old="kindly", new="briefly")
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="reply")
    report = await house.loop.validator.test(proposed.proposal.id)
    assert (report.verdict, report.oracle) == (Verdict.INCONCLUSIVE, "structure")


async def test_a_file_that_moved_on_is_a_conflict(house: House, workspace: Path) -> None:
    edit = TextEdit(path="tools/shop.py", old=OLD, new="    return 1\n")
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="shop.share")
    with (workspace / "tools/shop.py").open("a", encoding="utf-8") as file:
        file.write("# by hand\n")
    with pytest.raises(Conflict):
        await house.loop.validator.test(proposed.proposal.id)


async def test_an_unknown_mode_is_refused(house: House) -> None:
    with pytest.raises(InvalidInput, match="sideways"):
        await house.loop.validator.test("p-1", modes=["sideways"])


async def test_an_unknown_proposal_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await house.loop.validator.test("p-none")


@pytest.mark.parametrize(("new", "verdict"), [("strip", Verdict.PASSED), ("lower", Verdict.FAILED)])
async def test_a_neighbour_owes_only_what_it_gives_today(
    house: House, workspace: Path, clock: HandClock, new: str, verdict: Verdict
) -> None:
    manifest = workspace / "mendloop.toml"
    text = manifest.read_text(encoding="utf-8")
    owing = 'source = "tools/shop.py:label"\ncases = "cases/label.jsonl"'
    manifest.write_text(text.replace('source = "tools/shop.py:label"', owing), encoding="utf-8")
    source = (workspace / "tools/shop.py").read_text(encoding="utf-8")
    (workspace / "tools/shop.py").write_text(
        source.replace("name.strip().upper()", "_plain(name)")
        + "\n\ndef _plain(name):\n    return name.strip().upper()\n",
        encoding="utf-8",
    )
    cases = '{"args": ["a"], "expected": "A"}\n{"args": ["b"], "expected": "a fault of its own"}\n'
    (workspace / "cases/label.jsonl").write_text(cases, encoding="utf-8")
    await house.loop.recorder.record(share_history(clock))
    edits = (
        TextEdit(
            path="tools/shop.py", old=OLD, new="    return total // people if people else 0\n"
        ),
        TextEdit(path="tools/shop.py", old=".strip().upper()", new=f".upper().{new}()"),
    )
    proposed = await house.loop.proposer.propose(edits, Why(rationale=""), target="shop.share")
    report = await house.loop.validator.test(proposed.proposal.id)
    (beside,) = [check for check in report.checks if check.name == "neighbours"]
    assert beside.verdict is verdict
