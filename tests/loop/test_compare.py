from pathlib import Path

import pytest

from mendloop.app.changes import TextEdit
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.errors import NotFound
from mendloop.interfaces.answers.compare import comparison_document
from mendloop.interfaces.answers.documents import incident_document
from mendloop.model.report import Verdict
from tests.conftest import HandClock
from tests.loop.conftest import share_history

pytestmark = pytest.mark.anyio
OLD = "    return total // people\n"
ZERO = "    return total // people if people else 0\n"
SAME = "    return 0 if not people else total // people\n"
NONE = "    return total // people if people else None\n"


async def test_proposals_that_answer_alike_share_a_number_and_an_input_tells_the_others(
    house: House, clock: HandClock, workspace: Path
) -> None:
    await house.loop.recorder.record(share_history(clock))
    [incident, *_] = (await house.loop.detector.detect()).incidents
    for new in (ZERO, SAME, NONE):
        clock.forward(minutes=1)
        edit = TextEdit(path="tools/shop.py", old=OLD, new=new)
        proposed = await house.loop.proposer.propose(
            (edit,), Why(rationale="", incident=incident.id)
        )
        if new == ZERO:
            await house.loop.validator.test(proposed.proposal.id)
    done = await house.loop.comparer.compare(incident.id)
    assert [each.cluster for each in done.attempts] == [1, 2, 2]
    assert [each.report and each.report.verdict for each in done.attempts] == [
        None,
        None,
        Verdict.PASSED,
    ]
    assert done.telling is not None
    assert dict(done.telling.answers) == {1: "null", 2: "0"}
    document = comparison_document(done)
    assert document["telling"]["recorded_call"].endswith(",0],{}]")
    shown = incident_document(incident, None, await house.loop.reader.attempts(incident.id))
    assert [each["verdict"] for each in shown["proposals"]] == [
        "not tested",
        "not tested",
        "passed",
    ]

    path = workspace / "tools/shop.py"
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    later = await house.loop.comparer.compare(incident.id)
    assert [(each.stale, each.cluster) for each in later.attempts] == [(True, None)] * 3


async def test_an_incident_without_proposals_has_nothing_to_compare(
    house: House, clock: HandClock
) -> None:
    await house.loop.recorder.record(share_history(clock))
    [incident, *_] = (await house.loop.detector.detect()).incidents
    assert (await house.loop.comparer.compare(incident.id)).attempts == ()
    with pytest.raises(NotFound):
        await house.loop.comparer.compare("i-22222222")
