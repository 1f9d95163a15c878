"""Which answer belongs to which call, and what becomes of it."""

from typing import Any

import pytest

from mendloop.core.record.read import Unreadable, read_record
from tests.conftest import HandClock
from tests.interfaces.proxy.seen import Seen, answer, call

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "clientInfo": {"name": "desk", "version": "1"}},
}
INITIALIZED = {"jsonrpc": "2.0", "id": 0, "result": {"serverInfo": {"name": "shop"}}}
META = {"io.modelcontextprotocol/clientInfo": {"name": "new-desk", "version": "2"}}
STAMP = {"io.modelcontextprotocol/serverInfo": {"name": "new-shop"}}


def outcome(records: list[Any]) -> list[tuple[str, str, str | None]]:
    return [
        (each["target"], each["outcome"], each["error"] and each["error"]["type"])
        for each in records
    ]


def test_a_call_of_the_older_era_is_recorded_with_the_names_of_the_handshake() -> None:
    seen = Seen()
    seen.client(INITIALIZE)
    seen.server(INITIALIZED)
    seen.client(call(1, arguments={"a": 1, "b": [None]}))
    seen.now += 0.25
    seen.server(answer(1, structuredContent={"sum": 2}, content=[]))
    (record,) = seen.records
    assert record["target"] == "shop.add"
    assert record["kwargs"] == {"a": 1, "b": [None]}
    assert record["result"] == {"sum": 2}
    assert record["seconds"] == 0.25
    assert record["at"] == "2001-09-09T01:46:50.000Z"
    assert (record["caller"], record["source"], record["whole"]) == ("desk", "proxy", True)
    assert record["session"]


def test_a_call_of_the_newer_era_brings_its_names_itself() -> None:
    seen = Seen()
    seen.client(call("c-1", _meta=META))
    seen.server(answer("c-1", content=[{"type": "text", "text": "2"}], _meta=STAMP))
    (record,) = seen.records
    assert (record["target"], record["caller"]) == ("new-shop.add", "new-desk")
    assert record["result"] == "2"


def test_the_given_name_goes_before_the_servers_own_and_that_before_the_commands() -> None:
    given, silent = Seen("mine"), Seen()
    for seen in (given, silent):
        seen.client(INITIALIZE)
    given.server(INITIALIZED)
    for seen in (given, silent):
        seen.client(call(1))
        seen.server(answer(1))
    assert given.records[0]["target"] == "mine.add"
    assert silent.records[0]["target"] == "server.add"


def test_the_clients_name_for_a_call_becomes_the_id_of_its_record() -> None:
    seen = Seen()
    seen.client(call(1, _meta={"claudecode/toolUseId": "toolu_01:x"}))
    seen.server(answer(1))
    assert seen.records[0]["id"] == "t-toolu_01_x"


def test_failures_keep_their_kind_and_their_words() -> None:
    seen = Seen()
    seen.client(call(1), call(2), call(3), call(4))
    seen.server(
        answer(1, isError=True, content=[{"type": "text", "text": "No such coupon."}]),
        {"jsonrpc": "2.0", "id": 2, "error": {"code": -32602, "message": "Bad arguments."}},
        {"jsonrpc": "2.0", "id": 3, "error": "what"},
        {"jsonrpc": "2.0", "id": 4, "result": "no object"},
    )
    assert [(each["error"]["type"], each["error"]["message"]) for each in seen.records] == [
        ("ToolError", "No such coupon."),
        ("JsonRpcError -32602", "Bad arguments."),
        ("JsonRpcError without code", ""),
        ("MalformedAnswer", "The result is no object."),
    ]
    assert all(each["result"] is None for each in seen.records)


def test_answers_out_of_order_find_their_calls_and_the_types_of_ids_count() -> None:
    seen = Seen()
    seen.client(call(1, "one"), call("1", "text"), call(2, "two"))
    seen.server(answer(2), answer("1"), answer(1))
    assert [each["target"] for each in seen.records] == ["server.two", "server.text", "server.one"]


def test_a_batch_is_as_many_calls_as_are_in_it() -> None:
    seen = Seen()
    seen.client([call(1, "one"), {"jsonrpc": "2.0", "method": "ping", "id": 9}, call(2, "two")])
    seen.server([answer(2), answer(9), answer(1)])
    assert [each["target"] for each in seen.records] == ["server.two", "server.one"]


@pytest.mark.promise("proxy/cancelled-is-no-failure")
def test_a_cancelled_call_is_left_out_even_where_its_answer_still_comes() -> None:
    seen = Seen()
    cancelled = {"method": "notifications/cancelled", "params": {"requestId": 1}}
    seen.client(call(1), cancelled)
    seen.server({"jsonrpc": "2.0", "id": 1, "error": {"code": 0, "message": "Cancelled"}})
    seen.end()
    assert seen.records == []
    assert seen.counts.cancelled == 1


def test_a_call_that_the_server_did_not_live_to_answer_failed() -> None:
    seen = Seen()
    seen.client(call(1), call(2))
    seen.server(answer(1))
    seen.now += 2
    seen.end("the server ended with exit code 3")
    seen.end("again")
    done, died = seen.records
    assert done["outcome"] == "ok"
    assert died["error"]["type"] == "ServerDied"
    assert "exit code 3" in died["error"]["message"]
    assert died["seconds"] == 2


def test_a_call_whose_relay_was_killed_failed_too() -> None:
    seen = Seen()
    seen.client(call(1))
    seen.watch.close(11.0)
    assert outcome(seen.records) == [("server.add", "error", "ServerDied")]


@pytest.mark.parametrize("state", ["sealed", None], ids=["with a state", "without one"])
def test_of_the_rounds_of_one_call_only_the_last_answer_counts(state: str | None) -> None:
    seen = Seen()
    asks: dict[str, object] = {"resultType": "input_required", "inputRequests": {}}
    more: dict[str, Any] = {"inputResponses": {"name": {}}}
    if state is not None:
        asks["requestState"] = more["requestState"] = state
    seen.client(call(1))
    seen.now += 0.5
    seen.server(answer(1, **asks))
    seen.now += 60  # a person thinks
    seen.client(call(2, **more))
    seen.now += 0.25
    seen.server(answer(2, resultType="complete", content=[{"type": "text", "text": "done"}]))
    (record,) = seen.records
    assert record["result"] == "done"
    assert record["seconds"] == 0.75
    assert record["at"].endswith("46:50.000Z")


def test_a_call_that_nobody_continued_is_no_failure() -> None:
    seen = Seen()
    seen.client(call(1), call(2))
    seen.server(
        answer(1, resultType="input_required", requestState="s"),
        {"jsonrpc": "2.0", "id": 2, "error": {"code": -32042, "message": "Open a page."}},
    )
    seen.end()
    assert seen.records == []


def task(id_: int, method: str, task_id: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": {"taskId": task_id}}


def test_a_task_of_the_newer_era_counts_when_it_is_over() -> None:
    seen = Seen()
    seen.client(call(1), task(2, "tasks/get", "t"), task(3, "tasks/get", "t"))
    seen.server(
        answer(1, resultType="task", taskId="t", status="working"),
        answer(2, resultType="complete", taskId="t", status="working"),
    )
    assert seen.records == []
    seen.now += 7
    done = {"content": [{"type": "text", "text": "done"}]}
    seen.server(answer(3, resultType="complete", taskId="t", status="completed", result=done))
    (record,) = seen.records
    assert (record["result"], record["seconds"]) == ("done", 7)


def test_a_task_of_the_older_era_counts_when_its_result_is_fetched() -> None:
    seen = Seen()
    seen.client(call(1), task(2, "tasks/result", "t"))
    seen.server(answer(1, task={"taskId": "t", "status": "working"}))
    seen.server(answer(2, isError=True, content=[{"type": "text", "text": "no"}]))
    assert outcome(seen.records) == [("server.add", "error", "ToolError")]


def test_a_task_may_fail_or_be_cancelled() -> None:
    seen = Seen()
    seen.client(call(1), call(2), call(3))
    for id_ in (1, 2, 3):
        seen.server(answer(id_, resultType="task", taskId=f"t{id_}", status="working"))
    seen.client(task(4, "tasks/get", "t1"), task(5, "tasks/get", "t2"))
    seen.client(task(6, "tasks/cancel", "t3"))
    seen.server(answer(4, status="failed", error={"code": -32603, "message": "boom"}))
    seen.server(answer(5, status="cancelled"))
    seen.end()
    assert outcome(seen.records) == [("server.add", "error", "JsonRpcError -32603")]
    assert seen.counts.cancelled == 2


def test_what_the_server_asks_and_notes_is_nobodys_answer() -> None:
    seen = Seen()
    seen.client(call(1))
    seen.server(
        {"jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": {}},
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}},
    )
    assert seen.records == []
    seen.server(answer(1))
    assert len(seen.records) == 1


def test_an_id_used_for_two_open_calls_is_not_guessed_at() -> None:
    seen = Seen()
    seen.client(call(1, "one"), call(1, "two"))
    seen.server(answer(1))
    assert [each["target"] for each in seen.records] == ["server.two"]
    assert seen.counts.unsure == 1


def test_pictures_are_named_as_missing_from_the_result() -> None:
    seen = Seen()
    seen.client(call(1))
    seen.server(answer(1, content=[{"type": "image", "data": "x"}, {"type": "text", "text": "t"}]))
    assert (seen.records[0]["result"], seen.records[0]["whole"]) == ("t", False)


def test_every_record_can_be_read_by_the_record_stage(clock: HandClock) -> None:
    seen = Seen("a server \u202e with / a name")
    hostile: dict[str, Any] = {
        "": 1,
        "x" * 300: 2,
        "ok": 10**400,
        "\u202e": 3,
        "deep": [[[]]],
        "big": "x" * 99_999,
    }
    seen.client(call(1, "a tool\n", arguments=hostile), call(2, arguments=[1]), call(3))
    seen.server(answer(1), answer(2, structuredContent="\ud800"))
    seen.end()
    read = [read_record(each, now=clock.now(), new_id=lambda: "n") for each in seen.records]
    assert len(read) == 3
    assert not [each for each in read if isinstance(each, Unreadable)]
    assert [each["whole"] for each in seen.records] == [False, False, True]
