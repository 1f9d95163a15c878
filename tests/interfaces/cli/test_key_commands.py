"""Keys: made, registered, used, taken away."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mendloop.adapters.signing.private import new_key
from mendloop.interfaces.cli.person import account
from tests.interfaces.cli.conftest import Line, Lived
from tests.interfaces.cli.test_terminal import terminal


def approved(line: Line) -> int:
    return [each["event"] for each in line.json("audit")["entries"]].count("approved")


def test_without_a_key_nothing_is_approved_and_the_way_to_one_is_named(lived: Lived) -> None:
    lived.line.key.unlink()
    result = lived.line("approve", lived.good, "--yes")
    assert result.exit_code == 1
    assert "`mendloop keys new`" in result.stderr
    assert approved(lived.line) == 0


def test_a_key_that_is_not_registered_approves_nothing(lived: Lived) -> None:
    register = lived.line.settings.signers
    register.write_text("", encoding="utf-8")
    result = lived.line("approve", lived.good, "--yes")
    assert result.exit_code == 1
    assert "is not registered" in result.stderr
    assert approved(lived.line) == 0


def test_the_keys_are_listed_with_their_fingerprints(lived: Lived) -> None:
    [key] = lived.line.json("keys")["keys"]
    assert key["name"] == account()
    assert key["key"].startswith("SHA256:")
    assert key["key"] in lived.line.done("keys")
    added = [each for each in lived.line.json("audit")["entries"] if each["event"] == "key_added"]
    assert [each["facts"]["key"] for each in added] == [key["key"]]


def test_a_line_without_keys_says_how_to_make_one(new: Line) -> None:
    assert "mendloop keys new" in new.done("keys")


@pytest.mark.promise("cli/approve-needs-a-person")
@pytest.mark.parametrize("words", [("new", "--no-passphrase"), ("add", "x.pub"), ("remove", "x")])
def test_an_agent_registers_no_keys(new: Line, words: tuple[str, ...]) -> None:
    assert "an agent" in new.refused("keys", *words, env={"CLAUDECODE": "1"})
    assert new.json("keys")["keys"] == []


@pytest.mark.parametrize(
    ("words", "otherwise"), [(("new",), "--no-passphrase"), (("remove", "anna"), "in a terminal.")]
)
def test_without_a_terminal_only_ways_that_there_are_are_named(
    new: Line, words: tuple[str, ...], otherwise: str
) -> None:
    refused = new.refused("keys", *words)
    assert otherwise in refused
    assert "--yes" not in refused


def test_a_second_key_does_not_take_the_place_of_the_first(lived: Lived) -> None:
    before = lived.line.key.read_bytes()
    assert "already" in lived.line.refused("keys", "new", "--no-passphrase")
    assert lived.line.key.read_bytes() == before
    assert lived.line.key.stat().st_mode & 0o777 == 0o600


def test_a_passphrase_is_asked_for_when_the_key_is_made_and_when_it_signs(lived: Lived) -> None:
    line = lived.line
    line.key.unlink()
    line.settings.signers.write_text("", encoding="utf-8")
    typed = [b"open sesame\n", b"open sesame\n"]
    shown, code = terminal(line, "keys", "new", typed=typed, asks=b"more: ", also=b"new key: ")
    assert code == 0, shown
    assert b"BEGIN OPENSSH PRIVATE KEY" in line.key.read_bytes()
    refused = line.refused("approve", lived.good, "--yes", "--json")
    assert "terminal" in refused
    shown, code = terminal(
        line, "approve", lived.good, "--yes", typed=[b"wrong\n"], asks=b"approval_key: "
    )
    assert (code, approved(line)) == (1, 0)
    assert "does not open" in shown
    shown, code = terminal(
        line, "approve", lived.good, "--yes", typed=[b"open sesame\n"], asks=b"approval_key: "
    )
    assert (code, approved(line)) == (0, 1)
    assert "open sesame" not in shown


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH's client")
def test_what_ssh_keygen_signs_is_taken_as_well(lived: Lived, tmp_path: Path) -> None:
    line, key, manifest = lived.line, tmp_path / "id", tmp_path / "manifest.json"
    _ssh_keygen("-q", "-t", "ed25519", "-N", "", "-f", str(key))
    with line.settings.signers.open("a", encoding="utf-8") as register:
        public = key.with_suffix(".pub").read_text(encoding="utf-8").split()[:2]
        register.write(f'ben namespaces="mendloop-approval/1" {" ".join(public)}\n')
    line.done("approve", lived.good, "--yes", "--manifest", str(manifest))
    assert approved(line) == 0
    _ssh_keygen("-q", "-Y", "sign", "-n", "mendloop-approval/1", "-f", str(key), str(manifest))
    words = ("approve", lived.good, "--manifest", str(manifest))
    made = line.json(*words, "--signature", f"{manifest}.sig")
    assert made["by"] == "ben"
    assert "handed in before" in line.refused(*words, "--signature", f"{manifest}.sig")
    line.done("deploy", lived.good)


def test_a_key_that_was_removed_counts_no_more_for_what_it_signed(lived: Lived) -> None:
    line = lived.line
    (line.workspace / "mendloop.toml").write_text(
        (line.workspace / "mendloop.toml").read_text(encoding="utf-8")
        + '\n[policy.tiers]\nbehavior_fix = "approve"\n',
        encoding="utf-8",
    )
    line.done("approve", lived.good, "--yes")
    shown, code = terminal(line, "keys", "remove", account())
    assert code == 0, shown
    assert "needs the approval" in line.refused("deploy", lived.good)


@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_doctor_names_a_key_without_a_passphrase(
    lived: Lived, tmp_path: Path, passphrase: str
) -> None:
    key = tmp_path / "config" / "mendloop" / "approval_key"
    new_key(key, passphrase, "")
    shown = lived.line("doctor", env={"XDG_CONFIG_HOME": str(tmp_path / "config")}).stdout
    assert ("has no passphrase" in shown) is (not passphrase)
    assert "this account keeps the register" in " ".join(shown.split())


def _ssh_keygen(*words: str) -> None:
    subprocess.run(["ssh-keygen", *words], check=True, capture_output=True)
