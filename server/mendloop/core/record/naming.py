"""Names of what was seen from outside: the target of a tool's call, the id of its record.

A call may be seen by several: by a hook of the client, in its transcript, in a span, by the tool
itself. The names are the same from everywhere, so that one tool is one target and one call one
execution. Names come from strangers: whatever they hold, the answer is plain ASCII and short.
"""

import re
from typing import Final

OWN_TOOLS: Final = "claude"
"""What stands for the server where the tool is one of the client's own, such as Bash."""
_MCP: Final = "mcp__"
_APART: Final = "__"
_PLUGIN: Final = re.compile(r"plugin:[^:]*:([^:]+)|plugin_[^_]+_([^_]+)")
"""A server that a plugin brings: under its own name, or as the client writes it in a tool's name,
where the two names can be told apart."""
_OTHER: Final = re.compile(r"[^A-Za-z0-9_-]")
_UNNAMED: Final = "unnamed"
_MOST_SERVER: Final = 64
_MOST_TOOL: Final = 128
_MOST_ID: Final = 100


def tool_target(server: str, tool: str) -> str:
    """The target name of an MCP server's tool: ``demo`` and ``divide`` make ``demo.divide``.

    A server of a plugin goes by its own name. Characters beyond letters, digits, ``_`` and ``-``
    become ``_``, as Claude Code has it in the names that it gives tools; so a dot is only ever
    between the two.
    """
    plugin = _PLUGIN.fullmatch(server)
    own = server if plugin is None else plugin[1] or plugin[2]
    return f"{_plain(own, _MOST_SERVER)}.{_plain(tool, _MOST_TOOL)}"


def from_claude(tool_name: str, *, server: str = "") -> str:
    """The target name of a tool as Claude Code calls it.

    ``mcp__demo__divide`` makes ``demo.divide``, ``mcp__plugin_p_s__t`` makes ``s.t``, and a tool of
    the client's own such as ``Bash`` makes ``claude.Bash``.

    Args:
        tool_name: The name in a hook's input or in a transcript.
        server: The server, where the client said it too: its name may have the separator in it.
    """
    if server:
        return tool_target(server, _after(tool_name, server))
    named, _, tool = tool_name.removeprefix(_MCP).partition(_APART)
    if tool_name.startswith(_MCP) and named and tool:
        return tool_target(named, tool)
    return f"{OWN_TOOLS}.{_plain(tool_name, _MOST_TOOL)}"


def record_id(tool_use_id: str) -> str:
    """The id of whatever record is made of a call that the client names so.

    An empty name names no call: do not ask for its id.
    """
    return f"t-{_OTHER.sub('_', tool_use_id)}"[:_MOST_ID]


def _after(tool_name: str, server: str) -> str:
    """The tool's own name, behind the server's."""
    prefix = f"{_MCP}{_OTHER.sub('_', server)}{_APART}"
    if tool_name.startswith(prefix):
        return tool_name.removeprefix(prefix)
    behind = tool_name.removeprefix(_MCP).partition(_APART)[2]
    return behind or tool_name


def _plain(name: str, most: int) -> str:
    return _OTHER.sub("_", name[:most]) or _UNNAMED
