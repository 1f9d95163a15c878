"""The arguments that have a shape of their own, as schemas tell them."""

from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

MOST_RECORDS: Final = 500
"""Executions in one call of ``record_execution``; a file goes in by ``mendloop import``."""

RECORD_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "target": {"type": "string"},
        "outcome": {"type": "string", "enum": ["ok", "error", "timeout", "wrong"]},
        "at": {"type": "string", "description": "RFC 3339 with zone; now by default."},
        "seconds": {"type": "number"},
        "args": {"type": "array"},
        "kwargs": {"type": "object"},
        "result": {},
        "error": {
            "type": "object",
            "description": "{type, message, frames: [{file, line, function}]}",
        },
        "expected": {"description": "The right result, where outcome is wrong."},
        "caller": {"type": "string"},
        "session": {"type": "string"},
        "id": {"type": "string", "description": "Makes a repeat a no-op."},
    },
    "required": ["target", "outcome"],
}
"""One execution record. What breaks it is refused record by record, not call by call."""


HOOK_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Sent by the hooks of the Claude Code plugin; not for you.",
}
"""What a hook sends, as Claude Code words it. It is read field by field, and never refused whole
for a field that is not known: another version of the client may send more."""


class _Argument(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewFile(_Argument):
    """One file's whole new content."""

    path: str
    content: str


class FileEdit(_Argument):
    """Replace one text, which must occur exactly once."""

    path: str
    old: str
    new: str


class Label(_Argument):
    """An earlier call that was wrong."""

    execution: str = Field(validation_alias=AliasChoices("execution", "id"))
    outcome: str = Field(default="wrong", pattern="^wrong$")
    expected: Any = Field(default=None, description="The right result, where it is known.")

    @property
    def known(self) -> bool:
        """Whether the right result was given: null is one, too."""
        return "expected" in self.model_fields_set
