"""Python: a module's constant, a member of a literal dictionary or list, or of a class body."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.core.repair.formats.place import NoPlace, Place, Scalar, missing, no_scalar
from mendloop.core.repair.lines import split_lines

MOST_CHARACTERS: Final = 1_000_000


def find(text: str, key: str, parts: Sequence[str]) -> Place:
    """The place of a value that is assigned once, as a literal.

    Raises:
        NoPlace: There is none, or it is assigned again, or it is no single literal.
        ValueError: The text is not Python.
    """
    if len(text) > MOST_CHARACTERS:
        raise NoPlace(
            f"The file has {len(text)} characters; {MOST_CHARACTERS} are the most.",
            "Move the constant to a smaller file.",
        )
    if "\f" in text or "\r" in text.replace("\r\n", ""):
        raise NoPlace("The file has form feeds or bare carriage returns.", "Take them out.")
    node: ast.AST = ast.parse(text)
    for part in parts:
        members = list(_members(node))
        found = [value for name, value in members if name == part]
        if not found:
            raise missing(key, part, [name for name, _ in members])
        if len(found) > 1:
            raise NoPlace(
                f"`{part}` of the key `{key}` is assigned {len(found)} times.",
                "Name a constant that is assigned once.",
            )
        node = found[0]
    if not isinstance(node, ast.expr):
        raise no_scalar(key, "a class")
    return Place(start=_offset(text, node), stop=_end_offset(text, node), value=_value(node, key))


def read(text: str, key: str, parts: Sequence[str]) -> Scalar:
    """A value.

    Raises:
        NoPlace: There is none, or it is no single value.
        ValueError: The text is not of the format.
    """
    return find(text, key, parts).value


def write(text: str, key: str, parts: Sequence[str], value: Scalar) -> str:
    """The text with another literal at its place.

    Raises:
        NoPlace: There is none, or it is assigned again, or it is no single literal.
        ValueError: The text is not Python.
    """
    place = find(text, key, parts)
    return text[: place.start] + _literal(value) + text[place.stop :]


def _literal(value: Scalar) -> str:
    if isinstance(value, str):
        quoted = repr(value)
        return '"' + quoted[1:-1] + '"' if quoted[0] == "'" and '"' not in value else quoted
    return repr(value)


def _members(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Module(body=body) | ast.ClassDef(body=body):
            for statement in body:
                yield from _assigned(statement)
        case ast.Dict(keys=keys, values=values):
            for name, value in zip(keys, values, strict=True):
                if isinstance(name, ast.Constant):
                    yield str(name.value), value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            yield from ((str(at), item) for at, item in enumerate(items))
        case _:
            return


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from ((name, value) for name in _names(target))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.ClassDef(name=name):
            yield name, statement
        case _:
            return


def _names(target: ast.expr) -> Iterator[str]:
    return (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def _value(node: ast.expr, key: str) -> Scalar:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case _:
            raise no_scalar(key, "an expression or a collection")


def _offset(text: str, node: ast.expr) -> int:
    return _at(text, node.lineno, node.col_offset)


def _end_offset(text: str, node: ast.expr) -> int:
    return _at(text, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)


def _at(text: str, line: int, column: int) -> int:
    """The offset in characters of a place that ``ast`` gives in bytes of UTF-8."""
    lines = split_lines(text)
    before = lines[line - 1].encode()[:column].decode()
    return sum(len(line) for line in lines[: line - 1]) + len(before)
