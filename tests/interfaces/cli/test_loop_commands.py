import json
from pathlib import Path

import pytest

from mendloop.app.ideas import Strategy
from mendloop.app.ports import silent
from mendloop.app.shared import SHARED
from mendloop.bootstrap import House
from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.answers.repair import GenerateAnswer, ProposeAnswer
from mendloop.interfaces.answers.report import TestAnswer
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.interfaces.calls import look
from mendloop.interfaces.cli.render.progress import watched
from mendloop.interfaces.cli.shell import Shell
from mendloop.model.report import Verdict
from tests.interfaces.cli.conftest import GOOD, SHOP, Line, Lived


def test_status_names_what_waits_and_the_command_that_follows(lived: Lived) -> None:
    shown = lived.line.done("status")
    assert lived.incident in shown
    assert lived.good in shown
    assert shown.splitlines()[-1] == f"next: mendloop test {lived.other}"


def test_status_as_json_is_what_the_tool_answers(line: Line) -> None:
    async def ask(house: House, _progress: object) -> StatusAnswer:
        return await look.status(house.loop)

    told = Shell(workspace=line.workspace, data=line.data, as_json=True).work(ask)
    assert line.done("status", "--json") == told.text() + "\n"


def test_the_common_options_may_stand_on_either_side_of_the_command(line: Line) -> None:
    before = line.done("--json", "status")
    assert json.loads(before) == json.loads(line.done("status", "--json"))


def test_the_workspace_behind_the_command_counts_before_the_one_in_front(
    line: Line, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    shown = line.json("status", "--workspace", str(tmp_path / "empty"))
    assert shown["open_incidents"] == 0
    assert line.json("status")["open_incidents"] > 0


def test_detect_ranks_what_fails(line: Line) -> None:
    answer = line.answer(DetectAnswer, "detect", "--target", "shop.price")
    assert {target for each in answer.incidents for target in each.targets} == {"shop.price"}
    shown = line.done("detect")
    assert "failing" in shown
    assert f"next: mendloop investigate {answer.incidents[0].id}" in shown


def test_detect_looks_no_farther_back_than_it_is_told(line: Line) -> None:
    assert line.answer(DetectAnswer, "detect", "--window-hours", "1").calls > 0
    assert "0.01" in line.misused("detect", "--window-hours", "0")


def test_detect_refuses_a_target_that_nobody_knows(line: Line) -> None:
    assert "shop.cost" in line.refused("detect", "--target", "shop.cost")


@pytest.mark.slow
def test_investigate_takes_an_incident_or_a_target(lived: Lived) -> None:
    by_incident = lived.line.answer(InvestigateAnswer, "investigate", lived.incident)
    assert by_incident.incident == lived.incident
    assert by_incident.reproduced == by_incident.replayed > 0
    shown = lived.line.done("investigate", "shop.price")
    assert "could not convert string to float" in shown
    assert "    7     return round(float(amount), 2)" in shown.splitlines()


def test_investigate_refuses_what_does_not_exist(line: Line) -> None:
    assert "i-22222222" in line.refused("investigate", "i-22222222")


@pytest.mark.slow
def test_fix_finds_and_tests_a_change(lived: Lived) -> None:
    answer = lived.line.answer(GenerateAnswer, "fix", lived.incident)
    assert answer.proposals[0].verdict is Verdict.PASSED
    assert answer.proposals[0].proposal in lived.line.done("status")


@pytest.mark.slow
def test_fix_ends_with_3_where_nothing_passed(line: Line) -> None:
    answer = line.answer(GenerateAnswer, "fix", "shop.total", "--budget", "5", code=3)
    assert not [each for each in answer.proposals if each.verdict is Verdict.PASSED]


def test_fix_refuses_a_strategy_that_there_is_not(line: Line) -> None:
    assert "guessing" in line.refused("fix", "shop.price", "--strategy", "guessing")


def test_propose_takes_whole_files(new: Line) -> None:
    content = new.file("new.py", GOOD)
    answer = new.answer(
        ProposeAnswer, "propose", "shop.price", "--file", f"tools/shop.py={content}", "--why", "it"
    )
    assert answer.files == ["tools/shop.py"]
    assert (new.workspace / "tools/shop.py").read_text(encoding="utf-8") == SHOP


def test_propose_reads_a_file_at_the_same_path_from_the_current_folder(
    new: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy" / "tools"
    copy.mkdir(parents=True)
    (copy / "shop.py").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(copy.parent)
    words = ("propose", "shop.price", "--file", "tools/shop.py", "--why", "it")
    assert new.answer(ProposeAnswer, *words).changed_lines == 1


DIFF = """\
--- a/tools/shop.py
+++ b/tools/shop.py
@@ -6,2 +6,2 @@
     amount = text.strip()
-    return round(float(amount), 2)
+    return round(float(amount.replace(",", "")), 2)
"""


def test_propose_takes_a_diff_from_standard_input_and_knows_a_change_again(new: Line) -> None:
    words = ("propose", "shop.price", "--diff", "-", "--why", "it")
    first = new.answer(ProposeAnswer, *words, typed=DIFF)
    again = new.answer(ProposeAnswer, *words, typed=DIFF)
    assert (first.known, again.known, again.proposal) == (False, True, first.proposal)


def test_propose_takes_texts_to_replace(new: Line) -> None:
    edit = {
        "path": "tools/shop.py",
        "old": "float(amount)",
        "new": 'float(amount.replace(",", ""))',
    }
    edits = new.file("edits.json", json.dumps([edit]))
    words = ("propose", "shop.price", "--why", "it")
    first = new.answer(ProposeAnswer, *words, "--edits", str(edits))
    again = new.answer(ProposeAnswer, *words, "--diff", "-", typed=DIFF)
    assert (again.known, again.proposal) == (True, first.proposal)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "--edits: the whole: Invalid JSON"),
        ("{}", "--edits: the whole: Input should be a valid"),
        ('[{"path": "a", "old": "b"}]', "--edits: 0.new: Field required"),
    ],
)
def test_propose_says_what_is_wrong_with_texts_to_replace(new: Line, text: str, said: str) -> None:
    words = ("propose", "shop.price", "--why", "it", "--edits", "-")
    assert said in new.misused(*words, typed=text)


def test_fix_names_every_strategy_there_is(line: Line) -> None:
    shown = " ".join(line.done("fix", "--help").split())
    assert f"{', '.join(Strategy)} or {SHARED}" in shown


def test_a_diff_that_was_printed_can_be_proposed(lived: Lived) -> None:
    printed = lived.line.done("diff", lived.good)
    diff = lived.line.file("printed.diff", printed)
    answer = lived.line.answer(
        ProposeAnswer, "propose", "shop.price", "--diff", str(diff), "--why", "again"
    )
    assert (answer.known, answer.proposal) == (True, lived.good)


def test_propose_shows_the_tier_and_what_follows(new: Line) -> None:
    content = new.file("new.py", GOOD)
    shown = new.done("propose", "shop.price", "--file", f"tools/shop.py={content}", "--why", "it")
    assert "tier" in shown
    assert "next: mendloop test p-" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("--why", "it"),
        ("--why", "it", "--file", "tools/shop.py", "--diff", "x"),
        ("--why", "it", "--edits", "x", "--diff", "x"),
        ("--why", "it", "--file", "/tools/shop.py=x"),
        ("--why", "it", "--file", "=x"),
        ("--file", "tools/shop.py"),
    ],
)
def test_propose_says_how_it_is_used(new: Line, words: tuple[str, ...]) -> None:
    assert "Usage: mendloop propose" in new.misused("propose", "shop.price", *words)


def test_propose_refuses_a_file_that_cannot_be_read(new: Line) -> None:
    words = ("propose", "shop.price", "--file", "tools/shop.py=missing.py", "--why", "it")
    assert "missing.py cannot be read" in new.refused(*words)


def test_propose_refuses_what_leaves_the_workspace(new: Line) -> None:
    content = new.file("new.py", GOOD)
    words = ("propose", "shop.price", "--file", f"../shop.py={content}", "--why", "it")
    assert "../shop.py" in new.refused(*words)


def test_test_shows_every_check_and_the_verdict_above_the_next_step(lived: Lived) -> None:
    shown = lived.line.done("test", lived.good).splitlines()
    assert "verdict: passed" in shown
    assert shown.index("verdict: passed") == len(shown) - 3
    assert shown[-1] == f"next: mendloop deploy {lived.good}"


@pytest.mark.slow
def test_test_ends_with_3_unless_the_verdict_is_passed(line: Line) -> None:
    worse = SHOP.replace("price * count", "price + count")
    content = line.file("worse.py", worse)
    words = ("propose", "shop.total", "--file", f"tools/shop.py={content}", "--why", "it")
    proposal = line.answer(ProposeAnswer, *words).proposal
    answer = line.answer(TestAnswer, "test", proposal, code=3)
    assert answer.verdict is Verdict.FAILED
    shown = line.done("test", proposal, code=3)
    assert "verdict: failed" in shown
    assert answer.disagreements[0].recorded_call in shown


def test_test_refuses_a_proposal_that_there_is_not(line: Line) -> None:
    assert "p-22222222" in line.refused("test", "p-22222222")


def test_test_takes_modes_with_commas_and_names_one_that_there_is_not(line: Line) -> None:
    assert "'sideways'" in line.refused("test", "p-22222222", "--modes", "static,sideways")
    assert "p-22222222" in line.refused("test", "p-22222222", "--modes", "static, unit")


def test_a_bar_is_shown_on_no_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with watched() as progress:
        assert progress is silent
    assert capsys.readouterr() == ("", "")
