"""Resources and prompts of every kind."""

import base64
import json
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage

from tests.conformance.content import PICTURE, PNG, embedded


def static_text() -> str:
    """Hold a text."""
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    """Hold bytes."""
    return base64.b64decode(PNG)


def watched() -> str:
    """Be subscribed to."""
    return "Watched resource content"


def template(id: str) -> str:  # noqa: A002  the suite's name
    """Hold what its name says."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def test_simple_prompt() -> list[UserMessage]:
    """Say something."""
    return [UserMessage("This is a simple prompt for testing.")]


def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
    """Say the arguments."""
    return [UserMessage(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")]


def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803
    """Hand a resource over."""
    text = "Embedded resource content for testing."
    return [
        UserMessage(embedded(resourceUri, "text/plain", text)),
        UserMessage("Please process the embedded resource above."),
    ]


def test_prompt_with_image() -> list[UserMessage]:
    """Hand a picture over."""
    return [UserMessage(PICTURE), UserMessage("Please analyze the image above.")]


def add_shelf(server: MCPServer[Any]) -> None:
    """Register them."""
    server.resource("test://static-text", name="static-text")(static_text)
    server.resource("test://static-binary", name="static-binary", mime_type="image/png")(
        static_binary
    )
    server.resource("test://watched-resource", name="watched")(watched)
    server.resource("test://template/{id}/data")(template)
    server.prompt()(test_simple_prompt)
    server.prompt()(test_prompt_with_arguments)
    server.prompt()(test_prompt_with_embedded_resource)
    server.prompt()(test_prompt_with_image)
