"""Files that were changed outside the loop, as a person meets them at the command line."""

from pathlib import Path

import pytest

from mendloop.interfaces.answers.deploy import DeploymentAnswer
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.model.ids import digest_of
from tests.interfaces.cli.conftest import Line

REPLY = "notes/reply.md"


@pytest.fixture
def edited(line: Line) -> Path:
    line.done("status")
    path = line.workspace / REPLY
    path.write_text("Somebody else wrote this.\n", encoding="utf-8")
    return path


def test_status_and_versions_say_what_was_changed(line: Line, edited: Path) -> None:
    assert edited.exists()
    assert line.answer(StatusAnswer, "status").drifted == ["notes.reply"]
    shown = line.done("status")
    assert "changed outside the loop" in shown
    document = line.json("versions", "notes.reply")
    assert document["drifted"] is True
    assert "mendloop adopt notes.reply" in line.done("versions", "notes.reply")


def test_what_nobody_has_changed_is_in_no_list(line: Line) -> None:
    assert line.answer(StatusAnswer, "status").drifted is None
    assert "changed outside" not in line.done("status")
    assert "is as the loop knows it" in line.refused("adopt", "notes.reply")


def test_an_edit_is_adopted_and_the_two_versions_are_told_apart(line: Line, edited: Path) -> None:
    done = line.json("adopt", "notes.reply")
    assert [each["path"] for each in done["adopted"]] == [REPLY]
    assert edited.read_text(encoding="utf-8") == "Somebody else wrote this.\n"

    newest, first = line.json("versions", "notes.reply")["versions"]
    assert (newest["by"], newest["parent"], newest["in_place"]) == ("person", 1, True)
    assert (first["number"], first["in_place"], first["report"]) == (1, False, None)
    shown = line.done("versions", "notes.reply")
    assert "in place" in shown
    assert "drifted" not in shown
    difference = line.done("diff", "notes.reply", "1", "2")
    assert "+Somebody else wrote this." in difference
    assert difference == line.done("diff", "notes.reply", "--from", "1", "--to", "2")

    back = line.answer(
        DeploymentAnswer, "rollback", "notes.reply", "--to", "1", "--reason", "it was better"
    )
    assert back.targets == ["notes.reply"]
    assert line.answer(StatusAnswer, "status").drifted is None


def test_an_edit_is_undone(line: Line, edited: Path) -> None:
    done = line.answer(DeploymentAnswer, "restore", "notes.reply")

    assert (done.kind, done.targets) == ("rollback", ["notes.reply"])
    restored, was_edited = line.json("versions", "notes.reply")["versions"]
    assert (was_edited["by"], was_edited["in_place"], restored["in_place"]) == (
        "unknown",
        False,
        True,
    )
    assert digest_of(edited.read_bytes()) == restored["digest"] != was_edited["digest"]
    assert line.answer(StatusAnswer, "status").drifted is None


def test_adopting_tells_a_person_the_new_versions(line: Line, edited: Path) -> None:
    assert edited.exists()
    shown = line.done("adopt", "notes.reply")
    assert f"adopted  {REPLY}" in shown
    assert "next: mendloop diff notes.reply 1 2" in shown


@pytest.mark.promise("drift/needs-a-person")
@pytest.mark.parametrize("verb", ["adopt", "restore"])
def test_no_agent_decides_about_an_edit(line: Line, edited: Path, verb: str) -> None:
    refused = line.refused(verb, "notes.reply", env={"CLAUDECODE": "1"})

    assert "a person's decision" in refused
    assert edited.read_text(encoding="utf-8") == "Somebody else wrote this.\n"
    assert line.answer(StatusAnswer, "status").drifted == ["notes.reply"]


def test_one_version_alone_is_no_difference(line: Line) -> None:
    assert "two versions belong together" in line.misused("diff", "notes.reply", "1")
    assert "name two versions" in line.misused("diff", "notes.reply")


def test_maintain_says_first_and_then_does_what_brings_all_into_step(
    line: Line, edited: Path
) -> None:
    assert edited.exists()
    manifest = line.workspace / "mendloop.toml"
    with manifest.open("a", encoding="utf-8") as file:
        file.write('\n[targets."notes.more"]\nsource = "notes/more.md"\n')
    (line.workspace / "notes/more.md").write_text("More.\n", encoding="utf-8")

    planned = line.json("maintain", "--dry-run")
    assert planned["synced"]["added"] == ["notes.more"]
    shown = line.done("maintain")
    assert "targets that are new" in shown
    assert "mendloop adopt notes.reply, or mendloop restore notes.reply" in shown
    assert line.json("maintain")["synced"]["added"] == []


def test_maintain_goes_on_without_a_manifest_that_can_be_read(line: Line) -> None:
    (line.workspace / "mendloop.toml").write_text("[targets.odd]\nsource = 3\n", encoding="utf-8")

    assert "mendloop.toml cannot be read: nothing was compared with it" in line.done("maintain")
    assert line.json("maintain")["synced"] is None
