from typing import Any, cast

import pytest

from mendloop.core.record.transcript import Transcript
from mendloop.model.incoming import LeftOut, ReadLine

USE: dict[str, Any] = {
    "type": "assistant",
    "uuid": "1069",
    "isSidechain": False,
    "timestamp": "2026-11-21T01:19:16.134Z",
    "sessionId": "9f32",
    "cwd": "/proj",
    "version": "2.1.329",
    "message": {
        "role": "assistant",
        "model": "m",
        "content": [
            {
                "type": "tool_use",
                "id": "toolu_000AAAA",
                "name": "mcp__demo__divide",
                "input": {"a": 1, "b": 0},
            }
        ],
    },
}
FAILED: dict[str, Any] = {
    "type": "user",
    "uuid": "0938",
    "timestamp": "2026-11-21T01:19:17.907Z",
    "sourceToolAssistantUUID": "1069",
    "toolUseResult": "Error: Error executing tool divide",
    "message": {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "toolu_000AAAA",
                "is_error": True,
                "content": "Error executing tool divide",
            }
        ],
    },
}


def use(name: str = "mcp__demo__divide", wanted: str = "toolu_000AAAA", **rest: object) -> Any:
    block = {**USE["message"]["content"][0], "name": name, "id": wanted, **rest}
    return {**USE, "message": {"role": "assistant", "content": [block]}}


def back(content: object, wanted: str = "toolu_000AAAA", **rest: object) -> Any:
    block: dict[str, object] = {"type": "tool_result", "tool_use_id": wanted, "content": content}
    if "is_error" in rest:
        block["is_error"] = rest.pop("is_error")
    return {**FAILED, "message": {"role": "user", "content": [block]}, **rest}


def read(*lines: object) -> list[ReadLine | LeftOut]:
    transcript = Transcript()
    came = [part for number, line in enumerate(lines, 1) for part in transcript.feed(number, line)]
    return [*came, *transcript.end()]


def records(came: list[ReadLine | LeftOut]) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", part.record) for part in came if isinstance(part, ReadLine)]


def record(*lines: object) -> dict[str, Any]:
    (one,) = records(read(*lines))
    return one


def reasons(*lines: object) -> list[str]:
    return [part.reason for part in read(*lines) if isinstance(part, LeftOut)]


def test_a_failed_call_is_paired_with_its_result() -> None:
    assert record(USE, FAILED) == {
        "id": "t-toolu_000AAAA",
        "target": "demo.divide",
        "at": "2026-11-21T01:19:16.134Z",
        "args": [],
        "kwargs": {"a": 1, "b": 0},
        "caller": "claude-code",
        "session": "9f32",
        "source": "transcript",
        "outcome": "error",
        "error": {"type": "ToolError", "message": "Error executing tool divide"},
    }


def test_nobody_measured_how_long_it_took() -> None:
    assert "seconds" not in record(USE, FAILED)


def test_success_is_where_no_error_is_told() -> None:
    meta = {"_meta": {}, "structuredContent": {"result": 2}}
    assert record(USE, back('{"result":2}', mcpMeta=meta))["result"] == {"result": 2}
    assert record(USE, back('{"result":3}'))["result"] == {"result": 3}
    assert record(USE, back("2", is_error=False))["outcome"] == "ok"


EMPTY: list[object] = []
ANSWERS: list[tuple[str, Any, object]] = [
    ("mcp__demo__t", "plain words", "plain words"),
    ("mcp__demo__t", "2", 2),
    ("mcp__demo__t", "NaN", "NaN"),
    ("mcp__demo__t", "[1,", "[1,"),
    ("mcp__demo__t", [{"type": "text", "text": '{"a":1}'}], {"a": 1}),
    ("mcp__demo__t", [{"type": "text", "text": "1"}, {"type": "text", "text": "b"}], [1, "b"]),
    ("mcp__demo__t", [{"type": "image", "source": {}}], {"$opaque": "image"}),
    ("mcp__demo__t", None, None),
    ("mcp__demo__t", EMPTY, None),
    ("Bash", "2\n", "2\n"),
    ("Read", "{}", "{}"),
]


@pytest.mark.parametrize(("name", "content", "result"), ANSWERS)
def test_a_text_is_what_it_stands_for_where_a_server_gave_it(
    name: str, content: object, result: object
) -> None:
    assert record(use(name), back(content))["result"] == result


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("mcp__demo__divide", "demo.divide"),
        ("mcp__plugin_shop_prices__quote", "prices.quote"),
        ("Bash", "claude.Bash"),
        ("Task", "claude.Task"),
    ],
)
def test_the_target_is_the_tool_as_every_source_names_it(name: str, target: str) -> None:
    assert record(use(name), back("x"))["target"] == target


@pytest.mark.parametrize("name", ["mcp__mendloop__detect", "mcp__plugin_mendloop_mendloop__status"])
def test_calls_of_the_loop_itself_are_left_out(name: str) -> None:
    assert read(use(name), back("x")) == []


@pytest.mark.promise("import/denied-is-not-failed")
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            "The user doesn't want to proceed with this tool use. The tool use was rejected",
            "person",
        ),
        ("The user doesn\u2019t want to take this action right now. STOP", "person"),
        ("[Request interrupted by user for tool use]", "interrupted"),
        ("Error: [Request interrupted by user]", "interrupted"),
        ("Permission to use Bash with command rm has been denied.", "permission"),
        ("Permission for this action has been denied. Reason: x", "permission"),
        ("Claude requested permissions to use mcp__a__b, but you haven't granted it yet.", "perm"),
        ("This command requires approval", "permission"),
        (
            "<tool_use_error>Cancelled: parallel tool call Bash(x) errored</tool_use_error>",
            "beside",
        ),
        ("<tool_use_error>Error: No such tool available: mcp__a__b</tool_use_error>", "no such"),
        ("PreToolUse:Bash hook error: blocked", "hook"),
        ("Hook PreToolUse:Write denied this tool", "hook"),
    ],
)
def test_a_call_that_never_ran_is_no_failure_of_the_tool(content: str, why: str) -> None:
    (reason,) = reasons(USE, back(content, is_error=True))
    assert reason.startswith("demo.divide: ")
    assert why in reason


@pytest.mark.promise("import/denied-is-not-failed")
def test_what_was_decided_or_interrupted_counts_whatever_is_said() -> None:
    denied = back("x", is_error=True, permissionDecision={"decision": "reject", "source": "user"})
    assert reasons(USE, denied) == ["demo.divide: it had no permission"]
    cut = back("x", is_error=True, toolUseResult={"stdout": "", "interrupted": True})
    assert reasons(USE, cut) == ["demo.divide: the person interrupted it"]


def test_an_accepted_call_that_says_such_words_in_its_result_is_a_success() -> None:
    accepted = {"decision": "accept", "source": "config"}
    said = "The user doesn't want to proceed"
    assert record(USE, back(said, permissionDecision=accepted))["result"] == said


def test_parallel_calls_are_told_apart_by_their_ids() -> None:
    came = read(use(wanted="a"), use(wanted="b"), back("1", "b"), back("2", "a"))
    pairs = [(each["id"], each["result"]) for each in records(came)]
    assert pairs == [("t-b", 1), ("t-a", 2)]


def test_calls_of_one_line_are_all_read_and_none_takes_the_structure_of_another() -> None:
    blocks = [use(wanted=name)["message"]["content"][0] for name in "ab"]
    results = [back(f'"{name}"', name)["message"]["content"][0] for name in "ab"]
    line = {**FAILED, "message": {"content": results}, "mcpMeta": {"structuredContent": {"x": 1}}}
    came = read({**USE, "message": {"content": blocks}}, line)
    assert [each["result"] for each in records(came)] == ["a", "b"]


def test_what_has_no_result_is_left_out_and_told() -> None:
    assert reasons(USE) == ["demo.divide: no result follows"]


def test_only_so_many_calls_are_waited_for() -> None:
    transcript = Transcript()
    told = [
        part
        for number in range(1, 1_001)
        for part in transcript.feed(number, use(wanted=f"u{number}"))
    ]
    assert len(told) == 1_000 - 257  # one more may wait until the next line
    assert len(list(transcript.end())) == 257
    assert list(transcript.end()) == []


def test_a_result_is_not_waited_for_without_end() -> None:
    transcript = Transcript()
    assert list(transcript.feed(1, USE)) == []
    assert list(transcript.feed(20_001, {"type": "summary"})) == []
    (told,) = transcript.feed(20_002, FAILED)
    assert isinstance(told, LeftOut)


def test_arguments_that_are_too_large_to_keep_are_not_held_either() -> None:
    kept = record(use(input={"a": "x" * 1_000_000, "b": 1}), back("1"))
    assert kept["kwargs"] == {"a": {"$opaque": "too large"}, "b": 1}
