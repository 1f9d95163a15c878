from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mendloop.core.detect import life
from mendloop.core.detect.life import Event, identity, known_as
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState, settled

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def finding(priority: float = 10.0, **fields: Any) -> Finding:
    made = Finding(
        kind=IncidentKind.FAILING,
        target=TargetName("pricing.quote"),
        summary="",
        priority=priority,
        numbers={},
    )
    return replace(made, **fields)


def opened(found: Finding | None = None) -> Incident:
    return life.opened(IncidentId("i-1"), found or finding(), now=NOW).incident


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def outage(first: float, last: float, *, kind: str = "abc", target: str = "a") -> Finding:
    return finding(
        kind=IncidentKind.CORRELATED,
        target=TargetName(target),
        key=life.outage_key(kind, int(first)),
        numbers={"since": first, "until": last},
    )


def test_a_muted_incident_is_updated_and_not_heard_of() -> None:
    quiet = life.muted(opened(), hours(8), now=hours(1))
    assert (quiet.event, quiet.incident.state) == (Event.MUTED, IncidentState.MUTED)
    seen = life.seen(quiet.incident, finding(priority=19.0), now=hours(2))
    assert seen.event is None
    assert (seen.incident.state, seen.incident.finding.priority) == (IncidentState.MUTED, 19.0)


def test_it_is_heard_of_again_when_its_time_is_over() -> None:
    quiet = life.muted(opened(), hours(8), now=hours(1)).incident
    seen = life.seen(quiet, finding(), now=hours(8))
    assert (seen.event, seen.why) == (Event.UNMUTED, "its time is over")
    assert (seen.incident.state, seen.incident.muted_until) == (IncidentState.OPEN, None)


@pytest.mark.parametrize(
    ("before", "now", "state"),
    [
        (10, 20, IncidentState.OPEN),
        (10, 19.9, IncidentState.MUTED),
        (0, 1.9, IncidentState.MUTED),  # hurts hardly any call, however much more than none
        (0, 2, IncidentState.OPEN),
        (0.1, 0.3, IncidentState.MUTED),
    ],
)
def test_it_is_heard_of_again_when_it_has_doubled(
    before: float, now: float, state: IncidentState
) -> None:
    quiet = life.muted(opened(finding(before)), None, now=NOW).incident
    grown = life.seen(quiet, finding(before), now=hours(1)).incident
    assert life.seen(grown, finding(now), now=hours(2)).incident.state is state


def test_what_was_muted_for_a_time_stays_so_when_it_comes_back_within_it() -> None:
    quiet = life.muted(opened(), hours(20), now=hours(1)).incident
    over = life.ended(quiet, "recovered", now=hours(2)).incident
    back = life.again(over, finding(), now=hours(3))
    assert (back.event, back.incident.state) == (Event.REOPENED, IncidentState.MUTED)
    assert (back.incident.reopened, back.incident.ended) == (1, "")
    assert life.again(over, finding(), now=hours(21)).incident.state is IncidentState.OPEN


def test_what_was_muted_while_it_lasts_is_heard_of_when_it_comes_back() -> None:
    quiet = life.muted(opened(), None, now=hours(1)).incident
    over = life.ended(quiet, "recovered", now=hours(2)).incident
    assert life.again(over, finding(), now=hours(3)).incident.state is IncidentState.OPEN


def test_what_comes_back_within_a_day_is_the_same() -> None:
    over = life.ended(opened(), "recovered", now=hours(2)).incident
    assert life.comes_back(over, now=hours(26))
    assert not life.comes_back(over, now=hours(26.1))


def test_what_a_person_has_ended_is_the_same_whenever_it_comes_back() -> None:
    quiet = life.muted(opened(), hours(99), now=hours(1)).incident
    over = life.ended_by_person(quiet, "anna", "restarted", now=hours(2)).incident
    assert over.ended == "person anna: restarted"
    assert settled(over)
    assert life.comes_back(over, now=hours(1_000))
    assert life.again(over, finding(), now=hours(3)).incident.state is IncidentState.OPEN


def test_shared_problems_go_by_their_key_and_others_by_their_target_too() -> None:
    one = finding(kind=IncidentKind.DUPLICATE, key="code 1")
    assert identity(one) == identity(replace(one, target=TargetName("another")))
    error = finding(kind=IncidentKind.RECURRING, key="abc")
    assert identity(error) != identity(replace(error, target=TargetName("another")))
    assert identity(error) != identity(replace(error, key="def"))


def test_an_outage_that_grows_is_the_same() -> None:
    known = [opened(outage(6_000, 9_000))]
    for first, last in ((6_000, 12_000), (5_700, 9_000), (10_500, 12_000), (3_000, 4_500)):
        assert known_as(outage(first, last, target="0"), known).key == "abc@6000"


def test_another_outage_is_another() -> None:
    known = [opened(outage(6_000, 9_000))]
    assert known_as(outage(11_100, 12_000), known).key == "abc@11100"
    assert known_as(outage(6_000, 9_000, kind="def"), known).key == "def@6000"
    code = finding(kind=IncidentKind.CORRELATED, key="frame a.py:f")
    assert known_as(code, known) == code
    assert known_as(outage(1, 2), [opened(code)]).key == "abc@1"
