"""Where the functions of a file stand. On ``ast``: it is quick, and knows when to give up."""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final, TypeAlias

from mendloop.noun import dataclass

MOST_CHARACTERS: Final = 600_000
MOST_DEPTH: Final = 80

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """One function of a file. Lines count from 1, and include the decorators."""

    name: str
    lines: range
    outermost: range
    """The lines of the outermost function around it, or its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The functions of a file, in its order, and the names that the file itself binds."""

    functions: tuple[Extent, ...]
    names: frozenset[str]

    def named(self, function: str) -> Extent | None:
        """The function of a qualified name; of several the last, as when the file is run."""
        wanted = function.replace(".<locals>", "")
        return next((f for f in reversed(self.functions) if f.name == wanted), None)

    def outermost(self, extent: Extent) -> str:
        """The qualified name of the outermost function around one."""
        return next(f.name for f in self.functions if f.lines == extent.outermost)

    def around(self, line: int) -> Extent | None:
        """The innermost function that a line belongs to."""
        inside = [function for function in self.functions if line in function.lines]
        return min(inside, key=lambda function: len(function.lines), default=None)


def parsed(source: str) -> ast.Module | None:
    """The syntax tree; ``None`` where it is not Python, or nested beyond reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def outline(source: str) -> Outline | None:
    """The functions of a file; ``None`` where it cannot be read."""
    if len(source) > MOST_CHARACTERS:
        return None
    tree = parsed(source)
    if tree is None:
        return None
    names = {name for statement in tree.body for name in _bound(statement)}
    return Outline(functions=tuple(_functions(tree)), names=frozenset(names))


def _functions(tree: ast.Module) -> Iterator[Extent]:
    waiting: list[tuple[ast.stmt, str, range | None]] = [
        (statement, "", None) for statement in reversed(tree.body)
    ]
    while waiting:
        statement, within, outermost = waiting.pop()
        if isinstance(statement, _Function):
            lines = _lines(statement)
            outermost = outermost or lines
            yield Extent(name=within + statement.name, lines=lines, outermost=outermost)
        if isinstance(statement, _Function | ast.ClassDef):
            within += f"{statement.name}."
        waiting += [(inner, within, outermost) for inner in reversed(_inner(statement))]


def _inner(statement: ast.stmt) -> list[ast.stmt]:
    """The statements one step inside, also in handlers and cases."""
    inner: list[ast.stmt] = []
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            inner.append(child)
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            inner += child.body
    return inner


def _lines(function: _Function) -> range:
    first = min([function.lineno, *(part.lineno for part in function.decorator_list)])
    return range(first, (function.end_lineno or function.lineno) + 1)


def _bound(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name.partition(".")[0]
        case ast.Assign(targets=targets):
            for target in targets:
                yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case _:
            return


def physical_lines(source: str) -> list[str]:
    """The lines as the tokenizer counts them, each with its end."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", source)


def depth(tree: ast.AST) -> int:
    """How deep a syntax tree is, found without recursion."""
    level: list[ast.AST] = [tree]
    deep = 0
    while level and deep <= MOST_DEPTH:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        deep += 1
    return deep
