from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mendloop.app.changes import TextEdit
from mendloop.app.detect import Detected
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.errors import NotFound
from mendloop.model.incident import Incident, IncidentKind, IncidentState
from mendloop.store.sqlite import Database
from tests.conftest import HandClock
from tests.loop.conftest import MANIFEST, record, share_history

pytestmark = pytest.mark.anyio


async def test_a_failing_tool_is_one_incident_however_often_one_looks(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    first = await house.loop.detector.detect()
    second = await house.loop.detector.detect()
    kinds = [each.finding.kind for each in first.incidents]
    assert IncidentKind.FAILING in kinds
    assert [each.id for each in first.incidents] == [each.id for each in second.incidents]
    assert "ZeroDivisionError" in first.incidents[0].finding.summary


async def test_one_failure_of_one_call_is_no_finding(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(
        [record(clock, "shop.label", None, outcome="error", error={"type": "E", "message": ""})]
    )
    assert (await house.loop.detector.detect()).incidents == ()


async def test_an_incident_ends_when_the_failures_have_ended(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    [*_, incident] = (await house.loop.detector.detect()).incidents
    clock.forward(hours=200)
    await house.loop.recorder.record(
        [record(clock, "shop.share", 6, 2, result=3, id=f"ok-{n}") for n in range(60)]
    )
    later = await house.loop.detector.detect(window=timedelta(hours=100))
    assert later.incidents == ()
    assert later.resolved
    found, _ = await house.loop.reader.incident(incident.id)
    assert found.state is IncidentState.RESOLVED


async def test_too_few_calls_to_say_end_no_incident(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    before = await house.loop.detector.detect()
    clock.forward(hours=200)
    await house.loop.recorder.record([record(clock, "shop.share", 6, 2, result=3)])
    later = await house.loop.detector.detect(window=timedelta(hours=100))
    assert [each.id for each in later.incidents] == [each.id for each in before.incidents]


async def test_an_unknown_target_is_answered_with_the_nearest(house: House) -> None:
    with pytest.raises(NotFound) as caught:
        await house.loop.detector.detect("shop.shar")
    assert "shop.share" in caught.value.hint


def of_kind(detected: Detected, kind: IncidentKind) -> list[Incident]:
    return [each for each in detected.incidents if each.finding.kind is kind]


def crash(kind: str = "KeyError", *, file: str = "tools/shop.py", function: str = "label") -> Any:
    return {
        "type": kind,
        "message": "no",
        "frames": [{"file": file, "line": 15, "function": function}],
    }


def calls(
    clock: HandClock, target: str, count: int, *, failing: Iterable[int] = (), **more: Any
) -> list[dict[str, Any]]:
    """Calls a minute apart, of which some fail."""
    bad = set(failing)
    return [
        record(clock, target, f"{target}-{n}", outcome="error", error=crash(), **more)
        if n in bad
        else record(clock, target, f"{target}-{n}", result=f"R{n}")
        for n in range(count)
    ]


async def test_an_error_that_comes_every_day_is_recurring_though_few_calls_fail(
    house: House, clock: HandClock
) -> None:
    for _ in range(3):
        await house.loop.recorder.record(calls(clock, "shop.label", 150, failing=(20, 90)))
        clock.forward(hours=22)
    [found] = of_kind(await house.loop.detector.detect(), IncidentKind.RECURRING)
    assert found.finding.target == "shop.label"
    assert found.finding.summary.startswith("KeyError came 6 times on 3 days since 2026-01-01 00:2")
    [again] = of_kind(await house.loop.detector.detect("shop.label"), IncidentKind.RECURRING)
    assert again.id == found.id


async def test_an_error_in_three_sessions_is_recurring_and_one_of_a_failing_target_is_not(
    house: House, clock: HandClock
) -> None:
    for session in "abc":
        await house.loop.recorder.record(
            calls(clock, "shop.label", 150, failing=(20, 90), session=session)
        )
    assert of_kind(await house.loop.detector.detect(), IncidentKind.RECURRING)
    await house.loop.recorder.record(calls(clock, "shop.label", 60, failing=range(60)))
    later = await house.loop.detector.detect()
    assert of_kind(later, IncidentKind.FAILING) or of_kind(later, IncidentKind.DEGRADED)
    assert not of_kind(later, IncidentKind.RECURRING)


async def test_targets_that_fail_in_one_helper_are_linked(house: House, clock: HandClock) -> None:
    error = crash("OSError", file="tools/helper.py", function="connect")
    for target in ("shop.share", "shop.label"):
        await house.loop.recorder.record(
            [record(clock, target, n, outcome="error", error=error) for n in range(30)]
        )
        clock.forward(hours=5)
    detected = await house.loop.detector.detect()
    [found] = [
        each
        for each in of_kind(detected, IncidentKind.CORRELATED)
        if each.finding.key == "frame tools/helper.py:connect"
    ]
    assert found.finding.targets == ("shop.label", "shop.share")
    assert {each.finding.target for each in of_kind(detected, IncidentKind.FAILING)} == {
        "shop.label",
        "shop.share",
    }


async def test_an_outage_is_one_incident_and_not_repeated_of_its_members(
    house: House, clock: HandClock
) -> None:
    names = [f"api.{n}" for n in range(6)]
    for _ in range(40):  # hours in which all is well
        await house.loop.recorder.record([record(clock, name, 1, result=1) for name in names])
        clock.forward(minutes=54)
    down: Any = {"type": "ConnectionError", "message": "refused", "frames": []}
    bad = [record(clock, name, 1, outcome="error", error=down) for _ in range(5) for name in names]
    await house.loop.recorder.record(bad)
    detected = await house.loop.detector.detect()
    [found] = of_kind(detected, IncidentKind.CORRELATED)
    assert found.finding.targets == tuple(names)
    assert not of_kind(detected, IncidentKind.DEGRADED)
    assert not of_kind(detected, IncidentKind.FAILING)
    clock.forward(hours=1)
    await house.loop.recorder.record([record(clock, name, 1, result=1) for name in names])
    later = await house.loop.detector.detect()
    assert [each.id for each in of_kind(later, IncidentKind.CORRELATED)] == [found.id]
    clock.forward(hours=30)
    await house.loop.recorder.record([record(clock, name, 1, result=1) for name in names])
    assert not of_kind(await house.loop.detector.detect(), IncidentKind.CORRELATED)


SAME = """

def offer(cost, n=1):
    total = cost * n + 3
    return round(total, 2)
"""
LIKE = """

def price(amount, count=1):
    result = 3
    result += amount * count
    return round(result, 2)
"""


def declare(workspace: Path, **sources: str) -> None:
    """More targets, as ``tools/NAME.py:FUNCTION``."""
    manifest = MANIFEST
    for name, text in sources.items():
        function = text.split("def ")[1].split("(")[0]
        (workspace / f"tools/{name}.py").write_text(text, encoding="utf-8")
        manifest += (
            f'[targets."more.{name}"]\nsource = "tools/{name}.py:{function}"\nidempotent = true\n'
        )
    (workspace / "mendloop.toml").write_text(manifest, encoding="utf-8")


async def test_two_functions_of_one_code_are_duplicates_until_one_changes(
    house: House, workspace: Path
) -> None:
    declare(workspace, one=SAME, two=SAME.replace("cost", "price").replace("offer", "quote"))
    [found] = of_kind(await house.loop.detector.detect(), IncidentKind.DUPLICATE)
    assert found.finding.targets == ("more.one", "more.two")
    assert "have the same code" in found.finding.summary
    (workspace / "tools/two.py").write_text(SAME.replace("+ 3", "+ 4"), encoding="utf-8")
    later = await house.loop.detector.detect()
    assert (later.incidents, later.resolved) == ((), 1)


async def test_two_functions_that_answer_alike_are_duplicates_until_they_do_not(
    house: House, clock: HandClock, workspace: Path
) -> None:
    declare(workspace, one=SAME, two=LIKE)
    for name in ("more.one", "more.two"):
        await house.loop.recorder.record(
            [record(clock, name, n, 2, result=2 * n + 3) for n in range(24)]
        )
    [found] = of_kind(await house.loop.detector.detect(), IncidentKind.DUPLICATE)
    assert found.finding.targets == ("more.one", "more.two")
    assert "the same answers on 24 inputs" in found.finding.summary
    clock.forward(hours=2)
    await house.loop.recorder.record([record(clock, "more.two", 3, 2, result=0)])
    assert not of_kind(await house.loop.detector.detect(), IncidentKind.DUPLICATE)


async def test_what_nobody_calls_is_unused_and_never_in_a_fresh_workspace(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(calls(clock, "shop.label", 20))
    assert (await house.loop.detector.detect()).incidents == ()
    for _ in range(5):
        clock.forward(days=8)
        await house.loop.recorder.record(calls(clock, "shop.label", 5))
    detected = await house.loop.detector.detect()
    unused = of_kind(detected, IncidentKind.UNUSED)
    assert {each.finding.target for each in unused} == {"mail.send", "shop.share", "shop.wait"}
    await house.loop.recorder.record(calls(clock, "mail.send", 1))
    later = await house.loop.detector.detect()
    assert "mail.send" not in {each.finding.target for each in later.incidents}
    assert later.resolved == 1


async def test_a_look_at_one_target_ends_nothing_of_another(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    before = await house.loop.detector.detect()
    clock.forward(hours=200)
    good = [record(clock, "shop.share", 6, 2, result=3) for _ in range(60)]
    await house.loop.recorder.record([*good, *calls(clock, "shop.label", 20)])
    other = await house.loop.detector.detect("shop.label", window=timedelta(hours=100))
    assert (other.incidents, other.targets, other.calls, other.resolved) == ((), 1, 20, 0)
    own = await house.loop.detector.detect("shop.share", window=timedelta(hours=100))
    assert (own.incidents, own.resolved) == ((), len(before.incidents))


async def test_a_muted_incident_is_counted_and_not_listed(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    before = await house.loop.detector.detect()
    for each in before.incidents:
        await house.loop.detector.keeper.mute(each.id, until=None, by="anna")
    later = await house.loop.detector.detect()
    assert (later.incidents, later.muted) == ((), len(before.incidents))


async def test_calls_before_a_deployment_say_nothing_of_the_version_in_force(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    before = await house.loop.detector.detect()
    incident = of_kind(before, IncidentKind.FAILING)[0]
    new = "    return total // people if people else 0\n"
    edit = TextEdit(path="tools/shop.py", old="    return total // people\n", new=new)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale="", incident=incident.id))
    await house.loop.validator.test(proposed.proposal.id)
    clock.forward(minutes=1)
    await house.loop.deployer.deploy(proposed.proposal.id)
    await house.loop.recorder.record([record(clock, "shop.share", 6, 2, result=3)])
    few = await house.loop.detector.detect()
    assert incident.id in {each.id for each in few.incidents}
    await house.loop.recorder.record(
        [record(clock, "shop.share", 6 + n, 2, result=3 + n // 2) for n in range(6)]
    )
    enough = await house.loop.detector.detect()
    assert incident.id not in {each.id for each in enough.incidents}


async def queries(house: House, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often one look asks a database."""
    asked = 0
    glance = Database.glance

    async def counted(self: Database, sql: str, *parameters: Any) -> Any:
        nonlocal asked
        asked += 1
        return await glance(self, sql, *parameters)

    with monkeypatch.context() as patched:
        patched.setattr(Database, "glance", counted)
        await house.loop.detector.detect()
    return asked


@pytest.mark.promise("detect/asks-once-for-all-targets")
async def test_one_look_at_many_targets_asks_as_often_as_one_at_few(
    house: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [record(clock, f"few.{n}", k, result=k) for n in range(3) for k in range(8)]
    await house.loop.recorder.record(few)
    asked = await queries(house, monkeypatch)
    clock.forward(hours=2)
    many = [record(clock, f"many.{n}", k, result=k) for n in range(300) for k in range(8)]
    await house.loop.recorder.record(many)
    assert await queries(house, monkeypatch) <= asked < 10
