"""What was kept is read back equal, whatever it is."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.model.approval import Approval, Rejection
from mendloop.model.deployment import Deployment, Version, Watch
from mendloop.model.diagnosis import Diagnosis
from mendloop.model.execution import Execution
from mendloop.model.ids import ExecutionId
from mendloop.model.incident import Incident, IncidentState
from mendloop.model.lesson import Lesson
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report
from mendloop.model.stop import Stopped
from mendloop.model.value import Encoded
from mendloop.store.history import History
from mendloop.store.state import State, Tables
from tests.store import nouns

pytestmark = pytest.mark.anyio
# Each example is a transaction, and how long one takes is the disk's affair.
FEWER = settings(max_examples=50, deadline=None)


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[State]:
    async with State.open(tmp_path_factory.mktemp("round") / "state.db") as opened:
        yield opened


@pytest.fixture(scope="module")
async def calls(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[History]:
    async with History.open(tmp_path_factory.mktemp("round") / "history.db") as opened:
        yield opened


class _Enough(Exception):
    """Ends a transaction without keeping it, so that every example begins with empty tables."""


@asynccontextmanager
async def passing(state: State) -> AsyncGenerator[Tables]:
    with pytest.raises(_Enough):
        async with state.transaction() as tables:
            yield tables
            raise _Enough


@FEWER
@given(noun=nouns.EXECUTIONS)
async def test_an_execution_is_read_back_as_it_was(calls: History, noun: Execution) -> None:
    known = await calls.matching_ids("", 10**6)
    fresh = replace(noun, id=ExecutionId(f"{len(known)}-{noun.id}"))
    assert await calls.add([fresh]) == 1
    assert await calls.get(fresh.id) == fresh


@FEWER
@given(noun=nouns.INCIDENTS, other=nouns.INCIDENTS)
async def test_an_incident_is_read_back_as_it_was(
    kept: State, noun: Incident, other: Incident
) -> None:
    async with passing(kept) as tables:
        await tables.incidents.add(noun)
        assert await tables.incidents.get(noun.id) == noun
        live = noun.state is not IncidentState.RESOLVED
        assert await tables.incidents.live() == ((noun,) if live else ())
        assert await tables.incidents.ended(since=noun.updated) == (() if live else (noun,))
        changed = replace(other, id=noun.id)
        await tables.incidents.update(changed)
        await tables.incidents.store([changed])
        assert await tables.incidents.page(target=other.finding.target, limit=9) == (changed,)


@FEWER
@given(noun=nouns.DIAGNOSES)
async def test_a_diagnosis_is_read_back_as_it_was(kept: State, noun: Diagnosis) -> None:
    async with passing(kept) as tables:
        await tables.diagnoses.put(noun)
        assert await tables.diagnoses.latest(noun.target) == noun


@FEWER
@given(noun=nouns.PROPOSALS)
async def test_a_proposal_is_read_back_as_it_was(kept: State, noun: Proposal) -> None:
    async with passing(kept) as tables:
        await tables.proposals.add(noun)
        assert await tables.proposals.get(noun.id) == noun
        assert await tables.proposals.same_change(noun.change) == noun
        for target in noun.targets:
            assert await tables.proposals.page(target=target, limit=9) == (noun,)


@FEWER
@given(noun=nouns.REPORTS)
async def test_a_report_is_read_back_as_it_was(kept: State, noun: Report) -> None:
    async with passing(kept) as tables:
        await tables.reports.add(noun)
        assert await tables.reports.latest(noun.proposal) == noun


@FEWER
@given(noun=nouns.APPROVALS)
async def test_an_approval_is_read_back_as_it_was(kept: State, noun: Approval) -> None:
    async with passing(kept) as tables:
        await tables.approvals.add(noun)
        assert await tables.approvals.good(noun.change, noun.report, nouns.NOON) == (noun,)


@FEWER
@given(noun=nouns.REJECTIONS)
async def test_a_rejection_is_read_back_as_it_was(kept: State, noun: Rejection) -> None:
    async with passing(kept) as tables:
        await tables.approvals.reject(noun)
        assert await tables.approvals.rejection(noun.proposal) == noun


@FEWER
@given(noun=nouns.DEPLOYMENTS)
async def test_a_deployment_is_read_back_as_it_was(kept: State, noun: Deployment) -> None:
    async with passing(kept) as tables:
        await tables.deployments.add(noun)
        assert await tables.deployments.get(noun.id) == noun
        for target in noun.targets:
            assert await tables.deployments.page(target=target, limit=9) == (noun,)


@FEWER
@given(noun=nouns.WATCHES, other=nouns.WATCHES)
async def test_a_watch_is_read_back_as_it_was(kept: State, noun: Watch, other: Watch) -> None:
    async with passing(kept) as tables:
        await tables.watches.add(noun)
        assert await tables.watches.get(noun.deployment, noun.target) == noun
        changed = replace(other, deployment=noun.deployment, target=noun.target)
        await tables.watches.update(changed)
        assert await tables.watches.of(noun.deployment) == (changed,)


@FEWER
@given(noun=nouns.VERSIONS)
async def test_a_version_is_read_back_as_it_was(kept: State, noun: Version) -> None:
    async with passing(kept) as tables:
        await tables.versions.add(noun)
        assert await tables.versions.get(noun.target, noun.number) == noun


@FEWER
@given(noun=nouns.LESSONS)
async def test_a_lesson_is_read_back_as_it_was(kept: State, noun: Lesson) -> None:
    async with passing(kept) as tables:
        await tables.lessons.add(noun)
        assert await tables.lessons.page(limit=9) == (noun,)
        found = await tables.lessons.for_fingerprints(noun.fingerprints)
        assert found == ((noun,) if noun.fingerprints else ())


@FEWER
@given(noun=nouns.STOPS)
async def test_a_stop_is_read_back_as_it_was(kept: State, noun: Stopped) -> None:
    async with passing(kept) as tables:
        await tables.stop.set(noun)
        assert await tables.stop.current() == noun


@FEWER
@given(
    event=nouns.TEXTS,
    facts=st.dictionaries(nouns.TEXTS, nouns.ENCODED | st.integers() | st.floats(), max_size=4),
    at=nouns.TIMES,
)
async def test_an_audit_entry_is_read_back_as_it_was_returned(
    kept: State, event: str, facts: dict[str, Encoded], at: datetime
) -> None:
    async with passing(kept) as tables:
        entry = await tables.audit.append(event, facts, at=at)
        assert await tables.audit.page(after=0, limit=9) == (entry,)
        check = await tables.audit.verify()
        assert (check.entries, check.broken_at, check.head) == (1, None, entry.digest)
