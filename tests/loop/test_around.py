import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mendloop.bootstrap import House
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.model.diagnosis import Diagnosis, Layer
from tests.conftest import HandClock
from tests.loop.conftest import SHOP, record, share_history

pytestmark = pytest.mark.anyio
TYPE_ERROR = {
    "type": "AttributeError",
    "message": "'NoneType' object has no attribute 'strip'",
    "frames": [{"file": "tools/shop.py", "line": 13, "function": "label"}],
}


def commit(folder: Path, subject: str, when: str) -> None:
    who = {
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH": os.environ["PATH"], "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when,
    }  # fmt: skip
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", subject)):
        subprocess.run(["git", *arguments], cwd=folder, env=who, check=True)


async def investigated(house: House, calls: list[object]) -> Diagnosis:
    await house.loop.recorder.record(calls)
    [incident, *_] = (await house.loop.detector.detect()).incidents
    return await house.loop.investigator.investigate(incident=incident.id)


async def test_runs_are_compared_where_they_part(house: House, clock: HandClock) -> None:
    around = (await investigated(house, share_history(clock))).around
    assert around.parting is not None
    assert (around.parting.line, around.parting.text) == (8, "return total // people")
    known = {each.name: (each.failing, each.passing) for each in around.parting.locals}
    assert known["people"][0] == "int 0" != known["people"][1]
    assert around.began is not None
    assert [(each.place, each.shape) for each in around.shapes] == [("argument 2", "int zero")]
    assert [(each.attribute, each.value) for each in around.marks] == [("argument 2", "= 0")]


async def test_the_caller_that_sends_another_type_is_found(house: House, clock: HandClock) -> None:
    good = [record(clock, "shop.label", f"n{n}", result=f"N{n}", caller="web") for n in range(60)]
    bad: list[Any] = [
        record(clock, "shop.label", None, outcome="error", error=TYPE_ERROR, caller="batch")
        for _ in range(15)
    ]
    found = await investigated(house, [*good, *bad])
    assert found.layer is Layer.INPUT
    (types,) = found.around.types
    assert (types.place, types.passing) == ("argument 1", "str (60)")
    assert (found.around.marks[0].attribute, found.around.marks[0].value) == ("caller", "batch")


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
async def test_the_commit_of_the_lines_at_fault_comes_first(
    house: House, clock: HandClock, workspace: Path
) -> None:
    shop = workspace / "tools/shop.py"
    shop.write_text(SHOP.replace("total // people", "total / people"), encoding="utf-8")
    commit(workspace, "Small sums", "2025-11-01T00:00:00Z")
    shop.write_text(SHOP, encoding="utf-8")
    commit(workspace, "Whole cents\u202e only", "2026-01-01T00:30:00Z")
    (workspace / "requirements.txt").write_text("x==2\n", encoding="utf-8")
    commit(workspace, "Newer x", "2025-12-30T00:00:00Z")
    shop.write_text(f"# not committed\n{SHOP}", encoding="utf-8")
    around = (await investigated(house, share_history(clock))).around
    assert [(each.what, each.told, each.at_fault) for each in around.changes][:1] == [
        ("commit", "Whole cents\\u202e only", True)
    ]
    assert around.changes[0].seconds_before > 0
    assert ("dependencies", "Newer x") in [(each.what, each.told) for each in around.changes]


async def test_an_answer_says_first_that_nothing_could_be_made_again(
    house: House, clock: HandClock
) -> None:
    crash: dict[str, object] = {"type": "ValueError", "message": "no", "frames": []}
    await house.loop.recorder.record(
        [record(clock, "mail.send", "a", outcome="error", error=crash) for _ in range(5)]
    )
    found = await house.loop.investigator.investigate(target="mail.send")
    answer = InvestigateAnswer.of(found)
    assert answer.recorded_evidence[0].startswith("NOT REPRODUCED: no call made again")


async def test_a_version_that_came_with_the_failures_is_named(
    house: House, clock: HandClock
) -> None:
    calls = share_history(clock)
    for number, call in enumerate(calls):
        assert isinstance(call, dict)
        call["version"] = ("a" if number < 95 else "b") * 64
    around = (await investigated(house, calls)).around
    assert [each.what for each in around.changes] == ["version"]
    assert around.marks
