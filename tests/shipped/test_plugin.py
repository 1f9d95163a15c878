"""The Claude Code plugin agrees with the server: checked without Claude Code itself."""

import json
import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from mendloop import __version__
from mendloop.core.record.hook import Noted, read_hook

CHECKOUT = Path(__file__).parents[2]
PLUGIN = CHECKOUT / "plugins" / "mendloop"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOOLS: dict[str, dict[str, Any]] = {
    tool["name"]: tool
    for tool in json.loads(
        (CHECKOUT / "tests/interfaces/mcp/tools.json").read_text(encoding="utf-8")
    )
}
EVENTS = ["PostToolUse", "PostToolUseFailure"]
TELLING = ["skills/mendloop/SKILL.md", "commands/status.md", "commands/mend.md", "README.md"]
INPUT: dict[str, Any] = {
    "hook_event_name": "PostToolUse",
    "tool_name": "mcp__demo__divide",
    "tool_input": '{"a":1,"b":2}',
    "tool_response": '{"result":0.5}',
    "tool_use_id": "toolu_01",
    "error": "Error executing tool divide: KeyError: 'a'",
    "is_interrupt": "false",
    "duration_ms": "18",
    "session_id": "9f32",
    "mcp_server.name": "demo",
}
"""What Claude Code puts in the place of `${...}`."""


def read(path: str) -> Any:
    return json.loads((PLUGIN / path).read_text(encoding="utf-8"))


def matched(path: str, event: str) -> dict[str, Any]:
    """The one matcher of an event, with its hooks."""
    (only,) = read(path)["hooks"][event]
    found: dict[str, Any] = only
    return found


def only_hook(path: str, event: str) -> dict[str, Any]:
    (hook,) = matched(path, event)["hooks"]
    found: dict[str, Any] = hook
    return found


def filled(value: Any) -> Any:
    """As Claude Code fills it in: texts inside whatever is nested."""
    if isinstance(value, dict):
        nested = cast("dict[str, Any]", value)
        return {key: filled(part) for key, part in nested.items()}
    return re.sub(r"\$\{([^}]+)\}", lambda found: INPUT.get(found[1], ""), value)


def backquoted() -> Iterator[tuple[str, str]]:
    for path in TELLING:
        for name in re.findall(
            r"`(\w+)(?:\([^`]*\))?`", (PLUGIN / path).read_text(encoding="utf-8")
        ):
            yield path, name


def test_the_plugin_has_the_version_of_the_package() -> None:
    assert read(".claude-plugin/plugin.json")["version"] == __version__


def test_the_marketplace_offers_the_plugin() -> None:
    place = CHECKOUT / ".claude-plugin" / "marketplace.json"
    (offered,) = json.loads(place.read_text(encoding="utf-8"))["plugins"]
    assert offered["name"] == read(".claude-plugin/plugin.json")["name"]
    assert (CHECKOUT / offered["source"] / ".claude-plugin" / "plugin.json").is_file()


def test_the_server_is_the_one_that_the_hooks_call() -> None:
    plugin = read(".claude-plugin/plugin.json")["name"]
    (server,) = read(".mcp.json")["mcpServers"]
    assert {only_hook("hooks/hooks.json", event)["server"] for event in EVENTS} == {
        f"plugin:{plugin}:{server}"
    }


def test_every_setting_of_the_server_is_asked_of_the_user() -> None:
    asked = set(read(".claude-plugin/plugin.json")["userConfig"])
    used = set(re.findall(r"\$\{user_config\.(\w+)\}", json.dumps(read(".mcp.json"))))
    assert used == asked


@pytest.mark.parametrize("event", EVENTS)
def test_the_hooks_call_a_tool_that_takes_what_they_send(event: str) -> None:
    hook = only_hook("hooks/hooks.json", event)
    assert hook["type"] == "mcp_tool"
    assert set(hook["input"]) <= set(TOOLS[hook["tool"]]["inputSchema"]["properties"])


@pytest.mark.parametrize("event", EVENTS)
def test_what_the_hooks_send_can_be_recorded(event: str) -> None:
    sent = filled(only_hook("hooks/hooks.json", event)["input"]["hook"])
    noted = read_hook({**sent, "hook_event_name": event}, now=NOW)
    assert isinstance(noted, Noted)
    record = noted.record
    assert (record["target"], record["id"], noted.session) == ("demo.divide", "t-toolu_01", "9f32")
    assert (record["kwargs"], record["seconds"]) == ({"a": 1, "b": 2}, 0.018)
    if event == "PostToolUse":
        assert record["result"] == {"result": 0.5}
    else:
        assert record["error"] == {"type": "KeyError", "message": "'a'"}


@pytest.mark.parametrize("path", ["hooks/hooks.json", "hooks/fallback.json"])
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    ("tool", "wanted"),
    [
        ("mcp__demo__divide", True),
        ("mcp__plugin_other_server__tool", True),
        ("mcp__mendloop_notes__add", True),
        ("mcp__plugin_mendloop_mendloop__record_execution", False),
        ("mcp__mendloop__record_execution", False),
        ("Bash", False),
        ("Edit", False),
    ],
)
def test_the_hooks_see_every_mcp_tool_but_mendloops_own(
    path: str, event: str, tool: str, *, wanted: bool
) -> None:
    assert bool(re.fullmatch(matched(path, event)["matcher"], tool)) is wanted


def test_the_fallback_is_a_command_that_keeps_nobody_waiting() -> None:
    for event in EVENTS:
        hook = only_hook("hooks/fallback.json", event)
        assert (hook["type"], hook["async"]) == ("command", True)
        assert hook["command"] == "uvx mendloop hook"


@pytest.mark.parametrize("tool", sorted(set(TOOLS) - {"run_tool", "stop"}))
def test_the_skill_names_every_tool_of_the_loop(tool: str) -> None:
    assert f"`{tool}" in (PLUGIN / TELLING[0]).read_text(encoding="utf-8")


def test_no_text_names_a_tool_that_does_not_exist() -> None:
    words = {
        "mendloop", "inconclusive", "edits", "files", "diff", "rationale", "hook", "next", "mcp_tool",
        "reject", "resume", "PostToolUse", "PostToolUseFailure", "PATH",
    }  # fmt: skip
    unknown = {(path, name) for path, name in backquoted() if name not in {*TOOLS, *words}}
    assert unknown == set()


def test_the_skill_has_what_claude_code_reads_of_it() -> None:
    head = (PLUGIN / TELLING[0]).read_text(encoding="utf-8").split("---\n")[1]
    name, description = re.fullmatch(r"name: (\S+)\ndescription: (.+)\n", head).groups()  # type: ignore[union-attr]
    assert name == "mendloop"
    assert len(description) < 1_024


def test_the_icon_is_a_square_of_512() -> None:
    icon = (PLUGIN / "icon.png").read_bytes()
    assert icon.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", icon[16:24]) == (512, 512)
    assert len(icon) < 20_000


def test_claude_code_is_pinned_and_its_lock_names_no_registry() -> None:
    folder = CHECKOUT / "tests" / "claude"
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = (folder / "package-lock.json").read_text(encoding="utf-8")
    locked = json.loads(lock)["packages"]["node_modules/@anthropic-ai/claude-code"]
    assert wanted["@anthropic-ai/claude-code"] == locked["version"]
    assert "://" not in lock
