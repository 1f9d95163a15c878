"""Incidents and diagnoses."""

import sqlite3
from dataclasses import replace
from math import isnan
from typing import Any

import pytest

from mendloop.errors import NotFound
from mendloop.model.ids import IncidentId
from mendloop.model.incident import Incident, IncidentKind, IncidentState
from mendloop.store.state import State
from tests.store.nouns import DIAGNOSIS, INCIDENT, QUOTE, TAX, later

pytestmark = pytest.mark.anyio


def incident(
    name: str,
    *,
    priority: float = 1.0,
    kind: IncidentKind = IncidentKind.FAILING,
    state: IncidentState = IncidentState.OPEN,
    minutes: int = 0,
) -> Incident:
    return replace(
        INCIDENT,
        id=IncidentId(name),
        finding=replace(INCIDENT.finding, kind=kind, priority=priority),
        state=state,
        updated=later(minutes=minutes),
    )


async def test_an_incident_that_is_not_there_is_not_found(state: State) -> None:
    async with state.transaction() as tables:
        with pytest.raises(NotFound, match=r"no incident 'i-9'\. detect"):
            await tables.incidents.get(IncidentId("i-9"))
        with pytest.raises(NotFound, match="no incident 'i-1'"):
            await tables.incidents.update(INCIDENT)


async def test_the_same_problem_is_open_once(state: State) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        async with state.transaction() as tables:
            await tables.incidents.add(incident("i-1"))
            await tables.incidents.add(incident("i-2"))
    async with state.transaction() as tables:
        await tables.incidents.add(incident("i-1", state=IncidentState.RESOLVED))
        await tables.incidents.add(incident("i-2"))
        await tables.incidents.add(incident("i-3", kind=IncidentKind.SLOW))
        found = await tables.incidents.find_open(IncidentKind.FAILING, QUOTE)
        assert found == incident("i-2")
        assert await tables.incidents.find_open(IncidentKind.FAILING, TAX) is None
        assert await tables.incidents.find_open(IncidentKind.DEGRADED, QUOTE) is None


async def test_the_page_begins_with_what_is_open_and_most_urgent(state: State) -> None:
    kinds = list(IncidentKind)
    async with state.transaction() as tables:
        for made in (
            incident("i-1", priority=9, state=IncidentState.RESOLVED),
            incident("i-2", priority=2, kind=kinds[0]),
            incident("i-3", priority=5, kind=kinds[1]),
            incident("i-4", priority=2, kind=kinds[2], minutes=1),
            replace(incident("i-5", priority=1), finding=replace(INCIDENT.finding, target=TAX)),
        ):
            await tables.incidents.add(made)

        async def ids(limit: int = 9, **given: Any) -> list[str]:
            page = await tables.incidents.page(limit=limit, **given)
            return [found.id for found in page]

        assert await ids() == ["i-3", "i-5", "i-4", "i-2", "i-1"]
        assert await ids(limit=2) == ["i-3", "i-5"]
        assert await ids(target=QUOTE) == ["i-3", "i-4", "i-2", "i-1"]
        assert await ids(state=IncidentState.RESOLVED) == ["i-1"]
        assert await ids(state=IncidentState.OPEN, target=TAX) == ["i-5"]
        assert await ids(target=TAX, state=IncidentState.RESOLVED) == []


async def test_ids_are_completed_from_their_beginning(state: State) -> None:
    async with state.transaction() as tables:
        for name, kind in zip(("i-7b", "i-7a", "i-8"), IncidentKind, strict=True):
            await tables.incidents.add(incident(name, kind=kind))
        assert await tables.incidents.matching_ids("i-7", 9) == ("i-7a", "i-7b")
        assert await tables.incidents.matching_ids("", 2) == ("i-7a", "i-7b")
        assert await tables.incidents.matching_ids("x", 9) == ()


async def test_a_priority_that_is_no_number_comes_back_so(state: State) -> None:
    async with state.transaction() as tables:
        await tables.incidents.add(incident("i-1", priority=float("nan")))
        found = await tables.incidents.get(IncidentId("i-1"))
    assert isnan(found.finding.priority)


async def test_a_diagnosis_takes_the_place_of_the_one_before(state: State) -> None:
    async with state.transaction() as tables:
        assert await tables.diagnoses.latest(QUOTE) is None
        await tables.diagnoses.put(DIAGNOSIS)
        await tables.diagnoses.put(replace(DIAGNOSIS, target=TAX))
        await tables.diagnoses.put(replace(DIAGNOSIS, why="on second thought"))
        found = await tables.diagnoses.latest(QUOTE)
        assert found == replace(DIAGNOSIS, why="on second thought")
