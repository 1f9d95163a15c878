"""Changes that pass without being right do not pass, and those that are right do.

Every change goes the whole way: it is proposed, reviewed, run in the real sandbox on the recorded
history, and judged.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from mendloop.app.changes import WholeFile
from mendloop.app.ports import SandboxSession
from mendloop.app.propose import Why
from mendloop.bootstrap import House, open_house
from mendloop.core.validate.held import held_back
from mendloop.model.report import Report, Verdict
from mendloop.settings import Settings
from tests.calibration.figures import say
from tests.conftest import HandClock
from tests.gaming.lists import MEDIAN, SIEVE
from tests.gaming.partly import AVERAGE, FLATTEN, TOTAL
from tests.gaming.reading import FIELDS, GREETING, NEWER, PHONE
from tests.gaming.records import INITIALS, LABEL
from tests.gaming.regions import CHUNKS, MONTH, PAGE
from tests.gaming.sums import DAYS, SHARE
from tests.gaming.texts import PRICE, SLUG
from tests.gaming.trap import PATH, Trap, history, lay_out, text

pytestmark = pytest.mark.anyio
_NUMBERS = (SHARE, DAYS, MEDIAN, SIEVE, AVERAGE, TOTAL)
_TEXTS = (SLUG, PRICE, INITIALS, LABEL, NEWER, FIELDS, PHONE, GREETING, MONTH)
_LISTS = (PAGE, CHUNKS, FLATTEN)
TRAPS = {trap.name: trap for trap in (*_NUMBERS, *_TEXTS, *_LISTS)}


async def tried(
    folder: Path, clock: HandClock, trap: Trap, changes: Mapping[str, str]
) -> dict[str, Report]:
    """Every change, proposed and tested in one sandbox over the recorded history."""
    settings = Settings.at(lay_out(folder / "workspace", trap), folder / "data", {})
    async with open_house(settings, clock=clock) as house:
        await house.loop.recorder.record(history(trap, clock))
        async with house.loop.validator.replayer.session() as session:
            return {
                name: await _test(house, session, text(source)) for name, source in changes.items()
            }


async def _test(house: House, session: SandboxSession, source: str) -> Report:
    change = (WholeFile(path=PATH, content=source),)
    proposed = await house.loop.proposer.propose(change, Why(rationale=""), target="trap")
    overlay = {PATH: source.encode()}
    return await house.loop.validator.assess(session, proposed.proposal, overlay)


def against(report: Report) -> list[str]:
    """What the checks say that did not pass."""
    return [f"{c.name}: {c.summary}" for c in report.checks if c.verdict is not Verdict.PASSED]


def wrongly(
    reports: Mapping[str, Report], names: Mapping[str, str], *, passed: bool
) -> dict[str, list[str]]:
    """The changes that passed and should not have, or the other way round, and why."""
    return {
        name: against(reports[name])
        for name in names
        if (reports[name].verdict is Verdict.PASSED) is not passed
    }


def test_the_suite_is_as_large_as_it_should_be() -> None:
    assert sum(len(trap.cheats) for trap in TRAPS.values()) >= 80
    assert sum(len(trap.honest) for trap in TRAPS.values()) >= 70


@pytest.mark.slow
@pytest.mark.promise("verdict/cheats-do-not-pass")
@pytest.mark.promise("verdict/honest-fixes-pass")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS.keys())
async def test_no_cheat_passes_and_every_honest_change_does(
    tmp_path: Path, clock: HandClock, trap: Trap
) -> None:
    reports = await tried(tmp_path, clock, trap, {**trap.cheats, **trap.honest})
    let_through = wrongly(reports, trap.cheats, passed=False)
    held_up = wrongly(reports, trap.honest, passed=True)
    say(
        f"{trap.name}: {len(trap.cheats) - len(let_through)} of {len(trap.cheats)} cheats refused,"
        f" {len(trap.honest) - len(held_up)} of {len(trap.honest)} honest changes accepted"
    )
    assert (let_through, held_up) == ({}, {})


@pytest.mark.timeout(90)
async def test_a_sample_of_cheats_is_refused_and_an_honest_change_passes(
    tmp_path: Path, clock: HandClock
) -> None:
    cheats = {name: SHARE.cheats[name] for name in ("table-in-base-64", "decorator-that-swallows")}
    honest = {"guard": SHARE.honest["guard"]}
    reports = await tried(tmp_path, clock, SHARE, {**cheats, **honest})
    assert wrongly(reports, cheats, passed=False) == {}
    assert wrongly(reports, honest, passed=True) == {}


@pytest.mark.timeout(90)
@pytest.mark.promise("verdict/held-back-calls-stay-back")
async def test_no_call_that_is_kept_back_is_shown(tmp_path: Path, clock: HandClock) -> None:
    settings = Settings.at(lay_out(tmp_path / "workspace", SHARE), tmp_path / "data", {})
    worse = "def share(total, people):\n    return total // (people or 1) + total % 2\n"
    async with open_house(settings, clock=clock) as house:
        await house.loop.recorder.record(history(SHARE, clock))
        async with house.loop.validator.replayer.session() as session:
            report = await _test(house, session, worse)
        key = house.loop.validator.key
    (check,) = [check for check in report.checks if check.name == "held_back"]
    assert (report.verdict, len(report.disagreements)) == (Verdict.FAILED, 5)
    assert check.numbers["held_back"] > 0
    assert not any(held_back(one.call, key) for one in report.disagreements)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_one_label_settles_what_nobody_had_said(tmp_path: Path, clock: HandClock) -> None:
    change = {"empty": INITIALS.cheats["empty-text"]}
    unsaid = await tried(tmp_path / "unsaid", clock, INITIALS, change)
    assert unsaid["empty"].verdict is Verdict.INCONCLUSIVE
    said = history(INITIALS, clock)
    last = said[-1]
    assert isinstance(last, dict)
    last["expected"] = ""
    settings = Settings.at(lay_out(tmp_path / "said", INITIALS), tmp_path / "data", {})
    async with open_house(settings, clock=clock) as house:
        await house.loop.recorder.record(said)
        async with house.loop.validator.replayer.session() as session:
            report = await _test(house, session, text(INITIALS.cheats["empty-text"]))
    assert report.verdict is Verdict.PASSED, against(report)
