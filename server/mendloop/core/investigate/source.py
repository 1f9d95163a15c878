"""Finds a function in a file's text."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
MOST_LEVELS: Final = 200
"""A deeper tree would exhaust the stack of whoever walks it."""


def extent(source: str, qualname: str) -> range | None:
    """The lines of a function or class.

    Args:
        source: The file's text; untrusted.
        qualname: Such as ``quote``, ``Cart.total`` or ``outer.<locals>.inner``.

    Returns:
        From the first decorator to the last line, counted from 1; ``None`` where there is none, or
        the file cannot be read. Of several with one name it is the last, as in Python.
    """
    names = [part for part in qualname.split(".") if part != "<locals>"]
    tree = parsed(source)
    if tree is None or not all(names):
        return None
    body: Sequence[ast.stmt] = tree.body
    found: Definition | None = None
    for name in names:
        found = next((one for one in reversed(list(_defined(body))) if one.name == name), None)
        if found is None:
            return None
        body = found.body
    return None if found is None else _lines(found)


def _lines(node: Definition) -> range:
    first = min((node.lineno, *(one.lineno for one in node.decorator_list)))
    return range(first, (node.end_lineno or node.lineno) + 1)


def _defined(body: Sequence[ast.stmt]) -> Iterator[Definition]:
    """What a block defines, also under conditions, in the order of the lines."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield statement
            case ast.If(body=body, orelse=other):
                yield from _defined([*body, *other])
            case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=final):
                caught = [part for handler in handlers for part in handler.body]
                yield from _defined([*body, *caught, *other, *final])
            case ast.With(body=body) | ast.For(body=body) | ast.While(body=body):
                yield from _defined(body)
            case _:
                pass


def parsed(source: str) -> ast.Module | None:
    """The tree of a file; ``None`` where it cannot be read, or is too deep to be walked."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _shallow(tree) else None


def _shallow(tree: ast.Module) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(MOST_LEVELS):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return True
    return False
