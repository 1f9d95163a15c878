"""Which libraries a file will want: those worth importing once for all its candidates."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

_IMPORT: Final = re.compile(rb"^[ \t]*(?:import|from)[ \t]+([A-Za-z_][A-Za-z0-9_]*)", re.MULTILINE)
_MOST: Final = 20


def libraries(source: bytes, paths: Iterable[str]) -> tuple[str, ...]:
    """The top names that a source imports and that are no part of the tree.

    Args:
        source: A file of the tree as the user has it; never a candidate, which could name any.
        paths: All files of the tree: code of the tree is never imported where libraries are.
    """
    own: set[str] = set()
    for path in paths:
        own.update(part.removesuffix(".py") for part in PurePosixPath(path).parts)
    named = {match.decode("ascii") for match in _IMPORT.findall(source)}
    return tuple(sorted(named - own))[:_MOST]
