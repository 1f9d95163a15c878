import json
import tomllib

import pytest

from mendloop import assets
from mendloop.interfaces.cli.person import account, actor
from mendloop.policy_file import read_policy
from tests.interfaces.cli.conftest import MANIFEST, Line, Lived


@pytest.mark.promise("cli/approve-needs-a-person")
@pytest.mark.parametrize("mark", ["CLAUDECODE", "AI_AGENT"])
@pytest.mark.parametrize("command", ["approve", "reject", "resume"])
def test_the_desk_refuses_where_the_environment_says_that_an_agent_runs_it(
    lived: Lived, command: str, mark: str
) -> None:
    words = {
        "approve": ("approve", lived.good, "--yes"),
        "reject": ("reject", lived.good, "--reason", "no"),
        "resume": ("resume",),
    }[command]
    assert mark in lived.line.refused(*words, env={mark: "1"})
    events = [each["event"] for each in lived.line.json("audit")["entries"]]
    assert not {"approved", "rejected", "resumed"} & set(events)


@pytest.mark.promise("cli/approve-asks-in-a-terminal")
def test_approve_refuses_where_nobody_can_be_asked(lived: Lived) -> None:
    assert "terminal" in lived.line.refused("approve", lived.good, typed="yes\n")
    events = [each["event"] for each in lived.line.json("audit")["entries"]]
    assert "approved" not in events


def test_what_is_in_place_is_not_approved_again(lived: Lived) -> None:
    lived.line.done("deploy", lived.good)
    result = lived.line("approve", lived.good, "--yes")
    assert (result.exit_code, "is in place already" in result.stderr) == (1, True)


def test_approve_shows_the_change_the_report_and_the_tier_before_it_is_done(lived: Lived) -> None:
    shown = lived.line.done("approve", lived.good, "--yes")
    lines = shown.splitlines()
    assert '+    return round(float(amount.replace(",", "")), 2)' in lines
    assert "-    return round(float(amount), 2)" in lines
    assert "verdict: passed" in lines
    assert any(line.startswith("tier: auto") for line in lines)
    assert lines[-1].startswith(f"approved {lived.good}  by {account()}, good once until ")


def test_approve_as_json_is_the_approval_and_is_bound_to_the_report(lived: Lived) -> None:
    approval = lived.line.json("approve", lived.good, "--yes")
    shown = lived.line.json("show", lived.good)
    assert approval["proposal"] == lived.good
    assert approval["change"] == shown["change"]
    assert approval["report"] == shown["report"]["report"]
    assert approval["by"] == account()
    assert approval["expires"] > approval["at"]


def test_approve_as_json_asks_nothing_and_says_so(lived: Lived) -> None:
    assert "--yes" in lived.line.misused("approve", lived.good, "--json")


def test_approve_refuses_what_was_not_tested(lived: Lived) -> None:
    result = lived.line("approve", lived.other, "--yes")
    assert result.exit_code == 1
    assert "not been tested" in result.stderr
    assert "not tested" in result.stdout


def test_approve_refuses_what_does_not_exist(line: Line) -> None:
    assert "p-22222222" in line.refused("approve", "p-22222222", "--yes")


def test_reject_turns_a_change_down_for_good(lived: Lived) -> None:
    lived.line.done("approve", lived.good, "--yes")
    assert f"rejected {lived.good}" in lived.line.done("reject", lived.good, "--reason", "ugly")
    assert "ugly" in lived.line.refused("deploy", lived.good)
    rejection = lived.line.json("reject", lived.other, "--reason", "no")
    assert (rejection["proposal"], rejection["reason"]) == (lived.other, "no")


def test_resume_ends_a_stop_and_says_which(lived: Lived) -> None:
    lived.line.done("stop", "--reason", "look at this")
    assert "look at this" in lived.line.done("resume")
    assert "nothing was stopped" in lived.line.done("resume")
    assert lived.line.json("resume") == {"resumed": False, "stopped": None}
    lived.line.done("deploy", lived.good)


def test_policy_prints_a_document_that_reads_as_the_policy_in_force(new: Line) -> None:
    (new.workspace / "mendloop.toml").write_text(
        f'{MANIFEST}[policy.tiers]\nbehavior_fix = "approve"\n[policy.limits]\n'
        'deployments_per_hour = 2\n[policy.never]\npaths = ["notes/**"]\n',
        encoding="utf-8",
    )
    text = new.done("policy")
    assert read_policy(tomllib.loads(text)) == new.settings.policy
    assert json.loads(new.done("policy", "--json")) == tomllib.loads(text)
    assert 'behavior_fix = "approve"' in text
    assert "stricter in this workspace's mendloop.toml; shipped: auto" in text
    assert "notes/**" in text


def test_policy_keeps_the_shipped_reasons(new: Line) -> None:
    first, _, rest = new.done("policy").partition("\n")
    assert first == f"# The operator's policy file: {new.settings.operator} (there is none yet)"
    assert rest == assets.text("config/policy.toml")


def test_policy_says_what_the_operator_has_set_and_what_is_stricter_than_that(new: Line) -> None:
    new.settings.operator.write_text("[limits]\ntests_per_hour = 500\n", encoding="utf-8")
    (new.workspace / "mendloop.toml").write_text(
        f'{MANIFEST}[policy.limits]\nrollouts = 2\n[policy.targets]\n"shop.*" = "second"\n',
        encoding="utf-8",
    )
    text = new.done("policy")
    assert read_policy(tomllib.loads(text)) == new.settings.policy
    assert new.settings.policy.budget.tests.most == 500
    assert "set by the operator; shipped: 120" in text
    assert "stricter in this workspace's mendloop.toml; shipped: 8" in text
    assert '"shop.*" = "second"' in text


def test_policy_refuses_a_laxer_wish(new: Line) -> None:
    (new.workspace / "mendloop.toml").write_text(
        '[policy.tiers]\nformula_change = "auto"\n', encoding="utf-8"
    )
    assert "formula_change" in new.refused("policy")


def test_the_person_is_the_account_and_not_what_the_environment_calls_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = account()
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert account() == before
    assert actor({}) == before
    assert actor({"AI_AGENT": "1"}) == "agent"
