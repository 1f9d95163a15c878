"""Tools of every kind of content, and those that ask the client while they run."""

from typing import Annotated, Any, Final

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field

from tests.conformance.asked import said

PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
PICTURE: Final = ImageContent(type="image", data=PNG, mime_type="image/png")
_SOUND: Final = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="


class User(BaseModel):
    """What an elicitation asks for."""

    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    """A form with a default of each type."""

    name: str = Field("John Doe", description="User name")
    age: int = 30
    score: float = 95.5
    verified: bool = True
    status: str = Field("active", json_schema_extra={"enum": ["active", "inactive", "pending"]})


def _titled(*titles: str) -> list[Any]:
    return [{"const": f"value{n}", "title": title} for n, title in enumerate(titles, 1)]


class Enums(BaseModel):
    """A form with every kind of choice."""

    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})  # noqa: N815  the suite's name
    titledSingle: str = Field(  # noqa: N815
        json_schema_extra={"oneOf": _titled("First Option", "Second Option", "Third Option")}
    )
    legacyEnum: str = Field(  # noqa: N815
        json_schema_extra={
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        }
    )
    untitledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2", "option3"]}}
    )
    titledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={
            "items": {"anyOf": _titled("First Choice", "Second Choice", "Third Choice")}
        }
    )


def embedded(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    """A resource inside a message."""
    return EmbeddedResource(
        type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    )


def test_simple_text() -> str:
    """Return a text."""
    return "This is a simple text response for testing."


def test_image_content() -> list[ImageContent]:
    """Return a picture."""
    return [PICTURE]


def test_audio_content() -> list[AudioContent]:
    """Return a sound."""
    return [AudioContent(type="audio", data=_SOUND, mime_type="audio/wav")]


def test_embedded_resource() -> list[EmbeddedResource]:
    """Return a resource."""
    text = "This is an embedded resource content."
    return [embedded("test://embedded-resource", "text/plain", text)]


def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    """Return all three."""
    return [
        TextContent(type="text", text="Multiple content types test:"),
        PICTURE,
        embedded(
            "test://mixed-content-resource", "application/json", '{"test":"data","value":123}'
        ),
    ]


def test_error_handling() -> str:
    """Fail."""
    raise ToolError("This tool intentionally returns an error for testing")


async def test_sampling(prompt: str, ctx: Context[Any, Any]) -> str:
    """Ask the client's model."""
    answer = await ctx.session.create_message(  # pyright: ignore[reportDeprecated]
        messages=[said(prompt)], max_tokens=100, related_request_id=ctx.request_id
    )
    text = answer.content.text if isinstance(answer.content, TextContent) else ""
    return f"LLM response: {text}"


async def test_elicitation(message: str, ctx: Context[Any, Any]) -> str:
    """Ask the user."""
    return f"User response: action={(await ctx.elicit(message, User)).action}"


async def test_elicitation_sep1034_defaults(ctx: Context[Any, Any]) -> str:
    """Ask with defaults."""
    return f"Elicitation completed: action={(await ctx.elicit('info', Defaults)).action}"


async def test_elicitation_sep1330_enums(ctx: Context[Any, Any]) -> str:
    """Ask with choices."""
    return f"Elicitation completed: action={(await ctx.elicit('enums', Enums)).action}"


def test_x_mcp_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "<none>",  # noqa: PT028  a tool, not a test
) -> str:
    """Return an argument that is mirrored in a header."""
    return region


async def test_missing_capability(ctx: Context[Any, Any]) -> str:
    """Need what the client cannot do."""
    if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "needs sampling",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return "ok"


def json_schema_2020_12_tool() -> str:
    """Have a schema with every keyword."""
    return "ok"


_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def add_content(server: MCPServer[Any]) -> None:
    """Register them."""
    for function in (
        test_simple_text,
        test_image_content,
        test_audio_content,
        test_embedded_resource,
        test_multiple_content_types,
        test_error_handling,
        test_sampling,
        test_elicitation,
        test_elicitation_sep1034_defaults,
        test_elicitation_sep1330_enums,
        test_x_mcp_header,
        test_missing_capability,
        json_schema_2020_12_tool,
    ):
        server.add_tool(function)
    manager = server._tool_manager  # pyright: ignore[reportPrivateUsage]
    tool = manager.get_tool("json_schema_2020_12_tool")
    assert tool is not None
    tool.parameters = _SCHEMA
