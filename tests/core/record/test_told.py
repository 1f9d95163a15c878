import pytest

from mendloop.core.record.told import fault_told, never_ran
from mendloop.core.record.tracebacks import read_traceback

SIMPLE = """Traceback (most recent call last):
  File "/w/tools/shop.py", line 41, in quote
    return price / rate
           ~~~~~~^~~~~~
  File "/w/tools/rates.py", line 7, in rate
    raise ValueError("no rate\\nfor it")
ValueError: no rate
for it
"""
CAUSED = """Traceback (most recent call last):
  File "/w/a.py", line 3, in divide
    return a / b
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/lib/site-packages/fastmcp/server.py", line 9, in call_tool
    raise ToolError(f"Error calling tool {name!r}: {e}") from e
fastmcp.exceptions.ToolError: Error calling tool 'divide': division by zero
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "/w/a.py", line 3, in run
  |     async with group:
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/w/b.py", line 8, in work
    |     raise KeyError("x")
    | KeyError: 'x'
    +------------------------------------
"""


def test_a_traceback_gives_type_message_and_lines() -> None:
    raised = read_traceback(SIMPLE)
    assert raised is not None
    assert (raised.type, raised.message) == ("ValueError", "no rate\nfor it")
    assert raised.frames == (
        ("/w/tools/shop.py", 41, "quote"),
        ("/w/tools/rates.py", 7, "rate"),
    )


def test_the_cause_counts_where_a_framework_wrapped_it() -> None:
    raised = read_traceback(CAUSED)
    assert raised is not None
    assert (raised.type, raised.message) == ("ZeroDivisionError", "division by zero")
    assert raised.frames == (("/w/a.py", 3, "divide"),)


def test_another_exception_that_came_of_handling_it_counts_itself() -> None:
    handling = "During handling of the above exception, another exception occurred:"
    raised = read_traceback(
        CAUSED.replace(
            "The above exception was the direct cause of the following exception:", handling
        )
    )
    assert raised is not None
    assert raised.type == "ToolError"


def test_of_a_group_the_innermost_counts() -> None:
    raised = read_traceback(GROUP)
    assert raised is not None
    assert (raised.type, raised.frames) == ("KeyError", (("/w/b.py", 8, "work"),))


@pytest.mark.parametrize(
    "text", ["", "ValueError: x", "Traceback (most recent call last):", "\n" * 9]
)
def test_what_is_no_traceback_gives_nothing(text: str) -> None:
    assert read_traceback(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "type_", "message"),
    [
        ("Error executing tool divide", "", "ToolError", "Error executing tool divide"),
        ("Error executing tool divide: no", "", "ToolError", "Error executing tool divide: no"),
        ("Error calling tool 'x': ValueError: bad", "", "ValueError", "bad"),
        ("ValueError: bad", "", "ValueError", "bad"),
        ("shop.errors.PriceError: 3", "", "PriceError", "3"),
        ("JSONDecodeError: x", "McpToolCallError", "JSONDecodeError", "x"),
        ("a ValueError: bad", "", "ToolError", "a ValueError: bad"),
        ("Error: nothing", "", "ToolError", "Error: nothing"),
        ("MCP error -32602: wrong", "", "MCPError", "MCP error -32602: wrong"),
        ("wrong", "-32602", "MCPError", "wrong"),
        ("bad", "builtins.KeyError", "KeyError", "bad"),
        ("bad", "tool_error", "ToolError", "bad"),
        ("ValueError: bad", "ToolError", "ValueError", "bad"),
        ("", "", "ToolError", ""),
        (
            "<tool_use_error>InputValidationError: no `a`</tool_use_error>",
            "",
            "InputValidationError",
            "no `a`",
        ),
        (
            "Exit code 2\n\nls: no such file\n",
            "ShellError",
            "ShellError",
            "Exit code 2: ls: no such file\nExit code 2\n\nls: no such file",
        ),
        ("Exit code 1", "", "ShellError", "Exit code 1"),
    ],
)
def test_the_class_is_guessed_from_what_was_told(
    text: str, kind: str, type_: str, message: str
) -> None:
    assert fault_told(text, kind=kind) == {"type": type_, "message": message}


def test_a_traceback_that_was_told_gives_its_lines() -> None:
    fault = fault_told(f"Error executing tool quote: boom\n{SIMPLE}")
    assert fault["type"] == "ValueError"
    assert fault["frames"] == [
        {"file": "/w/tools/shop.py", "line": 41, "function": "quote"},
        {"file": "/w/tools/rates.py", "line": 7, "function": "rate"},
    ]


@pytest.mark.parametrize("text", ["", "the user doesn't", "Exit code 1", "ValueError: Interrupted"])
def test_a_failure_is_not_taken_for_a_denial(text: str) -> None:
    assert never_ran(text) is None
