import json
import shutil

import pytest

from mendloop.interfaces.answers.deploy import DeploymentAnswer, StopAnswer
from mendloop.interfaces.answers.record import RecordAnswer, RunAnswer
from mendloop.interfaces.cli.person import account
from mendloop.model.deployment import DeploymentKind, Progress
from mendloop.model.execution import Outcome
from tests.app.repositories import Repository, begin
from tests.interfaces.cli.conftest import GOOD, SHOP, Line, Lived


def test_deploy_puts_a_tested_change_in_place_under_the_name_of_the_person(lived: Lived) -> None:
    answer = lived.line.answer(DeploymentAnswer, "deploy", lived.good)
    assert (answer.progress, answer.by) == (Progress.COMMITTED, account())
    assert (lived.line.workspace / "tools/shop.py").read_text(encoding="utf-8") == GOOD


def test_deploy_is_noted_as_an_agents_where_an_agent_runs_it(lived: Lived) -> None:
    result = lived.line("deploy", lived.good, "--json", env={"CLAUDECODE": "1"})
    assert json.loads(result.stdout)["by"] == "agent"


def test_deploy_shows_what_was_changed_and_how_to_take_it_back(lived: Lived) -> None:
    shown = lived.line.done("deploy", lived.good)
    assert "committed" in shown
    assert "tools/shop.py" in shown
    assert "mendloop rollback d-" in shown.splitlines()[-1]
    assert "--reason TEXT" in shown.splitlines()[-1]


@pytest.mark.promise("cli/deploy-passes-the-gate")
def test_deploy_refuses_what_was_not_tested_and_changes_nothing(lived: Lived) -> None:
    assert "not been tested" in lived.line.refused("deploy", lived.other)
    assert (lived.line.workspace / "tools/shop.py").read_text(encoding="utf-8") == SHOP


def test_rollback_takes_a_deployment_back(lived: Lived) -> None:
    deployed = lived.line.answer(DeploymentAnswer, "deploy", lived.good)
    back = lived.line.answer(DeploymentAnswer, "rollback", deployed.deployment, "--reason", "no")
    assert (back.kind, back.undoes) == (DeploymentKind.ROLLBACK, deployed.deployment)
    assert (lived.line.workspace / "tools/shop.py").read_text(encoding="utf-8") == SHOP


def test_rollback_brings_a_version_of_a_target_back(lived: Lived) -> None:
    lived.line.done("deploy", lived.good)
    words = ("rollback", "shop.price", "--version", "1", "--reason", "no")
    assert "rollback" in lived.line.done(*words)
    assert (lived.line.workspace / "tools/shop.py").read_text(encoding="utf-8") == SHOP


def test_rollback_needs_a_reason(lived: Lived) -> None:
    assert "--reason" in lived.line.misused("rollback", "shop.price")


def test_rollback_refuses_a_target_that_nothing_was_deployed_to(line: Line) -> None:
    assert "shop.price" in line.refused("rollback", "shop.price", "--reason", "no")


def test_run_calls_the_tool_and_gives_its_own_result(new: Line) -> None:
    answer = new.answer(RunAnswer, "run", "shop.price", '" 3.505 "')
    assert answer.result == pytest.approx(3.5)
    assert answer.execution in new.done("history", "shop.price")


def test_run_takes_arguments_by_name_and_negative_ones_behind_two_dashes(new: Line) -> None:
    answer = new.answer(RunAnswer, "run", "shop.total", "--kwargs", '{"count":2}', "--", "-3")
    assert answer.result == -6


def test_run_ends_with_1_where_the_tool_fails(new: Line) -> None:
    answer = new.answer(RunAnswer, "run", "shop.price", '"3,5"', code=1)
    assert answer.outcome is Outcome.ERROR
    shown = new.done("run", "shop.price", '"3,5"', code=1)
    assert "ValueError: could not convert string to float: '3,5'" in shown
    assert shown.splitlines()[-1] == "next: mendloop detect --target shop.price"


@pytest.mark.parametrize(
    "words", [("three",), ("NaN",), ("--kwargs", "[1]"), ("--kwargs", "{"), ("[" * 5000,)]
)
def test_run_refuses_arguments_that_are_not_json_as_wrong_usage(
    new: Line, words: tuple[str, ...]
) -> None:
    assert "JSON" in new.misused("run", "shop.total", *words)


def test_run_refuses_what_cannot_be_called(new: Line) -> None:
    assert "notes.reply" in new.refused("run", "notes.reply")
    assert "shop.cost" in new.refused("run", "shop.cost")


RECORD = {"target": "shop.total", "outcome": "ok", "args": [1, 2], "result": 2}


@pytest.mark.parametrize(
    "typed",
    [
        json.dumps(RECORD),
        json.dumps([RECORD]),
        json.dumps([RECORD], indent=2),
        json.dumps(RECORD) + "\n\n",
        "\ufeff" + json.dumps(RECORD),
    ],
)
def test_record_reads_one_record_from_standard_input(new: Line, typed: str) -> None:
    answer = new.answer(RecordAnswer, "record", typed=typed)
    assert (answer.new, answer.refused) == (1, [])


def test_record_reads_json_lines_from_a_file(new: Line) -> None:
    file = new.file("calls.jsonl", f"{json.dumps(RECORD)}\n{json.dumps(RECORD)}\n")
    assert new.answer(RecordAnswer, "record", str(file)).new == 2


def test_record_keeps_what_can_be_read_and_names_what_cannot(new: Line) -> None:
    shown = new.done("record", typed=json.dumps([RECORD, {"target": "shop.total"}]))
    assert "1 kept" in shown
    assert "refused" in shown


def test_record_ends_with_1_where_nothing_can_be_read(new: Line) -> None:
    answer = new.answer(RecordAnswer, "record", typed='{"target":1}', code=1)
    assert [each.position for each in answer.refused] == [0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "no record"),
        ("3", "neither a record"),
        (f"{json.dumps(RECORD)}\nnot json\n", "Line 2"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_record_refuses_what_is_no_json(new: Line, typed: str | bytes, said: str) -> None:
    assert said in new.refused("record", typed=typed)


def test_label_says_that_a_result_was_wrong(line: Line) -> None:
    answer = line.answer(RecordAnswer, "label", "t5", "--expected", "null")
    assert answer.labelled is not None
    assert answer.labelled.outcome is Outcome.WRONG
    assert "wrong" in line.done("label", "t6")
    assert "JSON" in line.misused("label", "t7", "--expected", "ten")
    assert "nobody" in line.refused("label", "nobody")


def test_stop_lets_nothing_change_and_says_who_can_go_on(lived: Lived) -> None:
    answer = lived.line.answer(StopAnswer, "stop", "--reason", "something is off")
    assert answer.by == account()
    assert "something is off" in lived.line.refused("deploy", lived.good)
    assert "something is off" in lived.line.done("status")
    assert "mendloop resume" in lived.line.done("stop", "--reason", "again")


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_deploy_commits_where_the_settings_say_so_and_shows_it(lived: Lived) -> None:
    repository = in_a_repository(lived, "commit")

    shown = " ".join(lived.line.done("deploy", lived.good).split())

    head = repository.head()
    assert f"Committed as {head[:12]} on main." in shown
    assert repository.changed() == ["tools/shop.py"]
    done = repository.trailers()["Mendloop-Deployment"]
    assert f"{head[:12]} on main" in lived.line.done("show", done)
    assert json.loads(lived.line.done("show", done, "--json"))["git"]["commit"] == head


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_deploy_hands_over_a_branch_and_says_what_to_do_with_it(lived: Lived) -> None:
    repository = in_a_repository(lived, "branch")

    shown = " ".join(lived.line.done("deploy", lived.good).split())

    assert f"git push -u origin mendloop/{lived.good}" in shown
    assert (repository.folder / "tools/shop.py").read_text(encoding="utf-8") == SHOP
    assert repository.held("tools/shop.py", f"mendloop/{lived.good}") == GOOD.encode()
    repository.git("merge", "-q", f"mendloop/{lived.good}")
    lived.line.done("recover")
    done = repository.trailers()["Mendloop-Deployment"]
    assert json.loads(lived.line.done("show", done, "--json"))["progress"] == "committed"


def test_a_word_that_is_no_way_of_using_git_is_refused_by_name(line: Line) -> None:
    said = line.refused("status", env={"MENDLOOP_DEPLOY__GIT": "push"})
    assert "Setting `deploy.git`" in said


def in_a_repository(lived: Lived, mode: str) -> Repository:
    """Make the workspace a repository, and set how deployments go into it."""
    manifest = lived.line.workspace / "mendloop.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(f'{text}\n[settings.deploy]\ngit = "{mode}"\n', encoding="utf-8")
    return begin(lived.line.workspace)
