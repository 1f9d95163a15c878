"""What a change writes down that was not there before.

To know a recorded input again a change must hold something of it: a number, a text. A change that
brings no literal of its own cannot have learned its inputs by heart.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mendloop.core.validate.tree import parsed

TRIVIAL: Final = frozenset({"None", "True", "False", "0", "1", "0.0", "1.0", "''", "Ellipsis"})
"""Literals that say nothing of one input rather than another."""
MOST_TRIVIAL: Final = 3
"""Several of these together may spell any number."""


class Brings(StrEnum):
    """What sort of literals a change brings."""

    NOTHING = "nothing"
    DATA = "data"
    """Entries of a table that was there already."""
    LITERALS = "literals"


@dataclass(frozen=True, slots=True)
class _Spot:
    text: str
    in_table: bool


def brings(old: str, new: str) -> Brings:
    """What literals a Python file has that its earlier text had not.

    Texts of raised errors and docstrings do not count. Where either text is missing or cannot be
    read, a change is taken to bring literals.
    """
    before, after = parsed(old), parsed(new)
    if isinstance(before, SyntaxError) or isinstance(after, SyntaxError) or not old.strip():
        return Brings.LITERALS
    tables = _tables(before)
    had = Counter(spot.text for spot in _spots(before, tables))
    now = list(_spots(after, tables))
    fresh = Counter(spot.text for spot in now) - had
    if not _telling(fresh):
        return Brings.NOTHING
    outside = Counter(spot.text for spot in now if not spot.in_table)
    outside -= Counter(spot.text for spot in _spots(before, tables) if not spot.in_table)
    return Brings.LITERALS if _telling(outside) else Brings.DATA


def _telling(fresh: Counter[str]) -> bool:
    """Whether some literals can stand for a particular input."""
    trivial = sum(number for text, number in fresh.items() if text in TRIVIAL)
    return trivial >= MOST_TRIVIAL or any(text not in TRIVIAL for text in fresh)


def _spots(tree: ast.Module, tables: frozenset[str]) -> Iterator[_Spot]:
    """Every literal that counts."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, in_table = waiting.pop()
        match node:
            case ast.Raise() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Constant(value=value):
                yield _Spot(repr(value), in_table)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                in_table = in_table or name in tables
            case _:
                pass
        waiting.extend((child, in_table) for child in ast.iter_child_nodes(node))


def _tables(tree: ast.Module) -> frozenset[str]:
    """The names that a file binds to a literal collection."""
    names = set[str]()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if isinstance(value, ast.Dict | ast.Set | ast.List | ast.Tuple):
                names.add(name)
            case _:
                pass
    return frozenset(names)
