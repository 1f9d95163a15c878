"""Tools that take nothing but what they know, and say plainly what is wrong with the rest.

The SDK passes over arguments that a tool does not have, so that a mistyped one is lost without a
word, and answers the others with pydantic's own lines. ``Tool`` is subclassed rather than wrapped
by an ``Extension``, because an extension is advertised to every client as a part of the protocol.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, cast, get_type_hints

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import ValidationError
from starlette.requests import Request
from typing_extensions import override

from mendloop.app.actor import acting
from mendloop.interfaces.answers.base import Answer
from mendloop.interfaces.answers.text import clean
from mendloop.interfaces.mcp.bearer import who_of
from mendloop.interfaces.mcp.boundary import answering
from mendloop.interfaces.mcp.schema import answer_schema, argument_schema

_MOST_FAULTS: Final = 3
_MOST_NAME: Final = 60


class StrictTool(Tool):
    """A tool that refuses arguments which it does not know."""

    @override
    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,
    ) -> Any:
        """Check the arguments, make the call, and let no failure out but through the boundary.

        The result needs no conversion: tools reply with a ``CallToolResult``.

        Raises:
            ToolError: The arguments are not acceptable, or the call failed.
        """
        known = list(self.parameters["properties"])
        _refuse_unknown(arguments, known)
        with acting(_bearer(context)), answering():
            try:
                checked = self.fn_metadata.validate_arguments(arguments)
            except ValidationError as error:
                raise ToolError(_explained(error, known)) from error
            if self.context_kwarg is not None:
                checked[self.context_kwarg] = context
            return await self.fn(**checked)


def _bearer(context: Context[Any, Any]) -> str:
    """Who a call is from: the bearer of a token over HTTP, and otherwise the agent."""
    request = context.request_context.request
    who = who_of(request.scope.get("user")) if isinstance(request, Request) else None
    return "agent" if who is None else who.bearer


def strict_tool(
    function: Callable[..., Awaitable[object]],
    *,
    title: str,
    annotations: ToolAnnotations,
    meta: dict[str, Any],
) -> StrictTool:
    """A function as a tool, named and described as in its own words."""
    made = StrictTool.from_function(
        function,
        title=title,
        description=_unwrapped(function.__doc__ or ""),
        annotations=annotations,
        meta=meta,
        structured_output=False,
    )
    made.parameters = argument_schema(made.parameters)
    made.fn_metadata.output_schema = answer_schema(_answer_of(function))
    return cast("StrictTool", made)


def _answer_of(function: Callable[..., object]) -> type[Answer]:
    """What a tool answers, as its return type says: ``Annotated[CallToolResult, ...]``.

    The SDK would check every answer against it; it was checked when it was made.
    """
    answer = get_type_hints(function, include_extras=True)["return"].__metadata__[0]
    return cast("type[Answer]", answer)


def _refuse_unknown(arguments: Mapping[str, object], known: Sequence[str]) -> None:
    unknown = sorted(set(arguments) - set(known))
    if not unknown:
        return
    names = ", ".join(f"`{clean(name, _MOST_NAME)}`" for name in unknown[:_MOST_FAULTS])
    near = get_close_matches(unknown[0], known, n=1, cutoff=0.5)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    raise ToolError(
        f"[invalid_input] Unknown argument: {names}.{meant} {_known(known)} Nothing was done."
    )


def _explained(error: ValidationError, known: Sequence[str]) -> str:
    """What is wrong with the arguments, in one sentence each, without the values."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    said = [_fault(fault["type"], fault["loc"], fault["msg"]) for fault in faults[:_MOST_FAULTS]]
    more = len(faults) - len(said)
    rest = f"; and {more} more" if more else ""
    return f"[invalid_input] {'; '.join(said)}{rest}. {_known(known)} Nothing was done."


def _fault(kind: str, place: tuple[int | str, ...], message: str) -> str:
    # pydantic names the member of a union, such as list[dict[str,any]], among the keys
    parts = [str(part) for part in place if not any(mark in str(part) for mark in "[]()")]
    where = f"`{clean('.'.join(parts), _MOST_NAME)}`"
    if kind == "missing":
        return f"{where} is missing"
    if kind == "extra_forbidden":
        return f"{where} is not known"
    return f"{where}: {clean(message[:1].lower() + message[1:], 200)}"


def _known(known: Sequence[str]) -> str:
    if not known:
        return "This tool takes no arguments."
    return f"Known: {', '.join(f'`{name}`' for name in known)}."


def _unwrapped(docstring: str) -> str:
    """A docstring's paragraphs, each on one line."""
    paragraphs = docstring.strip().split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
