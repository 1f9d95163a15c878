"""Proposals, reports and approvals."""

import sqlite3
from dataclasses import replace

import pytest

from mendloop.errors import Conflict, NotFound
from mendloop.model.ids import DeploymentId, ProposalId, digest_of
from mendloop.model.report import Verdict
from mendloop.store.state import State
from tests.store.nouns import (
    APPROVAL,
    DEPLOYMENT,
    NOON,
    PROPOSAL,
    QUOTE,
    REJECTION,
    REPORT,
    TAX,
    later,
)

pytestmark = pytest.mark.anyio


async def test_a_proposal_that_is_not_there_is_not_found(state: State) -> None:
    async with state.reading() as tables:
        with pytest.raises(NotFound, match="no proposal 'p-9'"):
            await tables.proposals.get(ProposalId("p-9"))


async def test_the_newest_proposals_come_first(state: State) -> None:
    both = replace(PROPOSAL, id=ProposalId("p-2"), targets=(TAX, QUOTE, TAX), at=NOON)
    tax = replace(PROPOSAL, id=ProposalId("p-3"), targets=(TAX,), at=later(hours=-1))
    async with state.transaction() as tables:
        for made in (PROPOSAL, both, tax):
            await tables.proposals.add(made)
        assert await tables.proposals.page(limit=9) == (tax, both, PROPOSAL)
        assert await tables.proposals.page(limit=1) == (tax,)
        assert await tables.proposals.page(target=QUOTE, limit=9) == (both, PROPOSAL)
        assert await tables.proposals.page(target=TAX, limit=1) == (tax,)
        assert await tables.proposals.matching_ids("p-", 2) == ("p-1", "p-2")


async def test_the_same_change_is_found_whoever_proposed_it(state: State) -> None:
    again = replace(PROPOSAL, id=ProposalId("p-2"), origin="recipe:add_timeout")
    async with state.transaction() as tables:
        assert await tables.proposals.same_change(PROPOSAL.change) is None
        await tables.proposals.add(PROPOSAL)
        assert await tables.proposals.same_change(PROPOSAL.change) == PROPOSAL
        await tables.proposals.add(again)
        assert await tables.proposals.same_change(PROPOSAL.change) == again
        assert await tables.proposals.same_change(digest_of(b"other")) is None


async def test_an_id_is_given_once(state: State) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        async with state.transaction() as tables:
            await tables.proposals.add(PROPOSAL)
            await tables.proposals.add(PROPOSAL)


async def test_the_latest_report_counts(state: State) -> None:
    failed = replace(REPORT, verdict=Verdict.FAILED, at=later(hours=-1))
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
        assert await tables.reports.latest(PROPOSAL.id) is None
        await tables.reports.add(REPORT)
        await tables.reports.add(failed)
        assert await tables.reports.latest(PROPOSAL.id) == failed


async def test_an_approval_is_good_for_its_change_and_report_until_it_expires(
    state: State,
) -> None:
    second = replace(APPROVAL, by="ben", at=later(minutes=1), manifest="[]")
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
        await tables.approvals.add(APPROVAL)
        await tables.approvals.add(second)
        good = tables.approvals.good
        assert await good(APPROVAL.change, APPROVAL.report, NOON) == (APPROVAL, second)
        assert await good(digest_of(b"other"), APPROVAL.report, NOON) == ()
        assert await good(APPROVAL.change, digest_of(b"other"), NOON) == ()
        last = later(hours=1, microseconds=-1)
        assert await good(APPROVAL.change, APPROVAL.report, last) == (APPROVAL, second)
        assert await good(APPROVAL.change, APPROVAL.report, APPROVAL.expires) == ()


async def test_an_approval_is_spent_once(state: State) -> None:
    second = replace(APPROVAL, by="ben", manifest="[]")
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
        await tables.approvals.add(APPROVAL)
        await tables.approvals.add(second)
        await tables.approvals.spend([APPROVAL], DEPLOYMENT.id)
        await tables.deployments.add(DEPLOYMENT)
    async with state.reading() as tables:
        good = await tables.approvals.good(APPROVAL.change, APPROVAL.report, NOON)
        assert good == (second,)
    with pytest.raises(Conflict, match="by anna is used up"):
        async with state.transaction() as tables:
            await tables.approvals.spend([second, APPROVAL], DEPLOYMENT.id)
    async with state.reading() as tables:
        good = await tables.approvals.good(APPROVAL.change, APPROVAL.report, NOON)
        assert good == (second,)


async def test_an_approval_is_spent_on_a_deployment_that_is_there(state: State) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        async with state.transaction() as tables:
            await tables.proposals.add(PROPOSAL)
            await tables.approvals.add(APPROVAL)
            await tables.approvals.spend([APPROVAL], DeploymentId("d-9"))


async def test_the_last_no_counts(state: State) -> None:
    other = replace(REJECTION, by="ben", reason="still too large")
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
        assert await tables.approvals.rejection(PROPOSAL.id) is None
        await tables.approvals.reject(REJECTION)
        await tables.approvals.reject(other)
        assert await tables.approvals.rejection(PROPOSAL.id) == other
