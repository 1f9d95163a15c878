"""The table of tools, in the order in which a client sees them."""

from collections.abc import Iterator
from typing import Any

from mcp_types import ToolAnnotations

from mendloop.app.loop import Loop
from mendloop.interfaces.calls.probed import Probed
from mendloop.interfaces.mcp.change import Changing
from mendloop.interfaces.mcp.look import Looking
from mendloop.interfaces.mcp.note import Noting
from mendloop.interfaces.mcp.sdk import Updates
from mendloop.interfaces.mcp.strict import StrictTool, strict_tool


def looking_tools(loop: Loop, updates: Updates, probed: Probed) -> Iterator[StrictTool]:
    """The tools of a read-only server.

    ``detect`` and ``investigate`` keep what they found in the loop's own state; nothing of the
    user's changes, so that they are reads as far as a client is concerned.
    """
    tools = Looking(loop, updates, probed)
    yield strict_tool(
        tools.status,
        title="How things stand",
        annotations=_hints(reads=True, repeatable=True),
        meta=_ALWAYS,
    )
    yield strict_tool(
        tools.detect,
        title="Find what fails",
        annotations=_hints(reads=True, repeatable=True),
        meta=_ALWAYS,
    )
    yield strict_tool(
        tools.investigate,
        title="Find the cause",
        annotations=_hints(reads=True, repeatable=True),
        meta=_found_by("root cause of a failing tool, failure clusters, smallest failing input"),
    )


def changing_tools(loop: Loop, updates: Updates, *, require_person: bool) -> Iterator[StrictTool]:
    """The tools that need a gate.

    Args:
        loop: What they act on.
        updates: Told what has changed.
        require_person: Whether clients are asked to show deployments and rollbacks to a person.
            A seat belt: what holds is the gate.
    """
    tools = Changing(loop, updates)
    person = {"anthropic/requiresUserInteraction": True} if require_person else {}
    yield strict_tool(
        tools.generate_fix,
        title="Search for a fix",
        annotations=_hints(),
        meta=_found_by("repair a tool automatically, fix without a model, tune a constant"),
    )
    yield strict_tool(
        tools.propose_fix,
        title="Hand in a fix",
        annotations=_hints(repeatable=True),
        meta=_found_by("submit a patch, diff or edits for a failing tool"),
    )
    yield strict_tool(
        tools.test_fix,
        title="Test a fix",
        annotations=_hints(),
        meta=_found_by("validate a patch on recorded calls, replay, regression bound"),
    )
    yield strict_tool(
        tools.deploy_fix,
        title="Deploy a fix",
        annotations=_hints(destroys=True),
        meta=_found_by("apply a tested fix to the workspace") | person,
    )
    yield strict_tool(
        tools.rollback,
        title="Take a fix back",
        annotations=_hints(destroys=True),
        meta=_found_by("undo a deployment, restore an earlier version of a tool") | person,
    )


def noting_tools(loop: Loop, updates: Updates) -> Iterator[StrictTool]:
    """The tools that make history."""
    tools = Noting(loop, updates)
    yield strict_tool(
        tools.run_tool,
        title="Call a tool",
        annotations=_hints(destroys=True, reaches_out=True),
        meta=_found_by("run one of the user's Python tools and record the call"),
    )
    yield strict_tool(
        tools.record_execution,
        title="Record calls",
        annotations=_hints(),
        meta=_found_by("log a tool call or failure, mark a result as wrong, expected result"),
    )


def stopping_tools(loop: Loop, updates: Updates) -> Iterator[StrictTool]:
    """The emergency stop."""
    yield strict_tool(
        Changing(loop, updates).stop,
        title="Stop everything",
        annotations=_hints(repeatable=True),
        meta=_found_by("emergency stop, freeze all changes"),
    )


_ALWAYS: dict[str, Any] = {"anthropic/alwaysLoad": True}


def _found_by(words: str) -> dict[str, Any]:
    return {"anthropic/searchHint": words}


def _hints(
    *,
    reads: bool = False,
    destroys: bool = False,
    repeatable: bool = False,
    reaches_out: bool = False,
) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=reads,
        destructive_hint=destroys,
        idempotent_hint=repeatable,
        open_world_hint=reaches_out,
    )
