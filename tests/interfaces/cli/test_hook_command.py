"""`mendloop hook` puts the call that a hook tells of into the spool."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mendloop.core.record.read import read_record
from mendloop.interfaces.cli.app import build
from mendloop.model.execution import Execution, Outcome, Source
from tests.core.record.hooks import FAILED, GOOD, NO_CALLS, NO_HOOKS, ODD_CALLS
from tests.core.record.moment import NOW
from tests.interfaces.cli.conftest import PEOPLE, Line

KEY = "sk-ant-api03-" + "Zq8" * 30


def spooled(line: Line) -> list[dict[str, Any]]:
    """The records in the spool, in the order of the commands."""
    files = sorted(
        (line.settings.state / "spool").glob("*.jsonl"), key=lambda p: p.stat().st_mtime_ns
    )
    return [
        json.loads(row) for file in files for row in file.read_text(encoding="utf-8").splitlines()
    ]


def told(hook: object) -> str:
    return json.dumps(hook)


def bare(hook: object) -> Result:
    """The command as a hook runs it: without options."""
    return CliRunner().invoke(build(lambda _: None), ["hook"], input=told(hook), env=PEOPLE)


def test_a_call_waits_in_the_spool_and_nothing_is_printed(new: Line) -> None:
    assert new.done("hook", typed=told(GOOD)) == ""
    (record,) = spooled(new)
    assert (record["id"], record["target"], record["outcome"]) == (
        "t-toolu_01",
        "demo.divide",
        "ok",
    )
    assert (record["kwargs"], record["result"]) == ({"a": 1, "b": 2}, {"result": 0.5})
    assert record["source"] == Source.CLIENT


def test_what_is_spooled_is_a_record_that_can_be_read(new: Line) -> None:
    new.done("hook", typed=told(FAILED))
    (record,) = spooled(new)
    execution = read_record(record, now=NOW.replace(year=2100), new_id=lambda: "x-1")
    assert isinstance(execution, Execution)
    assert (execution.outcome, execution.id) == (Outcome.ERROR, "t-toolu_02")


def test_a_program_can_ask_what_became_of_it(new: Line) -> None:
    said = json.loads(new.done("--json", "hook", typed=told(GOOD)))
    assert said == {"id": "t-toolu_01", "target": "demo.divide"}
    passed = json.loads(new.done("--json", "hook", typed=told(NO_CALLS[0])))
    assert passed == {"id": None, "why": "PreToolUse is not the end of a call."}


@pytest.mark.promise("claude/secrets-stay-out-of-the-spool")
def test_secrets_are_taken_out_before_anything_is_written(new: Line) -> None:
    new.done("hook", typed=told({**GOOD, "tool_input": {"key": KEY}, "tool_response": KEY}))
    (record,) = spooled(new)
    assert KEY not in json.dumps(record)
    assert record["whole"] is False


def test_recording_can_be_switched_off(new: Line) -> None:
    result = new("hook", typed=told(GOOD), env={"MENDLOOP_RECORD": "off"})
    assert (result.exit_code, result.stdout) == (0, "")
    assert spooled(new) == []


def test_without_options_the_record_goes_where_all_recorders_write(
    new: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(new.workspace))
    monkeypatch.setenv("MENDLOOP_DATA_DIR", str(new.data))
    result = bare(GOOD)
    assert result.exit_code == 0, result.output
    assert len(spooled(new)) == 1


def test_where_there_is_no_folder_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("MENDLOOP_DATA_DIR", str(tmp_path / "inside"))
    result = bare(GOOD)
    assert result.exit_code == 1
    assert "Name one with MENDLOOP_DATA_DIR." in result.stderr


def test_a_disk_that_takes_nothing_is_told(new: Line) -> None:
    new.settings.state.mkdir(parents=True, exist_ok=True)
    (new.settings.state / "spool").write_text("in the way", encoding="utf-8")
    assert "could not be written" in new.refused("hook", typed=told(GOOD))


@pytest.mark.parametrize("data", [b"", b"{", b"nonsense", b"\xff\xfe\x00", b"[" * 200_000, b"1 2"])
def test_what_is_no_json_is_refused(new: Line, data: bytes) -> None:
    assert "The input is no JSON." in new.refused("hook", typed=data)
    assert spooled(new) == []


def test_input_without_end_is_refused(new: Line) -> None:
    assert "more than" in new.refused("hook", typed=b" " * (16 * 1024 * 1024 + 1))


def test_bytes_that_are_no_text_cost_no_more_than_themselves(new: Line) -> None:
    data = told({**GOOD, "tool_response": "before MARK after"}).encode()
    new.done("hook", typed=b"\xef\xbb\xbf" + data.replace(b"MARK", b"\xff\xfe\xc0"))
    (record,) = spooled(new)
    assert record["result"] == "before \ufffd\ufffd\ufffd after"


def test_what_is_no_hook_is_refused_in_two_lines(new: Line) -> None:
    for raw in NO_HOOKS:
        assert "The hook's input must" in new.refused("hook", typed=told(raw))
    assert spooled(new) == []


def test_whatever_is_odd_about_a_call_it_is_spooled_and_so_are_its_neighbours(new: Line) -> None:
    for raw in ODD_CALLS:
        new.done("hook", typed=told(raw))
    new.done("hook", typed=told(GOOD))
    records = spooled(new)
    assert len(records) == len(ODD_CALLS) + 1
    assert records[-1]["id"] == "t-toolu_01"
