"""What an answer says about the call that it answers."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from mendloop.interfaces.proxy.messages import Message, is_list, is_object
from mendloop.noun import dataclass

_URL_NEEDED: Final = -32042
"""2025-11-25: the client must open a page first, and then ask again."""


@dataclass(frozen=True, slots=True)
class Returned:
    """It gave a result."""

    value: object
    whole: bool
    """Whether the value is all that the tool answered."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Asks:
    """It is not over: the client is asked something, and calls once more with its answers."""

    state: str | None
    """Comes back with the second call."""


@dataclass(frozen=True, slots=True)
class Delegated:
    """It goes on as a task, which is asked for later."""

    task: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An answer of a kind that is not known here."""


Ending: TypeAlias = Returned | Failed
Answer: TypeAlias = Ending | Asks | Delegated | Unknown


def read_answer(message: Message) -> Answer:
    """Read the answer to a ``tools/call``."""
    if message.has("error"):
        return read_error(message.fields("error"))
    result = message.get("result")
    if not is_object(result):
        return Failed("MalformedAnswer", "The result is no object.")
    return read_result(result)


def read_result(result: Mapping[str, object]) -> Answer:
    """Read the result of a ``tools/call``, wherever it stands."""
    kind = result.get("resultType", "complete")
    if kind == "input_required":
        state = result.get("requestState")
        return Asks(state if isinstance(state, str) else None)
    if (task := _task(result)) is not None:
        return Delegated(task)
    if kind != "complete":
        return Unknown()
    if result.get("isError") is True:
        return Failed("ToolError", _message(result))
    return _returned(result)


def read_error(error: Mapping[str, object]) -> Failed | Asks:
    """Read a JSON-RPC error."""
    code, message = error.get("code"), error.get("message")
    if code == _URL_NEEDED:
        return Asks(None)
    shown = str(code) if isinstance(code, int) and not isinstance(code, bool) else "without code"
    return Failed(f"JsonRpcError {shown[:12]}", message if isinstance(message, str) else "")


def _task(result: Mapping[str, object]) -> str | None:
    """The id of the task that was begun: as in 2026-07-28, or as in 2025-11-25."""
    inner = result.get("task")
    holder = result if result.get("resultType") == "task" else inner
    task = holder.get("taskId") if is_object(holder) else None
    return task if isinstance(task, str) else None


def _returned(result: Mapping[str, object]) -> Returned:
    structured = result.get("structuredContent")
    texts, whole = _texts(result.get("content"))
    if structured is not None:
        return Returned(structured, whole)
    return Returned("\n".join(texts) if texts else None, whole)


def _message(result: Mapping[str, object]) -> str:
    texts, _ = _texts(result.get("content"))
    structured = result.get("structuredContent")
    return "\n".join(texts) or ("" if structured is None else str(structured))


def _texts(content: object) -> tuple[list[str], bool]:
    """The texts among the blocks, and whether there was nothing else."""
    blocks = content if is_list(content) else []
    texts = [
        text
        for block in blocks
        if is_object(block) and block.get("type") == "text"
        if isinstance(text := block.get("text"), str)
    ]
    return texts, len(texts) == len(blocks)
