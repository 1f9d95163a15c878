"""The project's own tests, run by pytest in the sandbox."""

import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from mendloop.app.changes import TextEdit, WholeFile
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.model.report import Check, Report, Verdict
from tests.conftest import HandClock
from tests.loop.conftest import share_history

pytestmark = pytest.mark.anyio
OLD = "    return total // people\n"
FIX = "    return total // people if people else 0\n"
TESTS = {
    "tests/test_shop.py": """
import pytest
from tools.shop import label, share

def test_whole_share():
    assert share(10, 5) == 2

def test_nobody_shares():
    assert share(7, 0) == 0

def test_wished_for():
    assert share(7, 2) == 3.5

def test_scratch(tmp_path):
    (tmp_path / "a").write_text(label(" x "))
    assert (tmp_path / "a").read_text() == "X"
""",
    "tests/test_other.py": "def test_nothing():\n    assert True\n",
}


def put(workspace: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


async def tried(house: House, new: str, *more: WholeFile) -> Report:
    edit = TextEdit(path="tools/shop.py", old=OLD, new=new)
    proposed = await house.loop.proposer.propose(
        (edit, *more), Why(rationale=""), target="shop.share"
    )
    return await house.loop.validator.test(proposed.proposal.id, modes=["static", "unit"])


def unit(report: Report) -> Check:
    return next(check for check in report.checks if check.name == "unit")


@pytest.mark.promise("verdict/lost-tests-fail-a-change")
async def test_a_test_that_passed_and_fails_now_fails_the_change(
    house: House, workspace: Path
) -> None:
    put(workspace, TESTS)
    report = await tried(house, "    return total // people + 1 if people else 0\n")
    check = unit(report)
    assert (report.verdict, check.verdict) == (Verdict.FAILED, Verdict.FAILED)
    assert "tests/test_shop.py::test_whole_share" in check.summary
    assert report.disagreements[0].call == "tests/test_shop.py::test_whole_share"
    assert "assert 3 == 2" in report.disagreements[0].got


async def test_a_test_that_fails_on_both_versions_is_counted_and_named(
    house: House, workspace: Path
) -> None:
    put(workspace, TESTS)
    check = unit(await tried(house, FIX))
    assert check.verdict is Verdict.PASSED
    assert (check.numbers["files"], check.numbers["failing_on_both"]) == (1, 1)
    assert "test_wished_for" in check.summary
    assert (check.numbers["passing"], check.numbers["newly_passing"]) == (2, 1)


@pytest.mark.promise("verdict/tests-are-run-as-they-were")
async def test_a_change_cannot_change_the_tests_that_it_is_tried_on(
    house: House, workspace: Path
) -> None:
    put(workspace, TESTS)
    report = await tried(
        house,
        "    return total // people + 1 if people else 0\n",
        WholeFile(path="tests/conftest.py", content="collect_ignore = ['test_shop.py']\n"),
        WholeFile(path="pytest.py", content="def main(*args, **more):\n    return 0\n"),
    )
    check = unit(report)
    assert (check.verdict, check.numbers["lost"]) == (Verdict.FAILED, 1)
    assert "Run as they were before the change" in check.summary


async def test_a_process_that_ends_is_blamed_on_its_file_alone(
    house: House, workspace: Path
) -> None:
    more = {
        "tests/test_label.py": "from tools.shop import label\n\ndef test_a():\n    assert label('a') == 'A'\n"
    }
    put(workspace, TESTS | more)
    check = unit(await tried(house, "    import os\n    os._exit(0)\n"))
    assert (check.verdict, check.numbers["lost"], check.numbers["passing"]) == (
        Verdict.FAILED,
        2,
        1,
    )


async def test_without_pytest_the_mode_says_so_and_nothing_passes(
    house: House, workspace: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    manifest = workspace / "mendloop.toml"
    named = f'python = "{tmp_path}/bare/bin/python"\n'
    manifest.write_text(named + manifest.read_text(encoding="utf-8"), encoding="utf-8")
    put(workspace, TESTS)
    check = unit(await tried(house, FIX))
    assert check.verdict is Verdict.INCONCLUSIVE
    assert "has no pytest" in check.summary


WITHOUT_CASES = 'cases = "cases/share.jsonl"\n'


async def whole(house: House, workspace: Path, clock: HandClock, new: str) -> Report:
    """A test in all modes, of a target without declared cases."""
    manifest = workspace / "mendloop.toml"
    text = manifest.read_text(encoding="utf-8").replace(WITHOUT_CASES, "")
    manifest.write_text(text, encoding="utf-8")
    put(workspace, TESTS)
    await house.loop.recorder.record(share_history(clock))
    edit = TextEdit(path="tools/shop.py", old=OLD, new=new)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="shop.share")
    return await house.loop.validator.test(proposed.proposal.id)


@pytest.mark.slow
async def test_a_test_that_newly_passes_is_evidence_once_it_was_seen_to_from_outside(
    house: House, workspace: Path, clock: HandClock
) -> None:
    report = await whole(house, workspace, clock, FIX)
    assert (report.verdict, report.oracle) == (Verdict.PASSED, "expected")
    assert unit(report).numbers["corroborated"] == 1


@pytest.mark.slow
@pytest.mark.promise("verdict/a-forged-pass-carries-nothing")
async def test_a_pass_that_the_change_forges_carries_no_verdict(
    house: House, workspace: Path, clock: HandClock
) -> None:
    forge = (
        "    if not people:\n        import sys\n"
        "        for name, module in list(sys.modules.items()):\n"
        "            if name == '_pytest.runner':\n"
        "                module.check_interactive_exception = print\n"
        "                module.CallInfo.from_call = classmethod(lambda c, f, *a, **m: c(None, None, 0, 0, 0, 'call', _ispytest=True))\n"
        "                raise SystemExit\n        return 5\n" + OLD
    )
    report = await whole(house, workspace, clock, forge)
    assert report.oracle != "expected"
    assert report.verdict is not Verdict.PASSED


@pytest.mark.slow
@pytest.mark.promise("verdict/left-out-modes-do-not-pass")
async def test_a_test_that_left_a_mode_out_does_not_pass(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    edit = TextEdit(path="tools/shop.py", old=OLD, new=FIX)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target="shop.share")
    modes = ["static", "replay", "synthetic", "generated", "performance"]
    report = await house.loop.validator.test(proposed.proposal.id, modes=modes)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert next(check for check in report.checks if check.name == "modes").summary.startswith(
        "Left out as asked for: unit."
    )
