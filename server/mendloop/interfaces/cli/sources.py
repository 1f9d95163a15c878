"""Contents that the command line names: files, standard input, JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import typer
from pydantic import TypeAdapter, ValidationError

from mendloop.errors import InvalidInput
from mendloop.interfaces.answers.arguments import FileEdit, NewFile
from mendloop.interfaces.calls.change import Wanted
from mendloop.model.value import Encoded

_MOST_BYTES: Final = 16 * 1024 * 1024
_INPUT: Final = "-"


def wanted(files: Sequence[str], diff: Path | None, edits: Path | None) -> Wanted:
    """A change, from files, from a diff, or from texts to replace.

    Raises:
        typer.BadParameter: None is named, or several, or the texts are not given as they should.
        InvalidInput: A file cannot be read.
    """
    if [bool(files), diff is not None, edits is not None].count(True) != 1:
        raise typer.BadParameter("give one of --file (once or more often), --diff and --edits")
    if diff is not None:
        return Wanted(diff=_read(str(diff)))
    if edits is not None:
        return Wanted(edits=_edits(_read(str(edits))))
    return Wanted(files=[_new_file(each) for each in files])


def _edits(text: str) -> list[FileEdit]:
    try:
        return TypeAdapter(list[FileEdit]).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise typer.BadParameter(f"--edits: {where}: {first['msg']}") from error


def _new_file(named: str) -> NewFile:
    path, equals, content = named.partition("=")
    if not path or Path(path).is_absolute():
        raise typer.BadParameter(f"{named!r} does not begin with a path of the workspace")
    return NewFile(path=path, content=_read(content if equals else path))


def json_value(text: str, option: str) -> Encoded:
    """A value, from JSON.

    Raises:
        typer.BadParameter: It is none.
    """
    try:
        return cast("Encoded", json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{option}: {text[:60]!r} is not JSON: {error}") from error


def json_object(text: str, option: str) -> dict[str, Encoded]:
    """Named values, from a JSON object.

    Raises:
        typer.BadParameter: It is none.
    """
    value = json_value(text, option)
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{option}: {text[:60]!r} is no JSON object")
    return value


def records(named: str) -> Sequence[object] | Mapping[str, object]:
    """Execution records from a file: one, a list of them, or one on each line.

    Raises:
        InvalidInput: The file cannot be read, or holds no JSON records.
    """
    text = _read(named).removeprefix("\ufeff")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return [_record(number, line) for number, line in _lines(text)]
    if isinstance(read, list | dict):
        return cast("list[object] | dict[str, object]", read)
    raise InvalidInput(
        "The JSON is neither a record nor a list of them.",
        hint="README.md shows what a record looks like.",
    )


def _lines(text: str) -> list[tuple[int, str]]:
    found = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not found:
        raise InvalidInput("There is no record.", hint="Hand in JSON, or one record on each line.")
    return found


def _record(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"Line {number} is not JSON.",
            hint="Hand in JSON or JSON Lines; `mendloop import jsonl FILE` passes over bad lines.",
        ) from error


def _read(named: str) -> str:
    """A text, as its bytes say; a line end is left as it is.

    Raises:
        InvalidInput: It cannot be read, is too long, or is not UTF-8.
    """
    where = "standard input" if named == _INPUT else named
    try:
        data = _bytes(named)
        if len(data) > _MOST_BYTES:
            raise InvalidInput(
                f"{where} has more than {_MOST_BYTES} bytes.",
                hint="Hand it in in parts; `mendloop import jsonl FILE` takes files of any size.",
            )
        return data.decode()
    except OSError as error:
        raise InvalidInput(
            f"{where} cannot be read: {error.strerror}.", hint="Name a file that you can read."
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{where} is not UTF-8.", hint="Convert it first.") from error


def _bytes(named: str) -> bytes:
    if named == _INPUT:
        return sys.stdin.buffer.read(_MOST_BYTES + 1)
    with Path(named).open("rb") as file:
        return file.read(_MOST_BYTES + 1)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")
