from dataclasses import replace

import pytest

from mendloop.model.audit import GENESIS
from mendloop.model.deployment import DeploymentKind, Progress, WatchState
from mendloop.model.ids import DeploymentId, IncidentId, ProposalId, TargetName, digest_of
from mendloop.model.incident import IncidentKind, IncidentState
from mendloop.model.report import Verdict
from mendloop.store.overview import (
    ActiveWatch,
    OpenIncident,
    Overview,
    WaitingProposal,
)
from mendloop.store.state import State
from tests.store.nouns import (
    DEPLOYMENT,
    INCIDENT,
    NOON,
    PROPOSAL,
    QUOTE,
    REJECTION,
    REPORT,
    STOPPED,
    TAX,
    WATCH,
    later,
)

pytestmark = pytest.mark.anyio


async def overview(state: State) -> Overview:
    return await state.overview(hour_ago=later(hours=-1), day_ago=later(days=-1))


async def waiting(state: State) -> list[str]:
    return [proposal.id for proposal in (await overview(state)).proposals]


async def test_nothing_is_a_state_too(state: State) -> None:
    assert await overview(state) == Overview(
        open_incidents=0,
        incidents=(),
        proposals=(),
        watches=(),
        stopped=None,
        audit_seq=0,
        audit_head=GENESIS,
        deployed_last_hour=0,
        deployed_last_day=0,
    )


async def test_all_of_the_state_is_seen_at_a_glance(state: State) -> None:
    deployed = replace(DEPLOYMENT, progress=Progress.COMMITTED, proposal=None)
    async with state.transaction() as tables:
        await tables.incidents.add(INCIDENT)
        await tables.incidents.add(
            replace(INCIDENT, id=IncidentId("i-2"), state=IncidentState.RESOLVED)
        )
        muted = replace(INCIDENT.finding, target=TAX)
        await tables.incidents.add(
            replace(INCIDENT, id=IncidentId("i-3"), finding=muted, state=IncidentState.MUTED)
        )
        await tables.proposals.add(replace(PROPOSAL, targets=(TAX, QUOTE)))
        await tables.proposals.add(replace(PROPOSAL, id=ProposalId("p-2")))
        await tables.reports.add(REPORT)
        await tables.reports.add(replace(REPORT, verdict=Verdict.INCONCLUSIVE))
        await tables.deployments.add(replace(deployed, at=later(hours=-2)))
        for name, kind, progress in (
            ("d-2", DeploymentKind.DEPLOY, Progress.COMMITTED),
            ("d-3", DeploymentKind.DEPLOY, Progress.UNDONE),
            ("d-4", DeploymentKind.ROLLBACK, Progress.COMMITTED),
        ):
            await tables.deployments.add(
                replace(deployed, id=DeploymentId(name), kind=kind, progress=progress)
            )
        await tables.watches.add(replace(WATCH, calls=7))
        await tables.watches.add(replace(WATCH, target=TAX, state=WatchState.ENDED))
        await tables.stop.set(STOPPED)
        entry = await tables.audit.append("stopped", {}, at=NOON)
    assert await overview(state) == Overview(
        open_incidents=1,
        incidents=(
            OpenIncident(
                id=INCIDENT.id,
                kind=IncidentKind.FAILING,
                target=QUOTE,
                priority=3.5,
                summary="12 of 40 calls fail",
            ),
        ),
        proposals=(
            WaitingProposal(id=ProposalId("p-2"), targets=(QUOTE,), verdict=None),
            WaitingProposal(id=PROPOSAL.id, targets=(TAX, QUOTE), verdict=Verdict.INCONCLUSIVE),
        ),
        watches=(
            ActiveWatch(deployment=WATCH.deployment, target=QUOTE, calls=7, summary=WATCH.summary),
        ),
        stopped=STOPPED,
        audit_seq=1,
        audit_head=entry.digest,
        deployed_last_hour=1,
        deployed_last_day=2,
        muted=1,
    )


async def test_the_ten_most_urgent_and_the_ten_newest_are_shown(state: State) -> None:
    async with state.transaction() as tables:
        for number in range(12):
            finding = replace(
                INCIDENT.finding, target=TargetName(f"t-{number}"), priority=float(number)
            )
            await tables.incidents.add(
                replace(INCIDENT, id=IncidentId(f"i-{number}"), finding=finding)
            )
            await tables.proposals.add(replace(PROPOSAL, id=ProposalId(f"p-{number}")))
    seen = await overview(state)
    assert seen.open_incidents == 12
    assert [incident.id for incident in seen.incidents] == [f"i-{n}" for n in range(11, 1, -1)]
    assert [proposal.id for proposal in seen.proposals] == [f"p-{n}" for n in range(11, 1, -1)]


async def test_a_proposal_waits_until_it_is_deployed_and_again_when_that_was_undone(
    state: State,
) -> None:
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
    assert await waiting(state) == ["p-1"]
    async with state.transaction() as tables:
        await tables.deployments.add(DEPLOYMENT)
    assert await waiting(state) == []
    async with state.transaction() as tables:
        await tables.deployments.update(replace(DEPLOYMENT, progress=Progress.UNDONE))
    assert await waiting(state) == ["p-1"]
    second = replace(DEPLOYMENT, id=DeploymentId("d-2"))
    async with state.transaction() as tables:
        await tables.deployments.add(second)
        await tables.deployments.update(replace(second, progress=Progress.COMMITTED))
    assert await waiting(state) == []


async def test_a_proposal_that_was_rejected_waits_no_longer_whatever_follows(
    state: State,
) -> None:
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
        await tables.proposals.add(replace(PROPOSAL, id=ProposalId("p-2")))
        await tables.approvals.reject(REJECTION)
    assert await waiting(state) == ["p-2"]
    async with state.transaction() as tables:
        await tables.deployments.add(replace(DEPLOYMENT, progress=Progress.ABORTED))
    assert await waiting(state) == ["p-2"]


async def test_a_proposal_waits_while_its_file_holds_the_bytes_that_it_was_made_for(
    state: State,
) -> None:
    [file] = PROPOSAL.files
    assert file.old is not None
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
        await tables.files.accept(file.path, file.old, at=NOON)
    assert await waiting(state) == ["p-1"]
    async with state.transaction() as tables:
        [known] = await tables.files.among([file.path])
        edited = replace(known, held=digest_of(b"somebody's own"), noticed=NOON)
        assert await tables.files.seen(known, edited)
        mending = replace(file, old=edited.held, new=digest_of(b"mended"))
        await tables.proposals.add(replace(PROPOSAL, id=ProposalId("p-2"), files=(mending,)))
    assert await waiting(state) == ["p-2"]


async def test_odd_texts_and_long_fractions_come_through(state: State) -> None:
    odd = '"\0\ud800'
    async with state.transaction() as tables:
        await tables.incidents.add(
            replace(INCIDENT, finding=replace(INCIDENT.finding, summary=odd, priority=0.1 + 0.2))
        )
        await tables.proposals.add(replace(PROPOSAL, targets=(TargetName(odd),)))
        await tables.stop.set(replace(STOPPED, reason=odd))
    seen = await overview(state)
    assert (seen.incidents[0].summary, seen.incidents[0].priority) == (odd, 0.1 + 0.2)
    assert seen.proposals[0].targets == (odd,)
    assert seen.stopped == replace(STOPPED, reason=odd)
