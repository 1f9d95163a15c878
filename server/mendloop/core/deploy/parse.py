"""Whether a file can be read by those who read files of its kind."""

import ast
import json
import tomllib
from typing import Any


def unreadable(path: str, content: bytes) -> str | None:
    """Why a Python, TOML, JSON or YAML file cannot be parsed; ``None`` where nothing is wrong."""
    try:
        match path.rpartition(".")[2]:
            case "py":
                # from bytes, so that a declared encoding and a byte order mark count
                ast.parse(content)
            case "toml":
                tomllib.loads(content.decode())
            case "json":
                json.loads(content.decode("utf-8-sig"))
            case "yaml" | "yml":
                return _unreadable_yaml(content)
            case _:
                return None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return None


def _unreadable_yaml(content: bytes) -> str | None:
    from ruamel.yaml import YAML  # noqa: PLC0415  few workspaces have any YAML
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        # round-trip keeps unknown tags as they are; nothing is built of them
        reader: Any = YAML(typ="rt", pure=True)
        for _ in reader.load_all(content):
            pass
    except (YAMLError, ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return None
