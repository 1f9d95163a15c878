"""Record every tool call of an MCP server, with the exception that the client never sees.

No SDK is imported here: a server that is handed over has brought its own.
"""

from __future__ import annotations

import importlib
import os
import time
from typing import Any, Optional, TypeVar

from mendloop.recorder.answers import raised_by_tool, result_of, said_error
from mendloop.recorder.classes import kind_of
from mendloop.recorder.lines import Call, Known, tool_use_record_id
from mendloop.recorder.serving import SERVING
from mendloop.recorder.sites import Site
from mendloop.recorder.writer import WRITER

S = TypeVar("S")
_MARK = "_mendloop_instrumented"
_TOOL_USE = "claudecode/toolUseId"
_MOST_SITES = 10_000


def instrument(server: S) -> S:
    """Record every tool call of an ``mcp`` 2 ``MCPServer`` or a ``fastmcp`` 4 ``FastMCP``.

    What clients see stays the same. Doing it twice is doing it once.

    Args:
        server: The server; it is changed, and returned.

    Raises:
        TypeError: It is neither.
    """
    kinds = {
        f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(server).__mro__
    }
    by = next((by for kind, by in _KINDS.items() if kind in kinds), None)
    if by is None:
        kind = type(server)
        raise TypeError(
            f"instrument takes an mcp.server.MCPServer (mcp 2) or a fastmcp.FastMCP (fastmcp 4), "
            f"not {kind.__module__}.{kind.__qualname__}. Decorate the functions with "
            "mendloop.record instead."
        )
    if not getattr(server, _MARK, False):
        by(server)
        setattr(server, _MARK, True)
    return server


class _Watcher:
    """Records the tool calls of one server."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._sites: dict[tuple[str, int], Site] = {}

    async def watch(self, name: str, arguments: Any, tool: Any, context: Any, call: Any) -> Any:
        """Make one call and record it.

        Args:
            name: The tool's.
            arguments: As the client sent them.
            tool: The server's own description of it; nothing where there is no such tool.
            context: What the SDK knows of the request.
            call: Makes the call.
        """
        site = self._site(name, tool) if _recording() else None
        if site is None:
            return await call()
        known, taken = _known(context), site.take((), dict(arguments or {}))
        token = SERVING.set(site.inner)
        at, began = time.time_ns(), time.perf_counter_ns()
        try:
            answer = await call()
        except BaseException as error:
            took = time.perf_counter_ns() - began
            WRITER.failed(site, taken, at, took, raised_by_tool(error), known)
            raise
        finally:
            SERVING.reset(token)
        took = time.perf_counter_ns() - began
        _answered(Call(site, *taken, at, took, None, None, "ok", known), answer, tool)
        return answer

    def _site(self, name: str, tool: Any) -> Optional[Site]:
        if tool is None:
            return None  # no such tool: the name is whatever a client came up with
        try:
            function = getattr(tool, "fn", None)
            site = self._sites.get((name, id(function)))
            if site is None:
                if len(self._sites) >= _MOST_SITES:
                    self._sites.clear()
                site = Site(function, f"{self._server.name}.{name}")
                self._sites[name, id(function)] = site
        except Exception as wrong:
            WRITER.wrong(wrong)
            return None
        return site


def _recording() -> bool:
    return WRITER.mode == 1 or (WRITER.mode == 0 and WRITER.open())


def _answered(call: Call, answer: Any, tool: Any) -> None:
    """Record a call that came back; nothing in here may reach the client."""
    try:
        error = said_error(answer)
        if error is not None:
            WRITER.write(call._replace(error=error, outcome="error"))
            return
        ended, result = result_of(answer, tool)
        if ended:
            WRITER.add(call.site, call._replace(result=call.site.take_result(result)))
    except Exception as wrong:
        WRITER.wrong(wrong)


def _known(context: Any) -> Known:
    """Who called, in which session, and how the client names the call."""
    try:
        request = context.request_context
        use = None if request.meta is None else request.meta.get(_TOOL_USE)
        nested = SERVING.get() is not None  # a tool that calls a tool: one id is one call
        named = tool_use_record_id(use) if kind_of(use) is str and use and not nested else None
        return Known(named, _client(request), _session(request))
    except Exception:
        return Known()  # called from the server's own code, not by a client


def _client(request: Any) -> Optional[str]:
    parameters = request.session.client_params
    name = None if parameters is None else parameters.client_info.name
    return name if isinstance(name, str) else None


def _session(request: Any) -> Optional[str]:
    own = os.environ.get("CLAUDE_CODE_SESSION_ID")
    headers = getattr(getattr(request, "request", None), "headers", None)
    named = None if headers is None else headers.get("mcp-session-id")
    return own or (named if isinstance(named, str) else None)


def _mcp_server(server: Any) -> None:
    """Wrap the one method that still sees the exception."""
    watcher, bare = _Watcher(server), server.call_tool

    async def call_tool(name: str, arguments: Any, context: Any = None) -> Any:
        tool = server._tool_manager.get_tool(name)  # noqa: SLF001  there is no public way to one tool
        return await watcher.watch(
            name, arguments, tool, context, lambda: bare(name, arguments, context)
        )

    server.call_tool = call_tool


def _fast_mcp(server: Any) -> None:
    """Add a middleware, innermost: what others answer themselves was no call of the tool."""
    base: Any = importlib.import_module("fastmcp.server.middleware").Middleware
    watcher = _Watcher(server)

    async def on_call_tool(_self: Any, context: Any, call_next: Any) -> Any:
        name = context.message.name
        return await watcher.watch(
            name,
            context.message.arguments,
            await _tool_of(server, name),
            context.fastmcp_context,
            lambda: call_next(context),
        )

    server.add_middleware(type("Recording", (base,), {"on_call_tool": on_call_tool})())


async def _tool_of(server: Any, name: str) -> Any:
    try:
        return await server.get_tool(name)
    except Exception:  # the server says it itself, to who called; here it only goes unnamed
        return None


_KINDS = {"mcp.MCPServer": _mcp_server, "fastmcp.FastMCP": _fast_mcp}
"""By package and class: every class of theirs keeps its name, whatever module it lives in."""
