from datetime import timedelta
from pathlib import Path

import pytest

from mendloop.app.found import StopReason
from mendloop.bootstrap import House
from mendloop.errors import InvalidInput
from mendloop.model.ids import ExecutionId
from mendloop.model.report import Verdict
from tests.conftest import HandClock
from tests.loop.conftest import record, share_history, wait_history

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]

_SHARE = "\n\ndef share(total, people):\n    return total // people\n"


async def test_a_division_by_zero_is_mended_without_a_model(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    made = await house.loop.generator.generate(target="shop.share")
    assert made.stopped is StopReason.FOUND
    best = made.proposals[0]
    assert best.report.verdict is Verdict.PASSED
    assert best.proposal.origin == "recipe:guard_zero_division"
    why = best.proposal.rationale
    assert why.startswith(f"{best.note.split(';')[0]}. Failed: ZeroDivisionError (20 calls). ")
    assert "20 of 20 calls made again failed again." in why
    assert "was said by a person or a file of cases." in why
    assert (await house.loop.reader.report(best.proposal.id)) == best.report


@pytest.mark.promise("repair/same-history-same-change")
async def test_the_same_history_gives_the_same_change(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    first = await house.loop.generator.generate(target="shop.share")
    second = await house.loop.generator.generate(target="shop.share")
    assert [each.proposal.change for each in first.proposals] == [
        each.proposal.change for each in second.proposals
    ]


async def test_a_constant_is_tuned_within_its_range(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(wait_history(clock))
    made = await house.loop.generator.generate(target="wait.limit")
    assert {each.proposal.origin for each in made.proposals} == {"tuner"}
    assert made.proposals[0].note == "wait.limit = 4 instead of 3; plausible"


async def test_a_target_without_failures_has_nothing_to_mend(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record([record(clock, "shop.label", "a", result="A")])
    made = await house.loop.generator.generate(target="shop.label")
    assert (made.stopped, made.proposals) == (StopReason.NO_ORACLE, ())


async def test_failures_that_do_not_happen_again_are_left_alone(
    house: House, clock: HandClock
) -> None:
    gone: dict[str, object] = {"type": "OSError", "message": "gone", "frames": []}
    calls = [record(clock, "shop.label", f"n{n}", outcome="error", error=gone) for n in range(8)]
    await house.loop.recorder.record(calls)
    made = await house.loop.generator.generate(target="shop.label")
    assert made.stopped is StopReason.NOT_REPRODUCIBLE


async def test_an_unknown_strategy_is_refused(house: House) -> None:
    with pytest.raises(InvalidInput, match="luck"):
        await house.loop.generator.generate(target="shop.share", strategy="luck")


async def test_once_one_is_deployed_its_rivals_wait_no_more(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    made = await house.loop.generator.generate(target="shop.share")
    best, *rivals = made.proposals
    waiting = {each.id for each in (await house.loop.reader.status()).overview.proposals}
    assert waiting == {each.proposal.id for each in made.proposals}
    assert rivals
    deployment = await house.loop.deployer.deploy(best.proposal.id)
    assert (await house.loop.reader.status()).overview.proposals == ()
    await house.loop.roller.rollback(deployment=deployment.id, reason="", by="person")
    waiting = {each.id for each in (await house.loop.reader.status()).overview.proposals}
    assert waiting >= {each.proposal.id for each in rivals}


async def test_a_tool_that_answers_otherwise_each_time_is_left_alone(
    house: House, clock: HandClock, workspace: Path
) -> None:
    dice = "import os\n\n\ndef label(name):\n    return os.urandom(8).hex()\n"
    (workspace / "tools/shop.py").write_text(dice, encoding="utf-8")
    wrong = [record(clock, "shop.label", f"n{n}", result="a", id=f"x-{n}") for n in range(10)]
    await house.loop.recorder.record(wrong)
    await house.loop.recorder.label(ExecutionId("x-0"), expected="N0", known=True)
    made = await house.loop.generator.generate(target="shop.label")
    assert made.stopped is StopReason.FLAKY_BASELINE


async def test_answers_that_chance_gave_are_called_a_flaky_baseline(
    house: House, clock: HandClock, workspace: Path
) -> None:
    dice = "import random\n\n\ndef label(name):\n    return name + str(random.random())\n"
    (workspace / "tools/shop.py").write_text(dice, encoding="utf-8")
    calls = [record(clock, "shop.label", f"n{n}", result=f"n{n}0.{n}") for n in range(20)]
    wrong = record(clock, "shop.label", "x", result="x0.5", id="x-1")
    await house.loop.recorder.record([*calls, wrong])
    await house.loop.recorder.label(ExecutionId("x-1"), expected="never", known=True)
    budget = timedelta(seconds=5)
    made = await house.loop.generator.generate(
        target="shop.label", strategy="recipes", budget=budget
    )
    assert (made.stopped, made.proposals) == (StopReason.FLAKY_BASELINE, ())
    assert "20 of 20 calls that went well are on record with another answer" in made.note


async def test_what_an_earlier_version_answered_to_a_failing_call_is_wanted(
    house: House, clock: HandClock, workspace: Path
) -> None:
    wrong = "def label(name):\n    return name.strip().upper() + name[1].lower()[len(name) :]\n"
    (workspace / "tools/shop.py").write_text(wrong + _SHARE, encoding="utf-8")
    old, new = ({"version": digit * 64} for digit in "ab")
    crash = {"type": "IndexError", "message": "string index out of range"}
    names = [*"abcdefgh", "anna", "bert", "cleo", "dora"]
    before = [record(clock, "shop.label", name, result=name.upper(), **old) for name in names]
    now = [
        record(clock, "shop.label", name, outcome="error", error=crash, **new)
        for name in "abcdefgh"
    ]
    await house.loop.recorder.record([*before, *now])
    made = await house.loop.generator.generate(target="shop.label")
    said = "What is right on 8 calls is what an earlier version is on record to answer."
    assert made.note.endswith(said)
    assert made.stopped is StopReason.FOUND
    assert all(said in each.proposal.rationale for each in made.proposals)


async def test_a_default_that_was_put_in_comes_after_a_clear_error(
    house: House, clock: HandClock, workspace: Path
) -> None:
    rates = (
        'def label(name):\n    rates = {"a": 2, "b": 3}\n    return name + str(rates[name[0]])\n'
    )
    (workspace / "tools/shop.py").write_text(rates + _SHARE, encoding="utf-8")
    good = [
        record(clock, "shop.label", f"{name}{n}", result=f"{name}{n}{2 + (name == 'b')}")
        for n in range(30)
        for name in "ab"
    ]
    bad = [
        record(
            clock,
            "shop.label",
            name,
            outcome="error",
            error={"type": "KeyError", "message": repr(name[0])},
        )
        for name in ("c1", "d2", "e3", "f4", "g5", "h6")
    ]
    await house.loop.recorder.record([*good, *bad])
    made = await house.loop.generator.generate(target="shop.label")
    assert made.proposals[0].note.startswith(
        "line 3: before it comes `if name[0] not in rates: rai"
    )


async def test_where_nothing_says_which_change_is_right_the_search_says_so(
    house: House, clock: HandClock, workspace: Path
) -> None:
    (workspace / "cases/share.jsonl").write_text("", encoding="utf-8")
    await house.loop.recorder.record(share_history(clock, passing=10))
    made = await house.loop.generator.generate(target="shop.share")
    assert made.stopped is StopReason.NO_ORACLE
    assert {each.report.verdict for each in made.proposals} == {Verdict.INCONCLUSIVE}
    number = len(made.proposals)
    said = "1 change ends" if number == 1 else f"{number} changes end"
    assert made.note.startswith(f"{said} the failures and nothing says whether that is right: ")
    assert made.tried < made.space


async def test_a_search_warns_where_a_change_to_the_code_would_hide_the_fault(
    house: House, clock: HandClock, workspace: Path
) -> None:
    (workspace / "tools/shop.py").write_text(
        "def label(name):\n    import nosuchpackage\n    return nosuchpackage.label(name)\n\n\n"
        "def share(total, people):\n    return total // people\n",
        encoding="utf-8",
    )
    gone = {"type": "ModuleNotFoundError", "message": "No module named 'nosuchpackage'"}
    calls = [record(clock, "shop.label", f"n{n}", outcome="error", error=gone) for n in range(9)]
    await house.loop.recorder.record(calls)
    made = await house.loop.generator.generate(target="shop.label")
    assert made.note.startswith("The fault seems to lie in a dependency (90% sure)")
    await house.loop.recorder.record(share_history(clock))
    other = await house.loop.generator.generate(target="shop.share")
    assert "seems to lie" not in other.note
