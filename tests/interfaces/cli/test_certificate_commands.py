import json
from pathlib import Path

import pytest

from tests.interfaces.cli.conftest import GOOD, Line, Lived


def kept(lived: Lived, name: str = "certificate.json") -> Path:
    return lived.line.file(name, lived.line.done("show", lived.good, "--certificate"))


def test_a_certificate_is_a_statement_on_the_changed_files(lived: Lived) -> None:
    statement = json.loads(kept(lived).read_text(encoding="utf-8"))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    (subject,) = statement["subject"]
    assert subject["name"] == "tools/shop.py"
    assert set(subject["digest"]) == {"sha256"}
    predicate = statement["predicate"]
    assert predicate["proposal"] == lived.good
    assert predicate["verdict"] == "passed"
    assert {check["name"] for check in predicate["checks"]} >= {"still_right", "mutation"}
    assert predicate.keys() >= {
        "base", "cases", "change", "policy", "report", "oracle", "regression_bound", "seconds",
        "sandbox", "at", "mendloop",
    }  # fmt: skip


@pytest.mark.promise("certificate/any-changed-byte-is-found")
def test_a_certificate_with_any_byte_changed_is_not_what_was_issued(lived: Lived) -> None:
    whole = kept(lived).read_bytes()
    found = lived.line.json("verify", str(kept(lived)))
    assert (found["sound"], found["faults"], found["newest"]) == (True, [], True)
    for place in range(0, len(whole) - 1, 401):
        changed = bytearray(whole)
        changed[place] ^= 1
        path = lived.line.file("changed.json", "")
        path.write_bytes(bytes(changed))
        result = lived.line("--json", "verify", str(path))
        assert result.exit_code == 1, place


def test_a_certificate_says_what_the_workspace_holds(lived: Lived) -> None:
    line, path = lived.line, kept(lived)
    (before,) = line.json("verify", str(path))["subjects"]
    assert (before["workspace"], before["kept"], before["deployed"]) == ("base", "kept", None)
    deployed = line.json("deploy", lived.good)["deployment"]
    (after,) = line.json("verify", str(path))["subjects"]
    assert (after["workspace"], after["deployed"]) == ("new", deployed)
    (line.workspace / "tools/shop.py").write_text(GOOD + "\n# by hand\n", encoding="utf-8")
    (edited,) = line.json("verify", str(path))["subjects"]
    assert edited["workspace"] == "other"
    (line.workspace / "tools/shop.py").unlink()
    (gone,) = line.json("verify", str(path))["subjects"]
    assert gone["workspace"] == "missing"


def test_a_later_test_has_another_certificate(lived: Lived) -> None:
    first = kept(lived)
    lived.line.done("test", lived.good)
    assert lived.line.json("verify", str(first))["newest"] is False
    assert lived.line.json("verify", str(kept(lived, "second.json")))["newest"] is True


def test_a_content_that_was_damaged_is_said(lived: Lived) -> None:
    path = kept(lived)
    digest = json.loads(path.read_text(encoding="utf-8"))["subject"][0]["digest"]["sha256"]
    blob = lived.line.settings.state / "blobs" / digest
    blob.chmod(0o600)
    blob.write_bytes(b"other")
    (subject,) = lived.line.json("verify", str(path))["subjects"]
    assert subject["kept"] == "damaged"


def test_a_person_reads_what_was_found(lived: Lived) -> None:
    shown = lived.line.done("verify", str(kept(lived)))
    assert f"the certificate of {lived.good}" in shown
    assert "is what was issued here" in shown
    assert "holds the version before" in shown


def test_what_is_no_certificate_is_refused(line: Line) -> None:
    for text in ("", "{}", "[1]", "no json", '{"predicate": {"base": 7}}', "[" * 100_000):
        assert "no change certificate" in line.refused("verify", str(line.file("x.json", text)))


def test_a_proposal_that_was_not_tested_has_no_certificate(lived: Lived) -> None:
    assert "Test it first" in lived.line.refused("show", lived.other, "--certificate")
    assert "no proposal" in lived.line.refused("show", lived.incident, "--certificate")
