"""Every attempt of the table, one by one."""

import re
from collections import Counter

import pytest

from tests.attempts.attempt import Attempt, Ends
from tests.attempts.every import ALL, NOT_STOPPED, STOPPED
from tests.attempts.place import Place

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

_IN = frozenset({"deploy_admitted"})
_YES = frozenset({"approved", "standing_given", "key_added"})


def _rows(attempts: tuple[Attempt, ...]) -> list[object]:
    return [
        pytest.param(each, id=each.name, marks=[pytest.mark.slow] if each.slow else [])
        for each in attempts
    ]


@pytest.mark.promise("approve/attempts-are-refused")
@pytest.mark.parametrize("attempt", _rows(STOPPED))
async def test_an_attempt_gets_nothing_in(place: Place, attempt: Attempt) -> None:
    before = place.tool.read_bytes()

    said = await attempt.act(place)

    assert re.search(attempt.says, said), said
    audited = await place.audited()
    events = Counter(entry.event for entry in audited)
    match attempt.ends:
        case Ends.GATE:
            assert place.tool.read_bytes() == before
            assert audited[-1].event == "deploy_refused"
            assert str(audited[-1].facts["reason_refused"]) in said
        case Ends.DESK:
            assert place.tool.read_bytes() == before
            last = audited[-1].event
            assert last not in _YES, last
            assert place.ask("SELECT count(*) FROM approvals WHERE spent_on IS NULL") == [(0,)]
        case Ends.DOOR | Ends.NOTHING:
            assert place.tool.read_bytes() == before
            assert audited[-1].event not in _IN
        case Ends.UNDONE:
            assert place.tool.read_bytes() == before
            assert audited[-1].event in {"deploy_undone", "deploy_aborted"}
        case Ends.ONCE:
            assert events["deploy_admitted"] == 1
        case Ends.THROUGH:
            raise AssertionError
    if attempt.ends is not Ends.ONCE:
        assert events["deploy_admitted"] == events["rollback_admitted"] + (
            attempt.ends is Ends.UNDONE
        )


@pytest.mark.promise("approve/what-is-not-stopped-is-said")
@pytest.mark.parametrize("attempt", _rows(NOT_STOPPED))
async def test_what_is_said_not_to_be_stopped_is_not(place: Place, attempt: Attempt) -> None:
    before = place.tool.read_bytes()

    said = await attempt.act(place)

    assert re.search(attempt.says, said), said
    assert place.tool.read_bytes() != before


def test_the_table_is_long_and_each_of_its_sentences_is_its_own() -> None:
    assert len(STOPPED) >= 50
    assert len({each.sentence for each in ALL}) == len(ALL)
