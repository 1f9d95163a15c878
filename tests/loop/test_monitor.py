from pathlib import Path

import pytest

from mendloop.app.changes import TextEdit
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.model.deployment import Deployment, DeploymentKind, WatchState
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.incident import IncidentState
from mendloop.model.lesson import LessonOutcome
from tests.conftest import HandClock
from tests.loop.conftest import SHOP, record, share_history

pytestmark = pytest.mark.anyio
NEW = "    return total // people if people else 0\n"


async def deployed(house: House, clock: HandClock) -> Deployment:
    await house.loop.recorder.record(share_history(clock))
    [incident, *_] = (await house.loop.detector.detect()).incidents
    edit = TextEdit(path="tools/shop.py", old="    return total // people\n", new=NEW)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale="", incident=incident.id))
    await house.loop.validator.test(proposed.proposal.id)
    return await house.loop.deployer.deploy(proposed.proposal.id)


async def watch_state(house: House, deployment: Deployment) -> WatchState:
    _, [watch], _ = await house.loop.reader.deployment(deployment.id)
    return watch.state


async def test_good_calls_make_a_change_healthy_and_end_its_incident(
    house: House, clock: HandClock
) -> None:
    deployment = await deployed(house, clock)
    await house.loop.recorder.record(
        [record(clock, "shop.share", n, 3, result=n // 3) for n in range(60)]
    )
    assert await watch_state(house, deployment) is WatchState.HEALTHY
    assert await house.loop.reader.incidents() == ()
    async with house.loop.monitor.state.reading() as tables:
        [lesson] = await tables.lessons.page(limit=5)
        resolved = await tables.incidents.page(state=IncidentState.RESOLVED, limit=5)
    assert lesson.outcome is LessonOutcome.HELPED
    assert resolved


@pytest.mark.promise("monitor/takes-back-by-itself")
async def test_failing_calls_take_the_change_back_by_themselves(
    house: House, clock: HandClock, workspace: Path
) -> None:
    deployment = await deployed(house, clock)
    assert (workspace / "tools/shop.py").read_text(encoding="utf-8") != SHOP
    crash: dict[str, object] = {"type": "TypeError", "message": "no", "frames": []}
    for number in range(30):
        await house.loop.recorder.record(
            [record(clock, "shop.share", number, "x", outcome="error", error=crash)]
        )
    assert await watch_state(house, deployment) is WatchState.ROLLED_BACK
    assert (workspace / "tools/shop.py").read_text(encoding="utf-8") == SHOP
    [newest, *_] = await house.loop.reader.deployments()
    assert (newest.kind, newest.by, newest.undoes) == (
        DeploymentKind.ROLLBACK,
        "monitor",
        deployment.id,
    )


async def test_an_edit_by_hand_is_never_rolled_over(
    house: House, clock: HandClock, workspace: Path
) -> None:
    deployment = await deployed(house, clock)
    edited = "# by hand\n" + (workspace / "tools/shop.py").read_text(encoding="utf-8")
    (workspace / "tools/shop.py").write_text(edited, encoding="utf-8")
    crash: dict[str, object] = {"type": "TypeError", "message": "no", "frames": []}
    # of bytes that no record names nobody can say that they were the deployed ones
    calls = [record(clock, "shop.share", n, "x", outcome="error", error=crash) for n in range(40)]
    await house.loop.recorder.record(calls)
    assert await watch_state(house, deployment) is WatchState.WATCHING
    version = deployment.files[0].new
    sure = [
        record(clock, "shop.share", n, "y", outcome="error", error=crash, version=version)
        for n in range(40)
    ]
    await house.loop.recorder.record(sure)
    assert await watch_state(house, deployment) is WatchState.ENDED
    assert (workspace / "tools/shop.py").read_text(encoding="utf-8") == edited


async def test_calls_of_another_version_are_not_counted(house: House, clock: HandClock) -> None:
    deployment = await deployed(house, clock)
    crash: dict[str, object] = {"type": "TypeError", "message": "no", "frames": []}
    calls = [
        record(clock, "shop.share", n, 1, outcome="error", error=crash, version="0" * 64)
        for n in range(40)
    ]
    await house.loop.recorder.record(calls)
    _, [watch], _ = await house.loop.reader.deployment(deployment.id)
    assert (watch.state, watch.calls) == (WatchState.WATCHING, 0)


async def test_an_answer_that_turns_out_wrong_later_counts_as_a_failure(
    house: House, clock: HandClock
) -> None:
    deployment = await deployed(house, clock)
    await house.loop.recorder.record([record(clock, "shop.share", 7, 3, result=2, id="x-late")])
    await house.loop.recorder.label(ExecutionId("x-late"), expected=3, known=True)
    _, [watch], _ = await house.loop.reader.deployment(deployment.id)
    assert watch.failures == 1


async def test_what_was_recorded_while_nobody_looked_is_judged_at_the_next_start(
    house: House, clock: HandClock
) -> None:
    deployment = await deployed(house, clock)
    good = [
        Execution(
            id=ExecutionId(f"x-{n}"),
            target=TargetName("shop.share"),
            at=clock.now(),
            seconds=0.001,
            outcome=Outcome.OK,
            args=(n, 3),
            result=n // 3,
        )
        for n in range(60)
    ]
    # straight into the history, as another process does that dies before it has judged them
    await house.loop.recorder.history.add(good)
    assert await watch_state(house, deployment) is WatchState.WATCHING
    await house.loop.monitor.catch_up()
    assert await watch_state(house, deployment) is WatchState.HEALTHY
