from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from mendloop.app.changes import TextEdit
from mendloop.app.found import StopReason
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.model.lesson import Lesson, LessonOutcome
from mendloop.model.report import Verdict
from tests.conftest import HandClock
from tests.loop.conftest import MANIFEST, record, share_history

pytestmark = pytest.mark.anyio
MONEY = '''"""Money."""


def cents(text):
    """A price in cents."""
    return int(text) * 100
'''
USER = '''"""One of two users."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from money import cents


def {name}(text):
    """Uses the helper."""
    return cents(text) {more}
'''
MORE = """
[targets."shop.part"]
source = "tools/parts.py:part"
idempotent = true

[targets."bill.gross"]
source = "tools/gross.py:gross"
idempotent = true
cases = "cases/gross.jsonl"

[targets."bill.net"]
source = "tools/net.py:net"
idempotent = true
cases = "cases/net.jsonl"
"""
PARTS = '''"""Parts."""


def part(amount, heads):
    """Another word for a share."""
    if amount < 0:
        return 0
    return amount // heads  # whole cents
'''
FILES = {
    "mendloop.toml": MANIFEST + MORE,
    "tools/money.py": MONEY,
    "tools/gross.py": USER.format(name="gross", more="+ 19"),
    "tools/net.py": USER.format(name="net", more="- 1"),
    "tools/parts.py": PARTS,
    "cases/gross.jsonl": '{"args": [null], "expected": 19}\n{"args": [""], "expected": 19}\n',
    "cases/net.jsonl": '{"args": [null], "expected": -1}\n{"args": [""], "expected": -1}\n',
}


@pytest.fixture(autouse=True)
def files(workspace: Path) -> None:
    for name, text in FILES.items():
        (workspace / name).write_text(text, encoding="utf-8")


def calls(clock: HandClock, name: str, more: int) -> list[object]:
    def crash(kind: str, message: str) -> dict[str, Any]:
        frames = [
            {"file": f"tools/{name}.py", "line": 12, "function": name},
            {"file": "tools/money.py", "line": 6, "function": "cents"},
        ]
        return {"type": kind, "message": message, "frames": frames}

    none = "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'"
    empty = "invalid literal for int() with base 10: ''"
    good = [record(clock, f"bill.{name}", str(n), result=100 * n + more) for n in range(100)]
    bad = [
        record(clock, f"bill.{name}", value, outcome="error", error=crash(kind, message))
        for _ in range(5)
        for value, kind, message in ((None, "TypeError", none), ("", "ValueError", empty))
    ]
    return [*good, *bad]


async def correlated(house: House, clock: HandClock) -> IncidentId:
    incident = Incident(
        id=IncidentId("i-shared22"),
        finding=Finding(
            kind=IncidentKind.CORRELATED,
            target=TargetName("bill.gross"),
            others=(TargetName("bill.net"),),
            key="frame tools/money.py:cents",
            summary="2 targets fail in tools/money.py:cents",
            priority=1.0,
            numbers={"targets": 2.0},
        ),
        state=IncidentState.OPEN,
        opened=clock.now(),
        updated=clock.now(),
    )
    async with house.loop.generator.state.transaction() as tables:
        await tables.incidents.add(incident)
    return incident.id


async def test_the_helper_is_mended_once_and_tried_on_all_its_users(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record([*calls(clock, "gross", 19), *calls(clock, "net", -1)])
    incident = await correlated(house, clock)
    found = await house.loop.generator.generate(incident=incident)
    assert found.stopped is StopReason.FOUND, found.note
    best = found.proposals[0]
    assert [file.path for file in best.proposal.files] == ["tools/money.py"]
    assert best.proposal.targets[:2] == ("bill.gross", "bill.net")
    assert best.report.verdict is Verdict.PASSED
    named = {check.name.partition(":")[0] for check in best.report.checks}
    assert {"bill.gross", "bill.net"} <= named


async def test_a_proven_change_is_carried_over_to_the_twin(house: House, clock: HandClock) -> None:
    history = share_history(clock)
    await house.loop.recorder.record(history)
    edit = TextEdit(
        path="tools/shop.py",
        old="    return total // people\n",
        new="    return total // people if people else 0\n",
    )
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="shop.share")
    await house.loop.validator.test(proposed.proposal.id)
    deployment = await house.loop.deployer.deploy(proposed.proposal.id)
    twins: list[object] = [
        {**cast("dict[str, object]", call), "target": "shop.part"} for call in history
    ]
    await house.loop.recorder.record(twins)
    none = await house.loop.generator.generate(target="shop.part", strategy="shared")
    assert none.proposals == ()  # nobody knows yet whether it has helped
    lesson = Lesson(
        deployment=deployment.id,
        target=TargetName("shop.share"),
        fingerprints=(),
        origin="agent",
        outcome=LessonOutcome.HELPED,
        before=0.2,
        after=0.0,
        at=clock.now(),
    )
    async with house.loop.generator.state.transaction() as tables:
        await tables.lessons.add(lesson)
    found = await house.loop.generator.generate(target="shop.part")
    (fix,) = found.proposals
    assert fix.proposal.origin == "twin"
    _, [file] = await house.loop.reader.proposal(fix.proposal.id)
    assert file.after == PARTS.replace(
        "amount // heads  # whole cents", "amount // heads if heads else 0"
    )
    assert fix.report.verdict is not Verdict.FAILED


async def test_a_fix_on_known_answers_that_too_few_calls_confirm_is_found_all_the_same(
    house: House, clock: HandClock
) -> None:
    few = [*calls(clock, "gross", 19)[90:], *calls(clock, "net", -1)[90:]]
    await house.loop.recorder.record(few)
    incident = await correlated(house, clock)
    found = await house.loop.generator.generate(incident=incident)
    assert (found.stopped, found.proposals[0].report.verdict) == (
        StopReason.FOUND,
        Verdict.INCONCLUSIVE,
    )
    assert found.proposals[0].note.endswith("; plausible")


async def test_only_the_time_ends_a_search_of_what_is_shared_as_spent(
    house: House, workspace: Path, clock: HandClock
) -> None:
    (workspace / "tools/money.py").write_text(
        MONEY.replace("int(text) * 100", "int(text) * 100 + hidden()")
        + "\n\ndef hidden():\n    return 0\n",
        encoding="utf-8",
    )
    for name in ("gross", "net"):
        line = '{"args": [null], "expected": 7121}\n'
        (workspace / f"cases/{name}.jsonl").write_text(line, encoding="utf-8")
    await house.loop.recorder.record([*calls(clock, "gross", 19), *calls(clock, "net", -1)])
    incident = await correlated(house, clock)
    spent = await house.loop.generator.generate(
        incident=incident, strategy="shared", budget=timedelta(0)
    )
    assert (spent.stopped, spent.tried) == (StopReason.TIME_SPENT, 0)
    found = await house.loop.generator.generate(incident=incident, strategy="shared")
    assert (found.stopped, found.proposals) == (StopReason.SPACE_EXHAUSTED, ())
