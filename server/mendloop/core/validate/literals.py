"""What a change writes down that was not there before.

To know a recorded input again a change must hold something of it: a number, a text. A change that
brings no literal of its own cannot have learned its inputs by heart. What a name is spelled like
counts as well where the file reads names: ``dict(_17=x)`` holds a 17.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from mendloop.core.validate.tree import children, parsed, walk
from mendloop.noun import dataclass

TRIVIAL: Final = frozenset({"None", "True", "False", "0", "1", "0.0", "1.0", "''", "Ellipsis"})
"""Literals that say nothing of one input rather than another."""
MOST_TRIVIAL: Final = 3
"""Several of these together may spell any number."""


_NAMES: Final = frozenset(
    {
        "__annotations__", "__code__", "__dict__", "__doc__", "__kwdefaults__", "__members__",
        "__name__", "__qualname__", "__slots__", "_fields", "args", "co_names", "co_varnames",
        "keywords",
    }
)  # fmt: skip
"""Attributes by which a program reads how its own names, or its own messages, are spelled."""
_LISTERS: Final = frozenset({"dir", "globals", "locals", "vars"})


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

    Texts of raised errors and docstrings do not count, unless the file reads such. Where either
    text is missing or cannot be read, a change is taken to bring literals.
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
    """Every literal that counts, and what stands for one."""
    yield from (_Spot(name, in_table=False) for name in _spelled(tree))
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
        waiting.extend((child, in_table) for child in children(node))


def _spelled(tree: ast.Module) -> Iterator[str]:
    """The names that a file can read as if they were texts."""
    for node in walk(tree):
        match node:
            case ast.Attribute(attr=attr, ctx=ast.Load()) if attr in _NAMES:
                yield f"reads {attr}"
            case ast.Call(func=ast.Name(id=name)) if name in _LISTERS:
                yield f"calls {name}"
            case ast.Call(func=ast.Name(id="dict"), keywords=named):
                yield from (f"keyword {one.arg}" for one in named)
            case ast.FunctionDef(args=ast.arguments(kwarg=ast.arg(arg=name))):
                yield f"keywords of {name}"
            case ast.ClassDef(body=body):
                held = (part for part in body if isinstance(part, ast.Assign | ast.AnnAssign))
                yield from (f"field {ast.unparse(part)}" for part in held)
            case _:
                pass


def _tables(tree: ast.Module) -> frozenset[str]:
    """The names that a file binds to a literal collection."""
    names = set[str]()
    for node in walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if isinstance(value, ast.Dict | ast.Set | ast.List | ast.Tuple):
                names.add(name)
            case _:
                pass
    return frozenset(names)
