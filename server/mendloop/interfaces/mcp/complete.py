"""What a client may offer while somebody fills in a parameter."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from mcp.server import MCPServer
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from mendloop.app.read import Reader

_KINDS: Final = {
    "mendloop://executions/{id}": "execution",
    "mendloop://incidents/{id}": "incident",
    "mendloop://proposals/{id}": "proposal",
    "mendloop://proposals/{id}/report": "proposal",
    "mendloop://deployments/{id}": "deployment",
}
"""What the id of a template names."""
_MOST: Final = 100
_SUBJECT: Final = ("incident", "target")

_Reference = PromptReference | ResourceTemplateReference
_Handler = Callable[
    [_Reference, CompletionArgument, CompletionContext | None], Awaitable[Completion]
]


def completer(reader: Reader) -> _Handler:
    """The one handler for prompts and resource templates."""

    async def complete(
        reference: _Reference, argument: CompletionArgument, _: CompletionContext | None
    ) -> Completion:
        values = [
            value
            for kind in _kinds(reference, argument.name)
            for value in await reader.complete(kind, argument.value)
        ]
        return Completion(values=values[:_MOST], total=len(values), has_more=len(values) > _MOST)

    return complete


def add_completion(server: MCPServer[Any], reader: Reader) -> None:
    """Complete every parameter that has known values."""
    completion: Callable[[], Any] = server.completion  # the SDK has no types here
    completion()(completer(reader))


def _kinds(reference: _Reference, name: str) -> tuple[str, ...]:
    match reference:
        case ResourceTemplateReference(uri=uri) if name == "id":
            return (_KINDS[uri],) if uri in _KINDS else ()
        case PromptReference() if name == "subject":
            return _SUBJECT
        case _:
            return (name,)
