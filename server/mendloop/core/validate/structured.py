"""Reads a changed text that programs read: it parses, and it keeps to the schema declared for it.

Of Markdown the front matter is what programs read. References out of a schema are never followed:
nothing is fetched.
"""

import json
import tomllib
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from typing import Any, Final, TypeAlias, cast

from referencing import Registry
from referencing.exceptions import Unresolvable
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from mendloop.core.validate.wording import clean
from mendloop.model.proposal import StaticFinding

_DRAFT: Final[Any] = import_module("jsonschema").Draft202012Validator
_NO_SCHEMA: Final[Any] = import_module("jsonschema").SchemaError
"""The library bears no types."""
MOST_NODES: Final = 50_000
"""Of a document, with what aliases stand for counted each time."""
MOST_CHARACTERS: Final = 200_000
"""The reader of YAML is written in Python and takes about a second for as many."""
MOST_TOLD: Final = 5
_FENCE: Final = "---"
_YAML: Final = frozenset({"yaml", "yml"})
_PROSE: Final = frozenset({"md", "markdown"})
_Read: TypeAlias = Any
"""A document as a parser gives it."""


class UnreadableError(Exception):
    """A text that cannot be read; with the line, from 1."""

    def __init__(self, message: str, line: int) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.message = message
        self.line = line


def read_structured(path: str, new: str, schema: str | None) -> tuple[StaticFinding, ...]:
    """What is wrong with a changed text as a document; every finding blocks.

    Args:
        path: The file; its ending says what it is.
        new: Its new text; untrusted.
        schema: The JSON Schema declared for it, as JSON.
    """
    if len(new) > MOST_CHARACTERS:
        large = f"It has more than {MOST_CHARACTERS} characters, too many to hold to its schema."
        return () if schema is None else (_finding("schema", path, 1, large),)
    try:
        document = document_of(path, new)
    except UnreadableError as error:
        return (_finding("parses", path, error.line, error.message),)
    if schema is None or document is None:
        return ()
    return tuple(_against(path, document, schema))


def document_of(path: str, new: str) -> _Read:
    """The document; ``None`` for a text of another sort, which nothing is known of.

    Raises:
        UnreadableError: It cannot be read, or stands for too much.
    """
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in _PROSE:
        front = front_matter(new)
        document = None if front is None else _yaml(f"\n{front}")  # as many lines as in the file
    elif suffix in _YAML:
        document = _yaml(new)
    elif suffix == "json":
        document = _json(new)
    elif suffix == "toml":
        document = _toml(new)
    else:
        return None
    if _nodes(document) > MOST_NODES:
        raise UnreadableError("It stands for more than anybody reads: aliases repeat it.", 1)
    return document


def front_matter(text: str) -> str | None:
    """What stands between two lines of three dashes at the top; ``None`` where nothing does."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        return None
    ends = [number for number, line in enumerate(lines) if number and line.rstrip() == _FENCE]
    return "\n".join(lines[1 : ends[0]]) if ends else None


def _json(text: str) -> _Read:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise UnreadableError(f"It is no JSON: {error.msg}.", error.lineno) from error
    except RecursionError as error:
        raise UnreadableError("It is nested too deep to be read.", 1) from error


def _toml(text: str) -> _Read:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableError(f"It is no TOML: {error}.", 1) from error


def _yaml(text: str) -> _Read:
    reader: Any = YAML(typ="safe", pure=True)
    try:
        return reader.load(StringIO(text))
    except MarkedYAMLError as error:
        marked: Any = error
        line = int(marked.problem_mark.line) + 1 if marked.problem_mark else 1
        raise UnreadableError(f"It is no YAML: {marked.problem}.", line) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise UnreadableError("It is no YAML that can be read.", 1) from error


def _nodes(document: object) -> int:
    """How many values there are, up to a few more than are allowed."""
    waiting = [document]
    count = 0
    while waiting and count <= MOST_NODES:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            inner = list(cast("dict[object, object]", value).values())
        elif isinstance(value, list):
            inner = cast("list[object]", value)
        else:
            continue
        waiting += inner[: MOST_NODES + 1]
    return count


def _against(path: str, document: _Read, schema: str) -> Iterator[StaticFinding]:
    """Where a document does not keep to its schema."""
    try:
        declared = json.loads(schema)
        _DRAFT.check_schema(declared)
    except (ValueError, RecursionError, _NO_SCHEMA):
        yield _finding("schema", path, 1, "Its declared schema is no JSON Schema.")
        return
    registry: Registry[Any] = Registry()
    validator = _DRAFT(declared, registry=registry)
    try:
        for number, error in enumerate(validator.iter_errors(document)):
            if number >= MOST_TOLD:
                return
            yield _finding("schema", path, 1, _told(error))
    except (Unresolvable, RecursionError):
        yield _finding("schema", path, 1, "Its declared schema refers to what is not in it.")


def _told(error: Any) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "the document"
    return f"{where}: {error.message}"


def _finding(rule: str, path: str, line: int, message: str) -> StaticFinding:
    return StaticFinding(rule=rule, message=clean(message), path=path, line=line, blocks=True)
