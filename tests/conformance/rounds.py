"""Tools that need several rounds with the client (2026-07-28)."""

import json
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import (
    CreateMessageResult,
    ElicitResult,
    InputRequests,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    TextContent,
)

from tests.conformance.asked import form, sample


def _field(ctx: Context[Any, Any], key: str, name: str) -> object:
    """One field of an answer that was given; nothing where it was not."""
    answer = (ctx.input_responses or {}).get(key)
    if isinstance(answer, ElicitResult) and answer.content is not None:
        return answer.content.get(name)
    return None


async def test_input_required_result_elicitation(
    ctx: Context[Any, Any],
) -> str | InputRequiredResult:
    """Ask the user's name."""
    name = _field(ctx, "user_name", "name")
    if name is not None:
        return f"Hello, {name}!"
    return InputRequiredResult(
        input_requests={"user_name": form("What is your name?", name="string")}
    )


async def test_input_required_result_sampling(
    ctx: Context[Any, Any],
) -> str | InputRequiredResult:
    """Ask the client's model."""
    answer = (ctx.input_responses or {}).get("capital_question")
    if isinstance(answer, CreateMessageResult) and isinstance(answer.content, TextContent):
        return f"Model said: {answer.content.text}"
    return InputRequiredResult(
        input_requests={"capital_question": sample("What is the capital of France?")}
    )


async def test_input_required_result_list_roots(
    ctx: Context[Any, Any],
) -> str | InputRequiredResult:
    """Ask for the client's folders."""
    answer = (ctx.input_responses or {}).get("client_roots")
    if isinstance(answer, ListRootsResult):
        return f"{len(answer.roots)} roots"
    return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})


async def test_input_required_result_request_state(
    ctx: Context[Any, Any],
) -> str | InputRequiredResult:
    """Have the state back."""
    if "confirm" in (ctx.input_responses or {}) and ctx.request_state == "nonce":
        return "state-ok"
    return InputRequiredResult(
        input_requests={"confirm": form("Please confirm", ok="boolean")}, request_state="nonce"
    )


async def test_input_required_result_multiple_inputs(
    ctx: Context[Any, Any],
) -> str | InputRequiredResult:
    """Ask three questions at once."""
    if {"user_name", "greeting", "client_roots"} <= (ctx.input_responses or {}).keys():
        return "All inputs received."
    return InputRequiredResult(
        input_requests={
            "user_name": form("What is your name?", name="string"),
            "greeting": sample("Generate a greeting"),
            "client_roots": ListRootsRequest(),
        },
        request_state="m",
    )


async def test_input_required_result_multi_round(
    ctx: Context[Any, Any],
) -> str | InputRequiredResult:
    """Ask twice, one after the other."""
    state = json.loads(ctx.request_state) if ctx.request_state else {"round": 0}
    name, color = _field(ctx, "step1", "name"), _field(ctx, "step2", "color")
    if state["round"] == 1 and name is not None:
        return InputRequiredResult(
            input_requests={"step2": form("Step 2: What is your favorite color?", color="string")},
            request_state=json.dumps({"round": 2, "name": name}),
        )
    if state["round"] == 2 and color is not None:
        return f"{state['name']} likes {color}"
    return InputRequiredResult(
        input_requests={"step1": form("Step 1: What is your name?", name="string")},
        request_state=json.dumps({"round": 1}),
    )


async def test_input_required_result_tampered_state(
    ctx: Context[Any, Any],
) -> str | InputRequiredResult:
    """Be given a state that was changed."""
    if ctx.request_state:
        return "state-ok"
    return InputRequiredResult(
        input_requests={"confirm": form("Please confirm", ok="boolean")}, request_state="round-1"
    )


async def test_input_required_result_capabilities(ctx: Context[Any, Any]) -> InputRequiredResult:
    """Ask only what the client can answer."""
    can = ctx.client_capabilities
    questions: InputRequests = {}
    if can is not None and can.sampling is not None:
        questions["s"] = sample("hi")
    if can is not None and can.elicitation is not None:
        questions["e"] = form("name?", name="string")
    return InputRequiredResult(input_requests=questions, request_state="c")


async def test_input_required_result_prompt(
    ctx: Context[Any, Any],
) -> list[UserMessage] | InputRequiredResult:
    """Ask before the prompt is made."""
    context = _field(ctx, "user_context", "context")
    if context is not None:
        return [UserMessage(f"ctx {context}")]
    return InputRequiredResult(
        input_requests={"user_context": form("What context?", context="string")}
    )


def add_rounds(server: MCPServer[Any]) -> None:
    """Register them."""
    for function in (
        test_input_required_result_elicitation,
        test_input_required_result_sampling,
        test_input_required_result_list_roots,
        test_input_required_result_request_state,
        test_input_required_result_multiple_inputs,
        test_input_required_result_multi_round,
        test_input_required_result_tampered_state,
        test_input_required_result_capabilities,
    ):
        server.add_tool(function)
    server.prompt()(test_input_required_result_prompt)
