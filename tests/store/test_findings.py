"""Incidents and diagnoses."""

import sqlite3
from dataclasses import replace
from importlib.resources import files
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from mendloop.errors import NotFound
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import Incident, IncidentKind, IncidentState
from mendloop.store.columns import put_time
from mendloop.store.state import State
from tests.store.nouns import DIAGNOSIS, INCIDENT, NOON, QUOTE, TAX, later

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
        found = await tables.incidents.page(state=IncidentState.OPEN, target=QUOTE, limit=9)
        assert {each.id for each in found} == {"i-2", "i-3"}


@pytest.mark.parametrize("second", [IncidentState.OPEN, IncidentState.MUTED])
@pytest.mark.parametrize(
    ("kind", "target", "key"),
    [
        (IncidentKind.RECURRING, QUOTE, "abc"),
        (IncidentKind.CORRELATED, TAX, "abc"),  # shared ones go by their key
        (IncidentKind.DUPLICATE, TAX, "abc"),
    ],
)
async def test_what_lasts_has_one_incident_heard_of_or_not(
    state: State, second: IncidentState, kind: IncidentKind, target: TargetName, key: str
) -> None:
    finding = replace(INCIDENT.finding, kind=kind, key="abc")
    async with state.transaction() as tables:
        await tables.incidents.add(replace(INCIDENT, finding=finding))
    again = replace(
        INCIDENT,
        id=IncidentId("i-2"),
        state=second,
        finding=replace(finding, target=target, key=key),
    )
    with pytest.raises(sqlite3.IntegrityError):
        async with state.transaction() as tables:
            await tables.incidents.add(again)
    async with state.transaction() as tables:
        other_key = replace(again, finding=replace(again.finding, key="def"))
        await tables.incidents.store([other_key, replace(other_key, reopened=1)])
        assert {found.id for found in await tables.incidents.live()} == {"i-1", "i-2"}


async def test_what_ended_of_late_or_by_a_person_can_be_found_again(state: State) -> None:
    ended = (
        incident("i-1", state=IncidentState.RESOLVED, minutes=-9),
        incident("i-2", state=IncidentState.RESOLVED, minutes=-1),
        replace(incident("i-3", state=IncidentState.RESOLVED, minutes=-8), ended="person anna: so"),
        replace(incident("i-4", state=IncidentState.RESOLVED, minutes=0), ended="person anna: so"),
    )
    async with state.transaction() as tables:
        await tables.incidents.store(ended)
        await tables.incidents.add(incident("i-5"))
        found = await tables.incidents.ended(since=later(minutes=-1))
        assert [each.id for each in found] == ["i-4", "i-2", "i-3"]
        assert [each.id for each in await tables.incidents.live()] == ["i-5"]


async def test_it_is_known_since_when_a_target_is_declared(state: State) -> None:
    async with state.transaction() as tables:
        await tables.incidents.declare([QUOTE, TAX], [], at=NOON)
        await tables.incidents.declare([QUOTE], [TAX], at=later(days=1))
        assert await tables.incidents.declared() == {QUOTE: NOON}
        await tables.incidents.declare([TAX], [], at=later(days=2))
        assert await tables.incidents.declared() == {QUOTE: NOON, TAX: later(days=2)}


async def test_a_database_of_before_keeps_its_incidents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = "0001_state.sql"
    old = tmp_path / "package" / "migrations" / "state"
    old.mkdir(parents=True)
    shipped = files("mendloop.store") / "migrations" / "state" / first
    (old / first).write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")

    def found(_: str) -> Path:
        return tmp_path / "package"

    with monkeypatch.context() as patched:
        patched.setattr("mendloop.store.migrate.files", found)
        async with (
            State.open(tmp_path / "state.db") as before,
            before.database.transaction() as statements,
        ):
            for name, kept in (("i-1", "open"), ("i-2", "resolved")):
                await statements.fetch(
                    "INSERT INTO incidents VALUES (?, 'failing', ?, ?, 3.5, ?, ?, ?, ?, ?)",
                    name, QUOTE, kept, "12 of 40 calls fail",
                    '{"calls":40.0,"failures":12.0}', '["abc"]', put_time(NOON), put_time(NOON),
                )  # fmt: skip
    async with State.open(tmp_path / "state.db") as now, now.reading() as tables:
        assert await tables.incidents.get(IncidentId("i-1")) == INCIDENT
        assert [each.id for each in await tables.incidents.live()] == ["i-1"]
        [ended] = await tables.incidents.ended(since=NOON)
        assert ended == incident("i-2", priority=3.5, state=IncidentState.RESOLVED)


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
        for name, kind in zip(("i-7b", "i-7a", "i-8"), IncidentKind, strict=False):
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
