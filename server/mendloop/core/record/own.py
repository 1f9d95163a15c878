"""Mendloop's own tools: calls of them are the loop at work, and no executions of a target."""

import re
from typing import Final

_SERVER: Final = re.compile(r"mendloop|plugin:mendloop:.*|plugin_mendloop_.*", re.DOTALL)
_TOOL: Final = ("mcp__mendloop__", "mcp__plugin_mendloop_")


def own_server(name: str) -> bool:
    """Whether a client means Mendloop by the name of a server."""
    return _SERVER.fullmatch(name) is not None


def own_tool(name: str) -> bool:
    """Whether a tool, as Claude Code names it, is one of Mendloop's."""
    return name.startswith(_TOOL)
