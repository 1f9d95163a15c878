"""What the hooks of the plugin send is kept once, at its best, and nobody talks it away."""

from typing import Any, cast

import pytest
from mcp import Client

from mendloop.bootstrap import House
from mendloop.interfaces.answers.record import RecordAnswer
from mendloop.interfaces.calls.note import Acquaintance
from mendloop.interfaces.mcp.server import build_server
from mendloop.model.execution import Execution, Outcome, Source
from tests.core.record.hooks import ATTACK, FAILED, GOOD, NO_CALLS, NO_HOOKS, ODD_CALLS, as_texts
from tests.interfaces.mcp.said import ask, refusal

pytestmark = pytest.mark.anyio

STEERING = {
    "async", "additionalContext", "continue", "decision", "hookSpecificOutput", "ok", "permissionDecision",
    "reason", "stopReason", "suppressOutput", "systemMessage", "terminalSequence", "updatedInput",
}  # fmt: skip
"""What Claude Code obeys in a hook's output, and takes a tool's answer for when a hook called it."""
SEEN_INSIDE: dict[str, Any] = {
    "id": "t-toolu_02",
    "target": "demo.divide",
    "outcome": "error",
    "args": [1, 0],
    "error": {
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "frames": [{"file": "demo.py", "line": 6, "function": "divide"}],
    },
    "source": "recorder",
}


async def kept(house: House, named: str) -> Execution:
    return await house.loop.reader.execution(named)


async def test_a_call_that_a_hook_tells_of_is_kept(client: Client, house: House) -> None:
    got = await ask(client, "record_execution", hook=as_texts(FAILED))
    assert got["ids"] == ["t-toolu_02"]
    assert (got["new"], got["refused"]) == (1, [])
    execution = await kept(house, "t-toolu_02")
    assert (execution.target, execution.outcome) == ("demo.divide", Outcome.ERROR)
    assert execution.error is not None
    assert execution.error.type == "ZeroDivisionError"


async def test_two_hooks_that_tell_of_one_call_make_one_execution(newest: Client) -> None:
    assert (await ask(newest, "record_execution", hook=as_texts(GOOD)))["new"] == 1
    assert (await ask(newest, "record_execution", hook=GOOD))["new"] == 0


async def test_a_hook_that_cannot_be_read_is_no_error_to_the_client(newest: Client) -> None:
    objects = [cast("dict[object, Any]", each) for each in NO_HOOKS if isinstance(each, dict)]
    for raw in objects:
        hook = {str(key): value for key, value in raw.items()}
        got = await ask(newest, "record_execution", hook=hook)
        assert got["new"] == 0
        assert got["refused"][0]["reason"].startswith("The hook's input must")


async def test_what_says_nothing_of_a_tool_is_passed_over(newest: Client) -> None:
    for raw in NO_CALLS:
        got = await ask(newest, "record_execution", hook=raw)
        assert (got["ids"], got["new"], got["refused"]) == ([], 0, [])


async def test_recording_can_be_switched_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLOOP_RECORD", "off")
    async with Client(build_server(house.loop)) as client:
        assert (await ask(client, "record_execution", hook=GOOD))["ids"] == []
        told = {"target": "demo.divide", "outcome": "ok"}
        assert (await ask(client, "record_execution", executions=told))["new"] == 1
    assert len(await house.loop.reader.executions("demo.divide")) == 1


async def test_a_hook_that_is_no_object_is_refused(newest: Client) -> None:
    assert "`hook`" in await refusal(newest, "record_execution", hook="PostToolUse")


async def test_a_hook_comes_alone(newest: Client) -> None:
    told = await refusal(newest, "record_execution", hook=GOOD, executions=[])
    assert "given: `executions` and `hook`" in told


@pytest.mark.promise("claude/odd-hooks-lose-nothing")
async def test_whatever_is_odd_about_a_call_it_is_kept_and_so_are_its_neighbours(
    newest: Client, house: House
) -> None:
    for number, raw in enumerate(ODD_CALLS):
        hook = as_texts({**raw, "tool_use_id": f"toolu_odd_{number}"})
        got = await ask(newest, "record_execution", hook=hook)
        assert (got["new"], got["refused"]) == (1, []), raw
    await ask(newest, "record_execution", hook=GOOD)
    assert (await kept(house, "t-toolu_01")).result == {"result": 0.5}


async def test_the_first_call_of_a_session_to_a_server_has_no_duration(
    newest: Client, house: House
) -> None:
    calls = [("1", "demo", "s"), ("2", "demo", "s"), ("3", "other", "s"), ("4", "demo", "t")]
    for use, server, session in calls:
        hook = {**GOOD, "tool_use_id": use, "mcp_server": {"name": server}, "session_id": session}
        await ask(newest, "record_execution", hook=hook)
    seconds = [(await kept(house, f"t-{use}")).seconds for use, _, _ in calls]
    assert seconds == [0, 0.018, 0, 0]


async def test_a_tool_of_the_clients_own_has_its_duration_from_the_start(
    newest: Client, house: House
) -> None:
    hook = {**GOOD, "tool_name": "Bash", "mcp_server": {"name": ""}}
    await ask(newest, "record_execution", hook=hook)
    execution = await kept(house, "t-toolu_01")
    assert (execution.target, execution.seconds) == ("claude.Bash", 0.018)


def test_only_so_many_sessions_are_remembered() -> None:
    known = Acquaintance()
    assert all(known.first(str(number), "demo") for number in range(2_000))
    assert not known.first("1999", "demo")
    assert known.first("0", "demo")


@pytest.mark.promise("claude/an-answer-steers-no-client")
def test_no_answer_to_a_hook_can_be_taken_for_an_order_to_the_client() -> None:
    assert not STEERING & set(RecordAnswer.model_fields)


async def test_an_attack_in_a_call_comes_back_in_no_answer(newest: Client) -> None:
    hook = {**FAILED, "error": ATTACK, "tool_input": {"a": ATTACK}}
    assert "Ignore" not in str(await ask(newest, "record_execution", hook=hook))


async def test_secrets_are_taken_out_of_what_a_hook_tells(newest: Client, house: House) -> None:
    key = "sk-ant-api03-" + "Zq8" * 30
    await ask(newest, "record_execution", hook=as_texts({**GOOD, "tool_input": {"a": key}}))
    execution = await kept(house, "t-toolu_01")
    assert key not in str(execution)
    assert not execution.whole


@pytest.mark.promise("claude/an-agent-talks-no-failure-away")
@pytest.mark.parametrize("source", ["server", "recorder", "import", "client", None])
async def test_an_agents_word_replaces_nothing_that_others_saw(
    newest: Client, house: House, source: str | None
) -> None:
    await ask(newest, "record_execution", hook=FAILED)
    lie = {"id": "t-toolu_02", "target": "demo.divide", "outcome": "ok", "result": 1}
    await ask(newest, "record_execution", executions=[{**lie, "source": source or "agent"}])
    await ask(newest, "record_execution", executions=lie)
    await ask(newest, "record_execution", hook={**GOOD, "tool_use_id": "toolu_02"})
    assert (await kept(house, "t-toolu_02")).outcome is Outcome.ERROR


async def test_an_agents_word_is_kept_where_there_is_no_other(newest: Client, house: House) -> None:
    word = {"id": "w-1", "target": "demo.divide", "outcome": "ok", "result": 1, "source": "server"}
    await ask(newest, "record_execution", executions=[word])
    assert (await kept(house, "w-1")).source is Source.AGENT


@pytest.mark.parametrize("inside_first", [True, False])
async def test_of_what_a_hook_and_the_tool_itself_saw_the_richer_is_kept(
    newest: Client, house: House, *, inside_first: bool
) -> None:
    if inside_first:
        await house.loop.recorder.record([SEEN_INSIDE])
    await ask(newest, "record_execution", hook=FAILED)
    if not inside_first:
        await house.loop.recorder.record([SEEN_INSIDE])
    execution = await kept(house, "t-toolu_02")
    assert execution.source is Source.RECORDER
    assert execution.args == (1, 0)
    assert execution.error is not None
    assert len(execution.error.frames) == 1
    rows = await house.loop.reader.executions("demo.divide")
    assert [row.execution.id for row in rows] == ["t-toolu_02"]
