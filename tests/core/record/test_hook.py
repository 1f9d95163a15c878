"""A hook's input becomes a record that can be read, whatever it holds."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.record.hook import Noted, Passed, read_hook
from mendloop.core.record.read import Unreadable, read_record
from mendloop.model.execution import Execution, Outcome
from tests.core.record.hooks import FAILED, GOOD, NO_CALLS, NO_HOOKS, ODD_CALLS, as_texts
from tests.core.record.moment import NOW

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4),
    max_leaves=12,
)


def noted(hook: dict[str, Any]) -> Noted:
    read = read_hook(hook, now=NOW)
    assert isinstance(read, Noted), read
    return read


def kept(hook: dict[str, Any]) -> Execution:
    """What the history would keep."""
    execution = read_record(noted(hook).record, now=NOW, new_id=lambda: "x-new")
    assert isinstance(execution, Execution), execution
    return execution


@pytest.mark.parametrize("hook", [GOOD, as_texts(GOOD)], ids=["command", "mcp_tool"])
def test_a_call_that_returned_is_kept_with_all_that_was_seen(hook: dict[str, Any]) -> None:
    execution = kept(hook)
    assert (execution.id, execution.target) == ("t-toolu_01", "demo.divide")
    assert (execution.outcome, execution.error) == (Outcome.OK, None)
    assert (execution.args, execution.kwargs) == ((), {"a": 1, "b": 2})
    assert execution.result == {"result": 0.5}
    assert (execution.seconds, execution.at) == (0.018, NOW - timedelta(milliseconds=18))
    assert (execution.caller, execution.session) == ("claude-code", "9f32")
    assert execution.whole


@pytest.mark.parametrize("hook", [FAILED, as_texts(FAILED)], ids=["command", "mcp_tool"])
def test_a_call_that_failed_says_what_was_raised(hook: dict[str, Any]) -> None:
    execution = kept(hook)
    assert (execution.outcome, execution.result) == (Outcome.ERROR, None)
    assert execution.error is not None
    assert execution.error.type == "ZeroDivisionError"
    assert execution.error.message == "division by zero"
    assert execution.fingerprint


@pytest.mark.parametrize(
    "error", ["Error executing tool divide", "Something broke: badly", "Note: this is no class"]
)
def test_an_error_that_names_no_class_is_a_tool_error(error: str) -> None:
    fault = kept({**FAILED, "error": error}).error
    assert fault is not None
    assert (fault.type, fault.message) == ("ToolError", error)


def test_both_ways_of_sending_make_the_same_record() -> None:
    assert noted(as_texts(GOOD)) == noted(GOOD)
    assert noted(as_texts(FAILED)) == noted(FAILED)


def test_the_record_says_who_saw_the_call() -> None:
    assert noted(GOOD).record["source"] == "client"


def test_the_events_may_be_called_by_their_outcome() -> None:
    plain = {key: value for key, value in GOOD.items() if key != "hook_event_name"}
    assert noted({**plain, "event": "ok"}) == noted(GOOD)


def test_a_tool_of_the_clients_own_can_be_recorded() -> None:
    hook = {**FAILED, "tool_name": "Bash", "error": "Exit code 3\nno such file"}
    execution = kept({key: value for key, value in hook.items() if key != "mcp_server"})
    assert execution.target == "claude.Bash"
    assert noted({**hook, "mcp_server": ""}).server == ""


def test_a_text_that_is_no_json_stays_a_text() -> None:
    assert kept({**GOOD, "tool_response": "12 apples"}).result == "12 apples"


def test_arguments_that_cannot_be_read_make_the_record_less_than_whole() -> None:
    execution = kept({**GOOD, "tool_input": '{"a": 1, "b"'})
    assert (execution.kwargs, execution.whole) == ({}, False)
    assert execution.result == {"result": 0.5}


def test_an_argument_of_an_impossible_name_does_not_cost_the_others() -> None:
    execution = kept({**GOOD, "tool_input": {"\x1b[2J": 1, "a": 2}})
    assert (execution.kwargs, execution.whole) == ({"a": 2}, False)


def test_a_call_without_an_id_gets_one_of_its_own() -> None:
    assert kept({**GOOD, "tool_use_id": ""}).id == "x-new"


def test_the_first_call_can_be_kept_without_its_duration() -> None:
    record = noted(GOOD).unmeasured().record
    assert record["seconds"] == 0
    assert {**record, "seconds": 0.018} == noted(GOOD).record


@pytest.mark.parametrize("raw", NO_HOOKS, ids=range(len(NO_HOOKS)))
def test_what_is_no_hook_is_refused_with_the_reason(raw: object) -> None:
    read = read_hook(raw, now=NOW)
    assert isinstance(read, Unreadable)
    assert read.reason.startswith("The hook's input must")


@pytest.mark.parametrize("raw", NO_CALLS, ids=range(len(NO_CALLS)))
def test_what_says_nothing_of_a_tool_is_passed_over(raw: dict[str, Any]) -> None:
    read = read_hook(raw, now=NOW)
    assert isinstance(read, Passed)
    assert read.why.isprintable()
    assert len(read.why) < 200


@pytest.mark.parametrize("raw", ODD_CALLS, ids=range(len(ODD_CALLS)))
def test_whatever_is_odd_about_a_call_how_it_ended_is_kept(raw: dict[str, Any]) -> None:
    execution = kept(raw)
    failed = raw["hook_event_name"] == "PostToolUseFailure"
    assert execution.outcome is (Outcome.ERROR if failed else Outcome.OK)
    assert execution.target.isprintable()
    assert execution.id.isprintable()


@given(
    st.fixed_dictionaries(
        {"hook_event_name": st.sampled_from(["PostToolUse", "PostToolUseFailure"])},
        optional={
            key: anything
            for key in (*GOOD, *FAILED)
            if key not in {"hook_event_name", "tool_name", "mcp_server"}
        },
    ),
    st.text(min_size=1).filter(str.strip),
)
def test_a_call_is_always_kept(fields: dict[str, Any], tool: str) -> None:
    hook = {**fields, "tool_name": f"mcp__demo__{tool}"}
    if isinstance(read_hook(hook, now=NOW), Passed):  # a person interrupted it
        assert hook["hook_event_name"] == "PostToolUseFailure"
        return
    assert kept(hook).target.startswith("demo.")


@given(anything)
def test_nothing_makes_the_reader_fail(raw: object) -> None:
    assert isinstance(read_hook(raw, now=NOW), Noted | Passed | Unreadable)
