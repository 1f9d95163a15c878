import json
from copy import deepcopy
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from mendloop.core.record.otlp import Received, from_logs, from_traces
from mendloop.core.record.values import TOO_DEEP, Malformed
from tests.adapters.importers.hostile import TRACE, deep_value, log, logged, request, span, text

CAPTURES = Path(__file__).parents[2] / "fixtures" / "otlp"
CLIENT, SERVER, INTERNAL = 3, 2, 1
REMOTE, LOCAL = 0x301, 0x101


def captured(name: str) -> Any:
    return json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))


def records(received: Received) -> list[dict[str, Any]]:
    assert received.misread == ()
    return [dict(each.record) for each in received.records]


def one(*spans: object, service: str = "demo") -> dict[str, Any]:
    (record,) = records(from_traces(request(*spans, service=service)))
    return record


def known(*pairs: tuple[str, str]) -> list[dict[str, object]]:
    return [text(key, value) for key, value in pairs]


def plain(number: int, name: str, kind: int, *pairs: tuple[str, str], **rest: object) -> Any:
    return span(number, name=name, kind=kind, attributes=known(*pairs), **rest)


def above(number: int) -> dict[str, str]:
    return {"parentSpanId": f"{number:016x}"}


def sends(number: int, **rest: object) -> Any:
    return plain(
        number, "MCP send tools/call divide", CLIENT, ("mcp.method.name", "tools/call"), **rest
    )


def asks(number: int, **rest: object) -> Any:
    return plain(number, "tools/call divide", CLIENT, ("mcp.method.name", "tools/call"), **rest)


def runs(number: int, **rest: object) -> Any:
    return plain(number, "tools/call divide", SERVER, ("mcp.method.name", "tools/call"), **rest)


def decides(number: int, **rest: object) -> Any:
    return plain(
        number, "execute_tool divide", INTERNAL, ("gen_ai.operation.name", "execute_tool"), **rest
    )


def test_a_span_with_all_it_may_tell_is_a_whole_record() -> None:
    made = one(span(1, attributes=[*span()["attributes"], text("mcp.session.id", "s-1")]))
    assert made == {
        "id": f"o-{TRACE}-0000000000000001-18605f7e",
        "target": "demo.divide",
        "at": "2026-11-21T12:00:00+00:00",
        "seconds": 0.012,
        "caller": None,
        "session": "s-1",
        "whole": True,
        "source": "otel",
        "args": [],
        "kwargs": {"a": 4, "b": 2},
        "outcome": "ok",
        "result": 2,
    }


def test_what_the_official_sdk_exports_is_three_calls() -> None:
    came = records(from_traces(captured("sdk")))
    assert [(each["target"], each["outcome"]) for each in came] == [
        ("demo.divide", "ok"),
        ("demo.divide", "error"),
        ("demo.refuse", "error"),
    ]
    assert came[1]["error"] == {"type": "ToolError", "message": ""}
    assert not any(each["whole"] for each in came)


def test_what_fastmcp_exports_is_three_calls_with_their_exceptions() -> None:
    received = from_traces(captured("fastmcp"))
    came = records(received)
    assert [each.of for each in received.records] == [3, 3, 3]
    assert [(each["target"], each["outcome"]) for each in came] == [
        ("demo.divide", "ok"),
        ("demo.divide", "error"),
        ("demo.refuse", "error"),
    ]
    error = came[1]["error"]
    assert (error["type"], error["message"]) == ("ZeroDivisionError", "division by zero")
    assert error["frames"][-1]["function"] == "divide"
    assert error["frames"][-1]["file"] == "tests/adapters/importers/capture.py"
    assert came[2]["error"]["message"] == "not today"


@pytest.mark.promise("import/one-call-is-one-execution")
def test_client_and_server_give_one_id_whether_they_come_together_or_apart() -> None:
    together = captured("fastmcp")
    apart = (deepcopy(together), deepcopy(together))
    for part, server in zip(apart, (True, False), strict=True):
        scope = part["resourceSpans"][0]["scopeSpans"][0]
        scope["spans"] = [each for each in scope["spans"] if (each["kind"] == SERVER) is server]
        for each in scope["spans"]:
            if server:
                each["flags"] = REMOTE  # as in a process of its own
    ids = [{each["id"] for each in records(from_traces(part))} for part in (together, *apart)]
    assert len(ids[0]) == 3
    assert ids[0] == ids[1] == ids[2]


@pytest.mark.promise("import/one-call-is-one-execution")
@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_spans_makes_no_difference(order: tuple[int, ...]) -> None:
    spans = [
        decides(1),
        asks(2, **above(1)),
        sends(3, **above(2)),
        runs(4, **above(3), flags=REMOTE),
    ]
    made = one(*(spans[place] for place in order))
    assert made["id"] == f"o-{TRACE}-{3:016x}-18605f7e"


@pytest.mark.promise("import/one-call-is-one-execution")
def test_every_part_of_a_chain_that_comes_alone_has_the_id_of_the_whole() -> None:
    client = one(asks(2), sends(3, **above(2)))
    server = one(runs(4, **above(3), flags=REMOTE))
    unflagged = one(runs(4, **above(3)))
    assert client["id"] == server["id"] == unflagged["id"]


def test_two_calls_that_one_span_sent_are_never_taken_for_one() -> None:
    came = records(from_traces(request(runs(4, **above(9)), runs(5, **above(9)))))
    assert len({each["id"] for each in came}) == 2


def test_a_server_whose_parent_is_of_the_same_process_goes_by_its_own_id() -> None:
    assert one(runs(4, **above(3), flags=LOCAL))["id"] == f"o-{TRACE}-{4:016x}-18605f7e"


def test_what_a_client_only_sent_is_no_execution() -> None:
    assert records(from_traces(request(sends(3)))) == []


def test_two_tries_of_one_decision_are_two_calls() -> None:
    came = records(from_traces(request(decides(1), asks(2, **above(1)), asks(3, **above(1)))))
    assert len({each["id"] for each in came}) == 3


def test_two_tools_called_from_one_span_are_two_calls() -> None:
    other = plain(5, "tools/call halve", SERVER, ("mcp.method.name", "tools/call"), **above(9))
    came = records(from_traces(request(runs(4, **above(9)), other)))
    assert len({each["id"] for each in came}) == 2


def test_a_tool_of_the_agent_that_calls_another_tool_is_a_call_of_its_own() -> None:
    plans = plain(1, "execute_tool plan", INTERNAL, ("gen_ai.operation.name", "execute_tool"))
    came = records(from_traces(request(plans, asks(2, **above(1)))))
    assert {each["target"] for each in came} == {"demo.plan", "demo.divide"}


def test_a_value_that_is_nested_too_deep_is_cut_there() -> None:
    deep = {"key": "gen_ai.tool.call.result", "value": deep_value(200)}
    kept = [each for each in span()["attributes"] if each["key"] != deep["key"]]
    result = one(span(1, attributes=[*kept, deep]))["result"]
    assert str(result) == "[" * 60 + str(TOO_DEEP) + "]" * 60


def test_a_tool_that_calls_another_server_makes_a_call_of_its_own() -> None:
    came = records(from_traces(request(runs(1), asks(2, **above(1)), runs(3, **above(2)))))
    assert len(came) == 2


def test_a_server_that_is_mounted_in_another_makes_no_second_call() -> None:
    outer = plain(
        1,
        "tools/call shop_divide",
        SERVER,
        ("mcp.method.name", "tools/call"),
        ("fastmcp.server.name", "main"),
    )
    step = plain(2, "delegate divide", INTERNAL, ("mcp.method.name", "tools/call"), **above(1))
    inner = plain(3, "tools/call divide", SERVER, ("mcp.method.name", "tools/call"), **above(2))
    assert one(outer, step, inner)["target"] == "main.shop_divide"


def test_spans_that_hold_each_other_end_nothing() -> None:
    came = records(from_traces(request(runs(1, **above(2)), runs(2, **above(1)), span(3))))
    assert [each["id"].split("-")[2] for each in came] == [f"{3:016x}"]


@pytest.mark.parametrize(
    ("name", "service", "target"),
    [
        ("", "demo", "demo.divide"),
        ("FastMCP-3f2a", "shop", "shop.divide"),
        ("prices", "shop", "prices.divide"),
        ("plugin:p:prices", "shop", "prices.divide"),
        ("", "unknown_service:python", "unnamed.divide"),
        ("", "", "unnamed.divide"),
    ],
)
def test_the_server_is_named_as_well_as_it_can_be(name: str, service: str, target: str) -> None:
    named = [("fastmcp.server.name", name)] if name else []
    spanned = plain(1, "tools/call divide", SERVER, ("mcp.method.name", "tools/call"), *named)
    assert one(spanned, service=service)["target"] == target


@pytest.mark.parametrize("service", ["mendloop", "plugin:mendloop:mendloop"])
def test_spans_of_the_loop_itself_are_left_out(service: str) -> None:
    assert records(from_traces(request(span(), service=service))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "GET /", "attributes": []},
        {"name": "tools/list", "attributes": [text("mcp.method.name", "tools/list")]},
        {"name": "chat m", "attributes": [text("gen_ai.operation.name", "chat")]},
        {"kind": INTERNAL},
        {"name": "claude_code.interaction"},
        {"startTimeUnixNano": "0"},
    ],
)
def test_spans_about_something_else_are_passed_over(changes: dict[str, object]) -> None:
    assert records(from_traces(request(span(1, **changes)))) == []


@pytest.mark.parametrize(
    ("kind", "status", "outcome", "error"),
    [
        ("tool_error", {"code": 2}, "error", {"type": "ToolError", "message": ""}),
        ("", {"code": 2, "message": "no"}, "error", {"type": "ToolError", "message": "no"}),
        ("-32602", {"code": 2, "message": "x"}, "error", {"type": "MCPError", "message": "x"}),
        ("a.b.KeyError", {}, "error", {"type": "KeyError", "message": ""}),
        ("timeout", {"code": 2}, "timeout", {"type": "timeout", "message": ""}),
    ],
)
def test_a_failure_is_told_by_its_status_or_its_type(
    kind: str, status: dict[str, object], outcome: str, error: object
) -> None:
    made = one(
        runs(1, status=status)
        | {"attributes": known(("mcp.method.name", "tools/call"), ("error.type", kind))}
    )
    assert (made["outcome"], made["error"]) == (outcome, error)
    assert "result" not in made


def test_a_call_that_was_given_up_is_no_failure() -> None:
    attributes = known(("mcp.method.name", "tools/call"), ("error.type", "CancelledError"))
    assert records(from_traces(request(span(1, attributes=attributes, status={"code": 2})))) == []


@pytest.mark.promise("import/one-call-is-one-execution")
def test_a_call_that_the_client_named_goes_by_that_name() -> None:
    def named(number: int, call: str, **rest: object) -> Any:
        return plain(
            number,
            "execute_tool divide",
            INTERNAL,
            ("gen_ai.tool.call.id", call),
            ("gen_ai.operation.name", "execute_tool"),
            **rest,
        )

    assert one(named(1, "toolu_01"), runs(2, **above(1)))["id"] == "t-toolu_01"
    assert one(named(1, "call_0"))["id"] == f"t-{TRACE}_call_0"


def claude(number: int = 1, *pairs: tuple[str, str], **rest: object) -> Any:
    facts = (("gen_ai.tool.name", "divide"), ("anthropic.mcp.server.name", "demo"), *pairs)
    return plain(
        number, "claude_code.tool", INTERNAL, ("gen_ai.tool.call.id", "toolu_9"), *facts, **rest
    )


def execution(*pairs: tuple[str, str], **rest: object) -> Any:
    return plain(2, "claude_code.tool.execution", INTERNAL, *pairs, **above(1), **rest)


def test_claude_codes_span_is_read_with_the_one_in_which_the_tool_ran() -> None:
    made = one(claude(), execution(), service="claude-code")
    assert (made["id"], made["target"], made["outcome"]) == ("t-toolu_9", "demo.divide", "ok")
    assert made["caller"] == "claude-code"
    failed = execution(
        ("error", "ValueError: no"), ("error.type", "tool_error"), status={"code": 2}
    )
    assert one(claude(), failed)["error"] == {"type": "ValueError", "message": "no"}


@pytest.mark.promise("import/denied-is-not-failed")
def test_claude_codes_span_of_a_call_that_never_ran_is_no_execution() -> None:
    assert records(from_traces(request(claude()))) == []
    denied = execution(("error", "The user doesn't want to proceed"), status={"code": 2})
    assert records(from_traces(request(claude(), denied))) == []


def test_claude_codes_log_record_is_read() -> None:
    changes = {
        "success": "false",
        "error_type": "McpToolCallError",
        "error": "Error executing tool divide",
    }
    (made,) = records(from_logs(logged(log(tool_use_id="toolu_000AAAA", **changes))))
    assert made == {
        "id": "t-toolu_000AAAA",
        "target": "demo.divide",
        "at": "2026-11-21T11:59:59.633000+00:00",
        "seconds": 0.367,
        "caller": "claude-code",
        "session": "c326",
        "kwargs": {"a": 1, "b": 0},
        "whole": True,
        "source": "otel",
        "outcome": "error",
        "error": {"type": "ToolError", "message": "Error executing tool divide"},
    }


@pytest.mark.promise("import/one-call-is-one-execution")
def test_a_span_and_a_log_record_of_one_call_have_one_id() -> None:
    (logged_one,) = records(from_logs(logged(log(tool_use_id="toolu_9"))))
    assert logged_one["id"] == one(claude(), execution())["id"]


def test_a_log_record_without_a_name_of_its_own_is_named_by_what_it_says() -> None:
    twice = logged(
        log(tool_use_id=None), log(tool_use_id=None), log(tool_use_id=None, tool_input="{}")
    )
    first, again, other = (each["id"] for each in records(from_logs(twice)))
    assert first == again != other


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"tool_name": "Bash", "tool_parameters": '{"full_command": "ls"}'}, "claude.Bash"),
        ({"tool_name": "mcp__demo__divide", "tool_parameters": None}, "demo.divide"),
        ({"tool_parameters": '{"mcp_server_name":"plugin:p:s","mcp_tool_name":"t"}'}, "s.t"),
    ],
)
def test_a_log_record_names_its_tool(changes: dict[str, str | None], target: str) -> None:
    (made,) = records(from_logs(logged(log(**changes))))
    assert made["target"] == target


def test_a_success_in_the_log_is_never_whole_for_its_result_is_not_told() -> None:
    (made,) = records(from_logs(logged(log())))
    assert (made["outcome"], made["whole"]) == ("ok", False)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"decision_type": "reject"}, "demo.divide: it had no permission"),
        (
            {"success": "false", "error": "The user doesn't want to proceed"},
            "the person did not let it run",
        ),
        ({"tool_parameters": None}, "OTEL_LOG_TOOL_DETAILS"),
    ],
)
def test_why_a_log_record_is_no_execution_is_told(changes: dict[str, Any], why: str) -> None:
    received = from_logs(logged(log(**changes)))
    assert received.records == ()
    assert why in received.left_out[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"event.name": "api_request"},
        {"tool_name": None},
        {"tool_parameters": '{"mcp_server_name":"mendloop","mcp_tool_name":"detect"}'},
    ],
)
def test_log_records_about_something_else_are_passed_over(changes: dict[str, Any]) -> None:
    about = log(**changes)
    about["body"] = (
        {"stringValue": "claude_code.api_request"} if "event.name" in changes else about["body"]
    )
    received = from_logs(logged(about))
    assert (received.records, received.misread, received.left_out) == ((), (), ())


@pytest.mark.parametrize("given", ["-1", "much", "1e999", "nan", "", None])
def test_a_duration_that_cannot_be_is_none(given: str | None) -> None:
    (made,) = records(from_logs(logged(log(duration_ms=given))))
    assert made["seconds"] == 0


@pytest.mark.parametrize("read", [from_traces, from_logs])
@pytest.mark.parametrize("raw", [None, 1, "x", []])
def test_what_is_no_request_is_refused(read: Any, raw: object) -> None:
    with pytest.raises(Malformed):
        read(raw)
