"""Read ``mendloop.toml``: what the loop may improve, as its owner has written it."""

import ast
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mendloop.adapters.paths import read_regular, relative
from mendloop.errors import InvalidInput
from mendloop.model.ids import TargetName
from mendloop.model.target import Manifest, Range, SideEffect, Target, TargetKind

_FILE: Final = "mendloop.toml"
_MOST_BYTES: Final = 1024 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST: Final = 3600.0

Text = Annotated[str, Field(strict=True, min_length=1, max_length=1000)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class _TargetTable(_Table):
    source: Text
    idempotent: Flag = False
    side_effects: list[SideEffect] = []
    cases: Text | None = None
    invariants: list[Text] = []
    range: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    used_by: list[Text] = []
    timeout_seconds: Annotated[Number, Field(gt=0, le=_LONGEST)] = 5.0
    tolerance: Annotated[Number, Field(ge=0, lt=1)] | None = None
    float_tolerance: Annotated[Number, Field(ge=0, lt=1)] | None = None
    """The longer name of ``tolerance``."""
    schema_file: Text | None = None
    evaluate: Text | None = None


class _Document(_Table):
    python: Text | None = None
    targets: dict[str, _TargetTable] = {}
    settings: Any = None
    """Read by ``mendloop.settings``."""
    policy: Any = None
    """Read by ``mendloop.policy_file``."""


class ManifestFile:
    """The manifest of one workspace, read again whenever the file has changed."""

    def __init__(self, path: Path) -> None:
        """Look after one file; it need not exist."""
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._read = Manifest()

    def read(self) -> Manifest:
        """What it says now; an empty manifest where there is no file.

        Raises:
            InvalidInput: It is no manifest; the message names the key.
            OSError: The disk does not give it.
        """
        try:
            about = os.stat(self._path)  # noqa: PTH116  one call, as cheap as can be
        except FileNotFoundError:
            return Manifest()
        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
        if stamp != self._stamp:
            content = read_regular(os.path.realpath(self._path), most=_MOST_BYTES)
            self._read = parse_manifest(content or b"")
            self._stamp = stamp
        return self._read


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        InvalidInput: It is none; the message names the key, and what is wrong with it.
    """
    try:
        document = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(
            f"{_FILE} is no TOML: {error}.", hint="Mend that line, then try again."
        ) from error
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        raise _named(error) from error
    targets = {TargetName(name): _target(name, table) for name, table in read.targets.items()}
    for target in targets.values():
        _check_users(target, targets)
    return Manifest(python=read.python, targets=targets)


def _target(name: str, table: _TargetTable) -> Target:
    if not _NAME.fullmatch(name):
        raise _wrong(
            ("targets", name), "the name has other characters than A-Z a-z 0-9 _ . -, or over 100"
        )
    kind, path, selector = _source(name, table.source)
    if table.range is not None:
        _check_range(name, kind, table.range)
    for position, invariant in enumerate(table.invariants):
        _check_invariant(name, position, invariant)
    return Target(
        name=TargetName(name),
        kind=kind,
        path=path,
        selector=selector,
        idempotent=table.idempotent,
        side_effects=frozenset(table.side_effects),
        cases=None if table.cases is None else _path(name, "cases", table.cases),
        invariants=tuple(table.invariants),
        range=None if table.range is None else Range(low=table.range[0], high=table.range[1]),
        used_by=tuple(TargetName(user) for user in table.used_by),
        timeout=timedelta(seconds=table.timeout_seconds),
        float_tolerance=_tolerance(name, table),
        schema_file=None if table.schema_file is None else _schema(name, path, table.schema_file),
        evaluate=() if table.evaluate is None else _evaluation(name, table.evaluate),
    )


def _schema(name: str, path: str, schema: str) -> str:
    if not path.endswith((".json", ".yaml", ".yml", ".toml", ".md", ".markdown")):
        raise _wrong(
            ("targets", name, "schema_file"),
            f"{path} is no JSON, YAML, TOML or Markdown, which alone have a schema",
        )
    return _path(name, "schema_file", schema)


def _evaluation(name: str, command: str) -> tuple[str, ...]:
    """The file and the arguments of an evaluation's command.

    Raises:
        InvalidInput: It is no command that the sandbox can run.
    """
    key = ("targets", name, "evaluate")
    try:
        program, *rest = shlex.split(command) or [""]
    except ValueError as error:
        raise _wrong(key, f"{command!r} cannot be read as a command ({error})") from error
    if program not in {"python", "python3"}:
        raise _wrong(
            key,
            f"{program!r} cannot run in the sandbox, which runs Python only",
            "Write `python FILE ARGS`, with a Python file of the workspace that prints a score.",
        )
    if not rest or not rest[0].endswith(".py"):
        raise _wrong(key, f"{command!r} is not like `python evals/reply.py`")
    return (_path(name, "evaluate", rest[0]), *rest[1:])


def _tolerance(name: str, table: _TargetTable) -> float:
    if table.tolerance is not None and table.float_tolerance is not None:
        raise _wrong(("targets", name, "tolerance"), "float_tolerance says the same: give one")
    return next((one for one in (table.tolerance, table.float_tolerance) if one is not None), 0.0)


def _source(name: str, source: str) -> tuple[TargetKind, str, str]:
    path, colon, function = source.partition(":")
    if colon:
        if path.endswith(".py") and all(part.isidentifier() for part in function.split(".")):
            return TargetKind.FUNCTION, _path(name, "source", path), function
        raise _wrong(("targets", name, "source"), f"{source!r} is not like tools/file.py:function")
    path, hash_, key = source.partition("#")
    if hash_:
        if all(key.split(".")):
            return TargetKind.CONSTANT, _path(name, "source", path), key
        raise _wrong(("targets", name, "source"), f"{source!r} is not like settings.toml#key.path")
    if path.endswith(".py"):
        raise _wrong(("targets", name, "source"), f"{source!r} names no function: add `:function`")
    return TargetKind.TEXT, _path(name, "source", path), ""


def _path(name: str, key: str, path: str) -> str:
    try:
        return relative(path)
    except InvalidInput as error:
        raise _wrong(("targets", name, key), error.message.rstrip("."), error.hint) from error


def _check_range(name: str, kind: TargetKind, ends: list[float]) -> None:
    if kind is not TargetKind.CONSTANT:
        raise _wrong(("targets", name, "range"), f"a {kind} has no range, only a constant has")
    if ends[0] > ends[1]:
        raise _wrong(("targets", name, "range"), f"{ends[0]} is above {ends[1]}")


def _check_invariant(name: str, position: int, invariant: str) -> None:
    try:
        ast.parse(invariant, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _wrong(
            ("targets", name, "invariants", position), f"{invariant[:100]!r} is no expression"
        ) from error


def _check_users(target: Target, targets: Mapping[TargetName, Target]) -> None:
    for user in target.used_by:
        if user not in targets or targets[user].kind is not TargetKind.FUNCTION:
            raise _wrong(
                ("targets", target.name, "used_by"), f"{user!r} is no function among the targets"
            )


def _named(error: ValidationError) -> InvalidInput:
    first = error.errors(include_url=False)[0]
    key = first["loc"]
    if first["type"] != "extra_forbidden":
        return _wrong(key, first["msg"])
    known = _Document if len(key) == 1 else _TargetTable
    return _wrong(
        key, "there is no such key", f"The keys accepted there: {', '.join(known.model_fields)}."
    )


def _wrong(key: tuple[int | str, ...], reason: str, hint: str = "") -> InvalidInput:
    parts = (
        str(part) if isinstance(part, int) or _BARE_KEY.fullmatch(part) else f'"{part}"'
        for part in key
    )
    return InvalidInput(
        f"{_FILE}, `{'.'.join(parts)}`: {reason}.",
        hint=hint or "README.md shows what mendloop.toml may say.",
    )
