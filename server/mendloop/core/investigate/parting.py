"""Where failing and passing runs part, and a copy of the function that tells what it knew there.

The lines that runs went through say where they part: the statement whose branches only one side
takes, or, where both go the same way, the line that raised. A copy of the file in which the
function notes its names before that statement, and tells them instead of its answer, is run in the
sandbox. PyTER compares types in the same way (Oh and Oh, ESEC/FSE 2022).
"""

import ast
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias, cast

from mendloop.core.investigate.clusters import clean
from mendloop.core.investigate.source import parsed
from mendloop.model.diagnosis import Local
from mendloop.noun import dataclass

_MARK: Final = "mendloop-point:"
_MOST_NAMES: Final = 10
_LONGEST_VALUE: Final = 60
_LONGEST_TEXT: Final = 200
_SEEN: Final = "_mendloop_seen"
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Known: TypeAlias = Mapping[str, tuple[str, str]]
"""By name the type and the value of what it stood for."""

# The names are noted each time the statement is come to, so that the last arrival counts; `finally`
# tells them whatever the function does. It runs in the sandbox only.
_NOTE: Final = f"""
{_SEEN} = {{
    _n: [type(_v).__name__, __import__("reprlib").repr(_v)]
    for _n, _v in list(locals().items())[:{2 * _MOST_NAMES}] if not _n.startswith("_")
}}
"""
_TELL: Final = f"raise RuntimeError({_MARK!r} + __import__('json').dumps({_SEEN}))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A statement at which runs part."""

    line: int
    how: str


def point(
    source: str,
    qualname: str,
    failing: Sequence[frozenset[int]],
    passing: Sequence[frozenset[int]],
    raised: Collection[int],
) -> Point | None:
    """The statement of a function where failing and passing runs part.

    Args:
        source: The file's text; untrusted.
        qualname: The function.
        failing: The lines of each failing run.
        passing: The lines of each passing run.
        raised: The lines that failing runs raised at.

    Returns:
        ``None`` where there is no such function, or nothing was run on both sides.
    """
    function = _function(source, qualname)
    if function is None or not failing or not passing:
        return None
    for statement, blocks in _branches(function):
        if not all(statement.lineno in lines for lines in (*failing, *passing)):
            continue
        for block in blocks:
            bad = {_ran(block, lines) for lines in failing}
            good = {_ran(block, lines) for lines in passing}
            if len(bad) == len(good) == 1 and bad != good:
                words = ("every failing run", "no passing run")
                first, second = words if True in bad else ("every passing run", "no failing run")
                how = f"{first} and {second} takes the branch at line {block[0].lineno}"
                return Point(line=statement.lineno, how=how)
    here = [line for line in sorted(raised) if _statement_at(function, line) is not None]
    if not here:
        return None
    return Point(line=here[0], how="both come here by the same way, and failing runs raise here")


def telling(source: str, qualname: str, line: int) -> str | None:
    """The file with the function made to tell what it knew at a line.

    Returns:
        ``None`` where the line begins no statement of the function that can be told of.
    """
    tree = parsed(source)
    function = None if tree is None else _find(tree, qualname)
    place = None if function is None else _statement_at(function, line)
    if tree is None or function is None or place is None or _generates(function):
        return None
    block, number = place
    block[number:number] = ast.parse(_NOTE).body
    body = ast.Try(body=function.body, handlers=[], orelse=[], finalbody=ast.parse(_TELL).body)
    function.body = [*ast.parse(f"{_SEEN} = {{}}").body, body]
    function.decorator_list = [one for one in function.decorator_list if _plain(one)]
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    except (RecursionError, ValueError):
        return None


def told(message: str) -> Known | None:
    """What such a function has told, out of the message of what it raised; untrusted."""
    if not message.startswith(_MARK):
        return None
    try:
        read: object = json.loads(message.removeprefix(_MARK))
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    found: dict[str, tuple[str, str]] = {}
    for name, pair in cast("dict[str, object]", read).items():
        match pair:
            case [str(kind), str(value)]:
                found[clean(name, _LONGEST_VALUE)] = (
                    clean(kind, _LONGEST_VALUE),
                    clean(value, _LONGEST_VALUE),
                )
            case _:
                pass
    return found


def side_by_side(failing: Known, passing: Known) -> tuple[Local, ...]:
    """The names of both runs, those that differ in type first, then those that differ in value."""
    names = list(dict.fromkeys((*failing, *passing)))
    nothing = ("", "")
    order = sorted(
        names,
        key=lambda name: (
            failing.get(name, nothing)[0] == passing.get(name, nothing)[0],
            failing.get(name) == passing.get(name),
            names.index(name),
        ),
    )
    return tuple(
        Local(name=name, failing=_told(failing.get(name)), passing=_told(passing.get(name)))
        for name in order[:_MOST_NAMES]
    )


def line_of(source: str, line: int) -> str:
    """The text of a line, bounded."""
    lines = source.splitlines()
    return lines[line - 1].strip()[:_LONGEST_TEXT] if 1 <= line <= len(lines) else ""


def _told(known: tuple[str, str] | None) -> str:
    return "" if known is None else f"{known[0]} {known[1]}"


def _function(source: str, qualname: str) -> _Function | None:
    tree = parsed(source)
    return None if tree is None else _find(tree, qualname)


def _find(tree: ast.Module, qualname: str) -> _Function | None:
    names = [name for name in qualname.split(".") if name != "<locals>"]
    body: Sequence[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for name in names:
        found = next(
            (
                one
                for one in reversed(body)
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and one.name == name
            ),
            None,
        )
        if found is None:
            return None
        body = found.body
    return found if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _branches(function: _Function) -> list[tuple[ast.stmt, list[list[ast.stmt]]]]:
    """The statements with blocks that a run may take or leave, in the order of the lines."""
    found: list[tuple[ast.stmt, list[list[ast.stmt]]]] = []
    for node in ast.walk(function):
        match node:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                found.append((node, [block for block in (node.body, node.orelse) if block]))
            case ast.Try():
                found.append((node, [handler.body for handler in node.handlers]))
            case ast.Match():
                found.append((node, [case.body for case in node.cases]))
            case _:
                pass
    return sorted(found, key=lambda one: one[0].lineno)


def _ran(block: Sequence[ast.stmt], lines: frozenset[int]) -> bool:
    return any(line in lines for line in range(block[0].lineno, (block[0].end_lineno or 0) + 1))


def _statement_at(function: _Function, line: int) -> tuple[list[ast.stmt], int] | None:
    """The innermost block and place of the statement that a line belongs to."""
    found: tuple[list[ast.stmt], int] | None = None
    blocks = [function.body]
    while blocks:
        block = blocks.pop()
        for number, statement in enumerate(block):
            if statement.lineno <= line <= (statement.end_lineno or statement.lineno):
                found = (block, number)
                blocks = _inner(statement)
                break
    return found


def _inner(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks of a statement; not those of a function in it, whose names are others."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    blocks: list[list[ast.stmt]] = []
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list) and block:
            blocks.append(cast("list[ast.stmt]", block))
    for name in ("handlers", "cases"):
        parts = cast("list[ast.ExceptHandler]", getattr(statement, name, []))
        blocks += [part.body for part in parts]
    return blocks


def _generates(function: _Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _plain(decorator: ast.expr) -> bool:
    """Whether a decorator only says what kind of method it is: others may swallow what is told."""
    match decorator:
        case ast.Name(id="staticmethod" | "classmethod" | "property"):
            return True
        case _:
            return False
