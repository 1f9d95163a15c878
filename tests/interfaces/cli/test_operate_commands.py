import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from anyio import to_thread

from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.ids import DeploymentId, Digest, ProposalId, TargetName
from mendloop.model.proposal import FileChange
from mendloop.store.state import State
from tests.interfaces.cli.conftest import Line, Lived, calls

pytestmark = pytest.mark.anyio


def test_init_prints_a_manifest_that_reads_back_with_every_public_function(new: Line) -> None:
    (new.workspace / "mendloop.toml").unlink()
    text = new.done("init")
    targets = tomllib.loads(text)["targets"]
    assert {name: each["source"] for name, each in targets.items()} == {
        "shop.price": "tools/shop.py:price",
        "shop.total": "tools/shop.py:total",
    }
    assert "idempotent" in text.partition("[targets")[0]
    assert not (new.workspace / "mendloop.toml").exists()


def test_what_init_prints_is_a_file_that_the_other_commands_read(new: Line) -> None:
    manifest = new.workspace / "mendloop.toml"
    manifest.unlink()
    manifest.write_text(new.done("init"), encoding="utf-8")
    assert new.json("run", "shop.total", "2", "3")["result"] == 6


def test_init_names_the_interpreter_of_the_folder(new: Line) -> None:
    python = new.workspace / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert tomllib.loads(new.json("init")["toml"])["python"] == ".venv/bin/python"


def test_init_refuses_what_is_no_folder(new: Line) -> None:
    assert "no folder" in new.refused("init", "--workspace", str(new.workspace / "missing"))


def test_import_brings_a_file_in_and_changes_nothing_the_second_time(new: Line) -> None:
    records = new.file("calls.jsonl", "".join(json.dumps(each) + "\n" for each in calls()))
    first = new.json("import", "jsonl", str(records))
    assert (first["read"], first["new"], first["refused"]) == (150, 150, 0)
    assert "0 new" in new.done("import", "jsonl", str(records))


def test_import_says_which_lines_it_refused(new: Line) -> None:
    file = new.file("calls.jsonl", f"{json.dumps(calls()[0])}\nnot json\n")
    shown = new.done("import", "jsonl", str(file))
    assert "line 2" in shown
    assert (
        new.json("import", "jsonl", str(new.file("bad.jsonl", "not json\n")), code=1)["read"] == 0
    )


def test_import_refuses_what_it_cannot_read(new: Line) -> None:
    assert "missing.jsonl" in new.refused("import", "jsonl", "missing.jsonl")
    assert "jsonl" in new.misused("import", "parquet", "x")


async def leave_half_done(lived: Lived, state: Path) -> DeploymentId:
    """What a crash leaves that came between the record and the first file."""
    half = Deployment(
        id=DeploymentId("d-23456789"),
        kind=DeploymentKind.DEPLOY,
        targets=(TargetName("shop.total"),),
        files=(FileChange(path="tools/shop.py", old=Digest("1" * 64), new=Digest("2" * 64)),),
        proposal=ProposalId(lived.other),
        undoes=None,
        progress=Progress.PREPARED,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        by="agent",
        reason="it",
    )
    async with State.open(state / "state.db") as opened, opened.transaction() as tables:
        await tables.deployments.add(half)
    return half.id


async def test_recover_ends_what_a_crash_has_left_and_says_what(lived: Lived) -> None:
    half = await leave_half_done(lived, lived.line.settings.state)
    shown = await to_thread.run_sync(lived.line.done, "recover")
    assert half in shown
    assert "aborted" in shown
    assert await to_thread.run_sync(lived.line.json, "recover") == {"ended": []}
    assert "nothing was left" in await to_thread.run_sync(lived.line.done, "recover")


def test_doctor_tries_everything_and_finds_this_machine_able(line: Line) -> None:
    checked = line.json("doctor")
    assert checked["able"]
    names = {each["name"] for each in checked["checks"]}
    assert {"python", "SQLite", "databases", "audit log", "interpreter", "sandbox"} <= names
    assert "changes can be tested" in line.done("doctor")


def test_doctor_names_a_target_whose_file_or_function_is_not_there(new: Line) -> None:
    manifest = new.workspace / "mendloop.toml"
    more = '[targets."gone"]\nsource = "gone.md"\n[targets."none"]\nsource = "tools/shop.py:none"\n'
    manifest.write_text(manifest.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert "not there: gone, none" in new.done("doctor")


def test_doctor_ends_with_1_where_candidates_cannot_be_tested(line: Line) -> None:
    demanded = {"MENDLOOP_SANDBOX__TIER": "A", "PATH": "/nonexistent"}
    result = line("doctor", env=demanded)
    assert result.exit_code == 1
    assert "apt-get install bubblewrap" in line("--json", "doctor", env=demanded).stdout
    assert "changes cannot be tested" in result.stdout
    assert "to mend" in result.stdout


def test_doctor_says_what_would_make_a_better_sandbox(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    checked = line.json("doctor")
    assert checked["able"]
    (better,) = (each for each in checked["checks"] if each["name"] == "sandbox: tier A")
    assert not better["ok"]
    assert "apt-get install bubblewrap" in better["mend"]


def test_doctor_finds_a_damaged_database_and_an_open_folder(line: Line) -> None:
    line.settings.state.chmod(0o755)
    (line.settings.state / "state.db").write_bytes(b"no database" * 1000)
    checks = {each["name"]: each for each in line.json("doctor", code=1)["checks"]}
    assert not checks["databases"]["ok"]
    assert checks["databases"]["mend"]
    assert "chmod 700" in checks["state folder"]["mend"]


def test_doctor_finds_a_missing_interpreter_and_a_missing_manifest(new: Line) -> None:
    manifest = new.workspace / "mendloop.toml"
    manifest.write_text('python = "missing/python"\n', encoding="utf-8")
    assert "missing/python" in new.done("doctor", code=1)
    manifest.unlink()
    assert "mendloop init > mendloop.toml" in new.done("doctor")
