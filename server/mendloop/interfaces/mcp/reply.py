"""An answer, as MCP wants it."""

from mcp_types import CallToolResult, ResourceLink, TextContent

from mendloop.interfaces.answers.base import Answer


def reply(answer: Answer) -> CallToolResult:
    """The same content twice, because some clients show a model the text and some the structure."""
    return CallToolResult(
        content=[
            TextContent(type="text", text=answer.text()),
            *(
                ResourceLink(
                    type="resource_link",
                    uri=uri,
                    name=uri.removeprefix("mendloop://"),
                    mime_type="application/json",
                )
                for uri in answer.links()
            ),
        ],
        structured_content=answer.plain(),
    )
