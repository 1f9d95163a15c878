"""Leave given beforehand, on the command line."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.interfaces.cli.conftest import Line, Lived
from tests.interfaces.cli.test_terminal import terminal

TERMS = """\
kinds = ["behavior_fix"]
targets = ["shop.*"]
paths = ["tools/*.py"]
"""
STRICTER = '\n[policy.tiers]\nbehavior_fix = "approve"\n'


@pytest.fixture
def strict(lived: Lived) -> Lived:
    """Where every repair needs a person."""
    manifest = lived.line.workspace / "mendloop.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + STRICTER, encoding="utf-8")
    return lived


def terms(line: Line, more: str = "") -> str:
    return str(line.file("terms.toml", TERMS + more))


def test_what_is_covered_deploys_and_says_by_what(strict: Lived) -> None:
    line = strict.line
    given = line.json("standing", "new", terms(line), "--yes")["id"]

    [listed] = line.json("standing")["standing"]
    assert (listed["id"], listed["in_force"], listed["left_now"]) == (given, True, 2)
    assert given in line.json("status")["standing"][0]
    assert given in line.done("status")
    assert f"{given} by" in line.done("doctor", code=line("doctor").exit_code)
    done = line.json("deploy", strict.good)
    assert f"standing approval {given} of" in done["next"]
    assert line.json("standing")["standing"][0]["used"] == 1


def test_a_revoked_one_is_listed_as_such_and_covers_nothing(strict: Lived) -> None:
    line = strict.line
    given = line.json("standing", "new", terms(line), "--yes")["id"]
    assert "revoked" in line.done("standing", "revoke", given)
    assert "does not count: it was revoked" in line.done("standing")
    assert "standing" not in line.json("status")
    assert "needs the approval" in line.refused("deploy", strict.good)
    assert "no standing approval" in line.refused("standing", "revoke", "s-none")


@pytest.mark.promise("cli/approve-needs-a-person")
@pytest.mark.parametrize("action", ["new", "add"])
def test_an_agent_gives_none(strict: Lived, action: str) -> None:
    line = strict.line
    words = ("standing", action, terms(line), "--yes")
    assert "an agent" in line.refused(*words, env={"CLAUDECODE": "1"})
    assert line.json("standing")["standing"] == []


@pytest.mark.promise("cli/approve-asks-in-a-terminal")
def test_a_person_is_asked_and_any_other_word_is_a_no(strict: Lived) -> None:
    line = strict.line
    assert "terminal" in line.refused("standing", "new", terms(line))
    shown, code = terminal(line, "standing", "new", terms(line), typed=b"y\n")
    assert (code, line.json("standing")["standing"]) == (1, [])
    assert "2 a day, 10 in all" in shown
    _, code = terminal(line, "standing", "new", terms(line), typed=b"yes\n")
    assert (code, len(line.json("standing")["standing"])) == (0, 1)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH's client")
def test_what_ssh_keygen_signs_is_taken_as_well(strict: Lived, tmp_path: Path) -> None:
    line, document = strict.line, tmp_path / "standing.json"
    line.done("standing", "new", terms(line), "--yes", "--document", str(document))
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "mendloop-standing/1", "-f", str(line.key),
         str(document)],
        check=True, capture_output=True,
    )  # fmt: skip
    given = line.json("standing", "add", str(document))
    assert given["id"] in line.done("standing")
    assert "handed in before" in line.refused("standing", "add", str(document))


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("per_day = 0", "per_day"), ("days = 91", "days"), ('verdict = "failed"', "verdict"),
        ("kind = 1", "kind"), ("=", "no TOML"), ('oracle = "hope"', "oracle"),
    ],
)  # fmt: skip
def test_terms_that_are_wrong_are_refused_by_name(strict: Lived, more: str, named: str) -> None:
    line = strict.line
    assert named in line.refused("standing", "new", terms(line, more), "--yes")


def test_a_misuse_is_one(line: Line) -> None:
    assert "name" in line.misused("standing", "new")
    assert "name" in line.misused("standing", "revoke")
    assert "--yes" in line.misused("--json", "standing", "new", terms(line))


def test_a_rejection_is_shown_with_its_reason_and_no_test_is_run(lived: Lived) -> None:
    line = lived.line
    line.done("reject", lived.good, "--reason", "prices are never rounded")
    shown = line.json("show", lived.good)["rejected"]
    assert shown["recorded_reason"] == "prices are never rounded"
    assert "prices are never rounded" in line.done("show", lived.good)
    assert "prices are never rounded" in line.refused("test", lived.good)
    assert "prices are never rounded" in line.refused("deploy", lived.good)
