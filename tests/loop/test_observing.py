from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from mendloop.app.counting import PAUSE
from mendloop.app.observing import Act
from mendloop.app.propose import Why
from mendloop.bootstrap import House, open_house
from mendloop.errors import MendloopError
from mendloop.interfaces.mcp.exposition import exposition
from mendloop.model.ids import DeploymentId, ExecutionId, ProposalId
from mendloop.settings import Settings
from tests.conftest import HandClock
from tests.interfaces.mcp.shop import open_shop
from tests.store.nouns import DEPLOYMENT

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.at(open_shop(tmp_path / "workspace"), tmp_path / "state", {})


async def code(work: Awaitable[object]) -> str:
    """How something ended, by the code of its error."""
    try:
        await work
    except MendloopError as error:
        return error.code
    return "done"


async def counted(house: House) -> dict[tuple[str, str], int]:
    tallies = (await house.meter.read()).tallies
    return {(each.action, each.outcome): each.times for each in tallies.actions}


async def test_every_action_is_counted_by_its_outcome(settings: Settings) -> None:
    nobody = ProposalId("p-none")
    ended: dict[tuple[str, str], int] = {}
    async with open_house(settings) as house:
        loop, desk = house.loop, house.desk
        async with house.recoverer.state.transaction() as tables:
            await tables.deployments.add(
                replace(DEPLOYMENT, proposal=None, id=DeploymentId("d-left"))
            )
        for act, work in (
            (Act.RECOVER, house.recoverer.recover()),
            (Act.DETECT, loop.detector.detect()),
            (Act.INVESTIGATE, loop.investigator.investigate(target="none")),
            (Act.GENERATE, loop.generator.generate(target="none")),
            (Act.PROPOSE, loop.proposer.propose("no diff", Why(rationale="so"))),
            (Act.TEST, loop.validator.test(nobody)),
            (Act.DEPLOY, loop.deployer.deploy(nobody)),
            (Act.ROLLBACK, loop.roller.rollback(deployment=DeploymentId("d-0"), reason="", by="x")),
            (Act.RUN_TOOL, loop.caller.call("none", [], {}, caller="x")),
            (Act.RECORD, loop.recorder.record([])),
            (Act.APPROVE, desk.approver.approve("no manifest", "no signature")),
            (Act.REJECT, desk.approver.reject(nobody, by="ann", reason="so")),
            (Act.STOP, loop.stopper.stop("so")),
            (Act.RESUME, desk.approver.resume(by="ann")),
        ):
            ended[act.value, await code(work)] = 1
        assert {act for act, _ in ended} == {act.value for act in Act}
        assert await counted(house) == ended
        await code(loop.recorder.label(ExecutionId("x-0"), expected=None, known=False))
        ended["record", "not_found"] = 1
        assert await counted(house) == ended

    async with open_house(settings) as house:
        assert await counted(house) == ended, "they outlive the process"


async def test_what_is_cancelled_and_how_long_it_took_is_counted_too(
    settings: Settings, clock: HandClock
) -> None:
    async def slow(done: float, total: float, message: str) -> None:
        del done, total, message
        clock.forward(seconds=2)
        scope.cancel()
        await anyio.lowlevel.checkpoint()

    async with open_house(settings, clock=clock) as house:
        with anyio.CancelScope() as scope:
            await house.loop.deployer.deploy(ProposalId("p-none"), progress=slow)
        (one,) = (await house.meter.read()).tallies.actions
    assert (one.action, one.outcome, one.times) == ("deploy", "cancelled", 1)
    assert one.took.total_seconds() == 2


async def test_a_server_keeps_what_it_counted_now_and_then(
    settings: Settings, clock: HandClock
) -> None:
    async with open_house(settings, clock=clock) as house:
        round_, _ = await house.tender.look(await house.tender.begin())
        await house.loop.stopper.stop("so")
        clock.forward(seconds=PAUSE.total_seconds() - 1)
        round_, _ = await house.tender.look(round_)
        assert await _kept(house) == 0
        clock.forward(seconds=1)
        await house.tender.look(round_)
        assert await _kept(house) == 1


async def _kept(house: House) -> int:
    async with house.recoverer.state.reading() as tables:
        return len((await tables.counts.tallies()).actions)


async def test_refusals_are_counted_by_their_code(settings: Settings) -> None:
    async with open_house(settings) as house:
        change = "--- a/prompts/reply.md\n+++ b/prompts/reply.md\n@@ -1 +1 @@\n-Answer in one sentence.\n+Answer.\n"
        proposed = await house.loop.proposer.propose(
            change, Why(rationale="so"), target="prompts.reply"
        )
        assert await code(house.loop.deployer.deploy(proposed.proposal.id)) == "refused"
        text = exposition(await house.meter.read())
    assert 'mendloop_actions_total{action="deploy",outcome="refused"} 1\n' in text
    assert 'mendloop_refusals_total{code="evidence"} 1\n' in text
    assert 'mendloop_deployments_total{result="refused"} 1\n' in text
    assert "mendloop_stopped 0\n" in text
    assert 'mendloop_incidents{state="open"} 0\n' in text
