"""The questions that fixtures ask of a client."""

from mcp_types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    SamplingMessage,
    TextContent,
)


def form(message: str, **properties: str) -> ElicitRequest:
    """A form with one field for each property, by its JSON type."""
    return ElicitRequest(
        params=ElicitRequestFormParams(
            message=message,
            requested_schema={
                "type": "object",
                "properties": {name: {"type": kind} for name, kind in properties.items()},
                "required": list(properties),
            },
        )
    )


def sample(text: str) -> CreateMessageRequest:
    """A question to the client's model."""
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[said(text)], max_tokens=100)
    )


def said(text: str) -> SamplingMessage:
    """One message of a user."""
    return SamplingMessage(role="user", content=TextContent(type="text", text=text))
