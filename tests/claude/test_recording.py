"""Claude Code calls tools, and Mendloop knows of it: through the plugin's hooks and nothing else."""

import json
import subprocess
from pathlib import Path

import pytest

from mendloop.bootstrap import open_house
from mendloop.model.execution import Execution, Outcome, Source
from mendloop.settings import Settings
from tests.claude.fake_api import Ask, Step, tool_use_id
from tests.claude.session import CHECKOUT, PLUGIN, Place, claude, run, settle

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]

SCRIPT: list[Step] = [
    [Ask("mcp__demo__divide", {"a": 1, "b": 2})],
    [Ask("mcp__demo__divide", {"a": 1, "b": 0})],
    [Ask("mcp__demo__look_up", {"key": "price"}), Ask("mcp__demo__divide", {"a": 3, "b": 2})],
    [Ask("Bash", {"command": "exit 3"})],
    [Ask("mcp__plugin_mendloop_mendloop__status", {})],
]
CALLS = [
    ("demo.divide", Outcome.OK, {"a": 1, "b": 2}),
    ("demo.divide", Outcome.ERROR, {"a": 1, "b": 0}),
    ("demo.look_up", Outcome.ERROR, {"key": "price"}),
    ("demo.divide", Outcome.OK, {"a": 3, "b": 2}),
]


async def recorded(place: Place) -> list[Execution]:
    """What the history has of the session, in the order of the calls."""
    settings = Settings.at(place.project, place.data, {})
    async with open_house(settings) as house:
        reader = house.loop.reader
        names = [each.name for each in await reader.targets()]
        rows = [row for name in names for row in await reader.executions(name)]
    return sorted((row.execution for row in rows), key=lambda each: each.id)


@pytest.mark.promise("claude/recorded-without-user-code")
async def test_every_call_of_an_mcp_tool_is_recorded_without_a_line_of_code(tmp_path: Path) -> None:
    place = settle(tmp_path)
    run(place, SCRIPT, "--plugin-dir", str(PLUGIN))
    executions = await recorded(place)
    assert [(each.target, each.outcome, each.kwargs) for each in executions] == CALLS
    assert executions[0].id == f"t-{tool_use_id(0, 0)}"
    assert executions[0].result == {"result": 0.5}
    assert executions[0].seconds == 0
    assert {each.caller for each in executions} == {"claude-code"}
    assert {each.source for each in executions} == {Source.CLIENT}
    failure = executions[2].error
    assert failure is not None
    assert (failure.type, failure.message) == ("KeyError", "'price'")
    # a server that dies is started again at the next call without a word
    assert [fault.read_text(encoding="utf-8") for fault in place.data.glob("*/errors.log")] == []


@pytest.mark.promise("import/one-call-is-one-execution")
async def test_what_the_server_saw_and_what_the_hooks_saw_is_one_execution(tmp_path: Path) -> None:
    place = settle(tmp_path, "instrumented")
    run(place, SCRIPT, "--plugin-dir", str(PLUGIN))
    executions = await recorded(place)
    assert [(each.target, each.outcome, each.kwargs) for each in executions] == CALLS
    assert {each.source for each in executions} == {Source.RECORDER}
    assert executions[1].id == f"t-{tool_use_id(1, 0)}"
    failure = executions[1].error
    assert failure is not None
    # of which the client, and so the hooks, were told nothing
    assert (failure.type, failure.frames[-1].function) == ("ZeroDivisionError", "divide")


async def test_the_fallback_records_the_same_calls(tmp_path: Path) -> None:
    place = settle(tmp_path)
    fallback = PLUGIN / "hooks" / "fallback.json"
    hooks = json.loads(fallback.read_text(encoding="utf-8"))["hooks"]
    # the hooks run in the background: the last call waits for those of the others
    wait = Ask("mcp__demo__settle", {"folder": str(place.data), "lines": len(CALLS)})
    run(place, [*SCRIPT[:-1], [wait]], "--settings", json.dumps({"hooks": hooks}))
    files = [file for file in place.data.glob("*/spool/*") if file.is_file()]
    lines = [json.loads(each) for file in files for each in file.read_bytes().splitlines()]
    others = [each for each in lines if each["target"] != "demo.settle"]
    seen = sorted(others, key=lambda each: str(each["id"]))
    assert [(each["target"], each["outcome"], each["kwargs"]) for each in seen] == CALLS


@pytest.mark.parametrize(
    "what", [("--profile", "directory", "plugins/mendloop"), ("plugins/mendloop",), (".",)]
)
def test_the_plugin_and_the_marketplace_are_valid(what: tuple[str, ...], tmp_path: Path) -> None:
    place = settle(tmp_path)
    checked = subprocess.run(
        [claude(), "plugin", "validate", "--strict", *what],
        cwd=CHECKOUT,
        env=place.environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Validation passed" in checked.stdout
