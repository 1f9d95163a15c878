"""Reads Python without running it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_MAKERS: Final = frozenset(
    {"bool", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
)
_BARE: Final = frozenset(
    {"arg", "asname", "attr", "conversion", "id", "is_async", "kind", "level", "lineno", "module",
     "simple", "tag", "type_comment"}
)  # fmt: skip
"""Fields in which only texts and numbers stand, whatever the node."""
MOST_LEVELS: Final = 200
"""A deeper tree would exhaust the stack of whoever walks it."""


@lru_cache(maxsize=6)
def parsed(source: str) -> ast.Module | SyntaxError:
    """A file's tree, or why it has none, for many who ask: nobody may change it."""
    return read(source)


def read(source: str) -> ast.Module | SyntaxError:
    """A file's tree, or why it has none. Untrusted: too deep a file is an error like any other."""
    try:
        tree = ast.parse(source.removeprefix("\ufeff"))
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "it is nested too deep")
    return tree if _shallow(tree) else SyntaxError("it is nested too deep")


def module(source: str | None) -> ast.Module:
    """A file's tree; an empty one where there is none."""
    tree = parsed(source or "")
    return tree if isinstance(tree, ast.Module) else ast.Module(body=[], type_ignores=[])


def functions(tree: ast.AST) -> Mapping[str, Function]:
    """Every function of a file by its qualified name; of several with one name the last."""
    return _functions_of_a_file(tree) if isinstance(tree, ast.Module) else dict(_named(tree, ""))


@lru_cache(maxsize=8)
def _functions_of_a_file(tree: ast.Module) -> Mapping[str, Function]:
    return dict(_named(tree, ""))


def walk(node: ast.AST) -> Sequence[ast.AST]:
    """Every node of a tree, as ``ast.walk`` has them; many rules ask for those of the same file."""
    return _of_a_file(node) if isinstance(node, ast.Module) else _walked(node)


@lru_cache(maxsize=8)
def _of_a_file(tree: ast.Module) -> Sequence[ast.AST]:
    return _walked(tree)


def _walked(node: ast.AST) -> list[ast.AST]:
    found = [node]
    for one in found:
        found.extend(children(one))
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, as ``ast.iter_child_nodes`` has them."""
    found: list[ast.AST] = []
    for name in _holders(type(node).__name__, node._fields):
        value: Any = getattr(node, name, None)
        match value:
            case [*parts]:
                found += [part for part in parts if isinstance(part, ast.AST)]
            case ast.AST():
                found.append(value)
            case _:
                pass
    return found


@cache
def _holders(kind: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The fields of a kind of node in which other nodes may stand."""
    bare = _BARE | {"value"} if kind == "Constant" else _BARE
    return tuple(name for name in fields if name not in bare)


def nodes(function: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, without the functions and classes inside it."""
    waiting = children(function)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting.extend(children(node))


def parameters(function: Function) -> tuple[str, ...]:
    """The names of a function's parameters."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    rest = [arg for arg in (given.vararg, given.kwarg) if arg is not None]
    return tuple(arg.arg for arg in (*named, *rest))


def names(node: ast.AST) -> frozenset[str]:
    """The plain names that an expression reads or writes."""
    return frozenset(part.id for part in walk(node) if isinstance(part, ast.Name))


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of a chain of attributes; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            before = dotted(value)
            return f"{before}.{attr}" if before else ""
        case _:
            return ""


@lru_cache(maxsize=8)
def imported(tree: ast.AST) -> Mapping[str, str]:
    """The names that imports bind anywhere in a file, with what they stand for."""
    bound: dict[str, str] = {}
    for node in walk(tree):
        match node:
            case ast.Import(names=every):
                for one in every:
                    bound[one.asname or one.name.partition(".")[0]] = (
                        one.name if one.asname else one.name.partition(".")[0]
                    )
            case ast.ImportFrom(module=source, names=every):
                for one in every:
                    bound[one.asname or one.name] = f"{source or ''}.{one.name}"
            case _:
                pass
    return bound


def meaning(node: ast.AST, bound: Mapping[str, str]) -> str:
    """``a.b.c`` with its first name replaced by what an import bound it to."""
    first, dot, rest = dotted(node).partition(".")
    return f"{bound.get(first, first)}{dot}{rest}"


def constant(node: ast.AST | None) -> bool:
    """Whether an expression has one value whatever the arguments; nothing at all has one too."""
    match node:
        case None | ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return constant(operand)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return all(constant(part) for part in parts)
        case ast.Dict(keys=keys, values=values):
            return all(constant(part) for part in (*keys, *values))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _MAKERS:
            return all(map(constant, args))
        case _:
            return False


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in children(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
            yield from _named(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _named(child, f"{prefix}{child.name}.")
        elif not isinstance(child, ast.expr):
            yield from _named(child, prefix)


def _shallow(tree: ast.Module) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(MOST_LEVELS):
        level = [child for node in level for child in children(node)]
        if not level:
            return True
    return False
