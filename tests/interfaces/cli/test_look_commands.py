import json

import pytest

from tests.interfaces.cli.conftest import GOOD, OTHER, SHOP, Line, Lived, propose


def test_history_lists_a_targets_calls_newest_first(line: Line) -> None:
    page = line.json("history", "shop.price", "--limit", "5")
    assert len(page["executions"]) == 5
    assert [each["id"] for each in page["executions"]] == ["f30", "f29", "f28", "f27", "f26"]
    assert '[["30,000.25"],{}]' in line.done("history", "shop.price")


def test_history_takes_outcomes_and_a_time(line: Line) -> None:
    words = ("history", "shop.price", "--outcome", "ok", "--limit", "100")
    assert {each["outcome"] for each in line.json(*words)["executions"]} == {"ok"}
    assert line.json("history", "shop.price", "--outcome", "timeout")["executions"] == []
    late = ("history", "shop.price", "--since", "2999-01-01T00:00")
    assert line.json(*late)["executions"] == []
    assert "no such calls" in line.done(*late)
    assert line.json("history", "shop.price", "--since", "2001-01-01T00:00+02:00")["executions"]


@pytest.mark.parametrize(
    "words", [("--since", "yesterday"), ("--outcome", "fine"), ("--limit", "0")]
)
def test_history_says_how_it_is_used(line: Line, words: tuple[str, ...]) -> None:
    assert words[0] in line.misused("history", "shop.price", *words)


def test_history_refuses_a_target_that_nobody_knows(line: Line) -> None:
    assert "shop.cost" in line.refused("history", "shop.cost")


def test_show_tells_records_by_their_ids(lived: Lived) -> None:
    deployed = lived.line.json("deploy", lived.good)["deployment"]
    assert lived.line.json("show", lived.incident)["targets"] == ["shop.price"]
    assert lived.line.json("show", lived.good)["report"]["verdict"] == "passed"
    assert lived.line.json("show", lived.other)["report"] is None
    assert lived.line.json("show", deployed)["progress"] == "committed"
    assert lived.line.json("show", "f1")["error"]["type"] == "ValueError"


def test_show_gives_a_person_all_there_is(lived: Lived) -> None:
    deployed = lived.line.json("deploy", lived.good)["deployment"]
    assert "failing" in lived.line.done("show", lived.incident)
    assert "verdict: passed" in lived.line.done("show", lived.good)
    assert "not tested" in lived.line.done("show", lived.other)
    shown = lived.line.done("show", deployed)
    assert "watching" in shown
    assert "+++ b/tools/shop.py" in shown
    assert "traceback" in lived.line.done("show", "f1")


@pytest.mark.slow
def test_show_of_an_incident_shows_its_diagnosis(lived: Lived) -> None:
    lived.line.done("investigate", lived.incident)
    assert lived.line.json("show", lived.incident)["diagnosis"]["target"] == "shop.price"
    assert "smallest inputs that fail" in lived.line.done("show", lived.incident)


@pytest.mark.parametrize("named", ["i-22222222", "p-22222222", "d-22222222", "x-22222222", "?"])
def test_show_refuses_what_does_not_exist(line: Line, named: str) -> None:
    assert named in line.refused("show", named)


def test_diff_compares_the_versions_of_a_target(lived: Lived) -> None:
    lived.line.done("deploy", lived.good)
    forth = lived.line.done("diff", "shop.price", "--from", "1", "--to", "2")
    assert forth == lived.line.done("diff", lived.good)
    back = lived.line.done("diff", "shop.price", "--from", "2", "--to", "1")
    assert "-    return round(float(amount.replace(" in back
    shown = lived.line.json("diff", "shop.price", "--from", "1", "--to", "2")
    assert shown["files"][0]["diff"].startswith("--- a/tools/shop.py\n+++ b/tools/shop.py\n@@")
    assert "no version 3" in lived.line.refused("diff", "shop.price", "--from", "1", "--to", "3")


def test_diff_of_two_versions_with_the_same_bytes_says_so(lived: Lived) -> None:
    lived.line.done("deploy", lived.good)
    lived.line.done("rollback", "shop.price", "--reason", "to see")
    assert "the two are the same" in lived.line.done("diff", "shop.price", "1", "3")


def test_status_has_the_head_of_the_audit_as_verify_asks_for_it(lived: Lived) -> None:
    shown = lived.line.done("status")
    [head] = [line.split()[-1] for line in shown.splitlines() if "audit head" in line]
    assert "none was changed" in lived.line.done("audit", "verify", "--expect", head)


def test_diff_shows_what_a_deployment_changed(lived: Lived) -> None:
    deployed = lived.line.json("deploy", lived.good)["deployment"]
    assert lived.line.done("diff", deployed) == lived.line.done("diff", lived.good)


@pytest.mark.parametrize("words", [("shop.price",), ("shop.price", "--from", "1")])
def test_diff_says_how_it_is_used(line: Line, words: tuple[str, ...]) -> None:
    assert "Usage: mendloop diff" in line.misused("diff", *words)


def test_a_diff_keeps_blanks_and_the_lack_of_a_last_line_end(new: Line) -> None:
    proposal = propose(new, "shop.total", OTHER.rstrip("\n") + "  ")
    assert new.done("diff", proposal).splitlines()[-2:] == [
        "+    return count * price  ",
        "\\ No newline at end of file",
    ]


def test_versions_count_from_what_stood_there_first(lived: Lived) -> None:
    assert "nothing was deployed" in lived.line.done("versions", "shop.price")
    lived.line.done("deploy", lived.good)
    listed = lived.line.json("versions", "shop.price")["versions"]
    assert [each["number"] for each in listed] == [2, 1]
    assert listed[0]["deployment"] in lived.line.done("versions", "shop.price")
    assert "shop.cost" in lived.line.refused("versions", "shop.cost")


@pytest.mark.slow
def test_audit_lists_the_newest_entries(lived: Lived) -> None:
    for number in range(21):
        lived.line.done("stop", "--reason", f"number {number}")
    entries = lived.line.json("audit")["entries"]
    assert len(entries) == 20
    assert entries[-1]["facts"]["reason"] == "number 20"
    assert "number 20" in lived.line.done("audit")


def test_audit_export_is_every_entry_as_json_lines(lived: Lived) -> None:
    exported = [json.loads(each) for each in lived.line.done("audit", "export").splitlines()]
    assert [each["seq"] for each in exported] == list(range(1, len(exported) + 1))
    assert {"incident_opened", "proposed", "tested"} <= {each["event"] for each in exported}


def test_audit_verify_recomputes_the_chain(lived: Lived) -> None:
    check = lived.line.json("audit", "verify")
    assert (check["broken_at"], check["entries"]) == (
        None,
        lived.line.json("status")["audit_entries"],
    )
    assert "none was changed" in lived.line.done("audit", "verify")


def test_audit_verify_finds_a_head_that_was_noted_before(lived: Lived) -> None:
    status = lived.line.json("status")
    known = f"{status['audit_entries']}:{status['audit_head']}"
    assert lived.line.json("audit", "verify", "--expect", known)["noted"]
    lived.line.done("stop", "--reason", "one more entry")
    assert lived.line.json("audit", "verify", "--expect", known)["noted"]
    other = f"{status['audit_entries'] + 2}:{status['audit_head']}"
    check = lived.line.json("audit", "verify", "--expect", other, code=1)
    assert (check["noted"], check["broken_at"]) == (False, None)
    assert "cut off or written anew" in lived.line.done(
        "audit", "verify", "--expect", other, code=1
    )
    assert "12:5f0" in lived.line.misused("audit", "verify", "--expect", "12")


def test_audit_says_how_it_is_used(line: Line) -> None:
    assert "Usage: mendloop audit" in line.misused("audit", "erase")


def test_looking_changes_nothing(lived: Lived) -> None:
    before = lived.line.json("status")["audit_head"]
    for words in (
        ("history", "shop.price"),
        ("show", lived.good),
        ("diff", lived.good),
        ("audit",),
    ):
        lived.line.done(*words)
    assert lived.line.json("status")["audit_head"] == before
    assert (lived.line.workspace / "tools/shop.py").read_text(encoding="utf-8") == SHOP


def test_a_rollback_that_took_a_new_file_away_can_be_shown(lived: Lived) -> None:
    price = lived.line.file("price.py", GOOD)
    helper = lived.line.file("helper.py", "LIMIT = 3\n")
    files = ("--file", f"tools/shop.py={price}", "--file", f"tools/helper.py={helper}")
    proposal = lived.line.json("propose", "shop.price", *files, "--why", "it")["proposal"]
    lived.line.done("test", proposal)
    lived.line.done("approve", proposal, "--yes")
    deployed = lived.line.json("deploy", proposal)["deployment"]
    back = lived.line.json("rollback", deployed, "--reason", "no")["deployment"]
    assert not (lived.line.workspace / "tools/helper.py").exists()
    shown = lived.line.done("show", back)
    assert "+++ /dev/null" in shown
    assert "-LIMIT = 3" in shown


def test_compare_lists_the_proposals_of_an_incident(lived: Lived) -> None:
    shown = lived.line.json("compare", lived.incident)
    assert shown["incident"] == lived.incident
    listed = {each["id"]: each["verdict"] for each in shown["proposals"]}
    assert listed[lived.good] == "passed"
    text = lived.line.done("compare", lived.incident)
    assert lived.good in text
    assert "passed" in text
