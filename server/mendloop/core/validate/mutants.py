"""Small errors put into the lines that a change has changed, to see whether the calls notice.

Source: DeMillo, Lipton, Sayward 1978, "Hints on test data selection". One place is changed at a
time, and every line keeps its number. Some mutants do what the original does; none is told apart
here, so that a score below one is no proof of weakness, and a line that nothing notices is a hint.
"""

import ast
from collections.abc import Iterator, Sequence
from copy import deepcopy
from difflib import SequenceMatcher
from itertools import chain, zip_longest
from typing import Final

from mendloop.core.validate.tree import children, parsed
from mendloop.noun import dataclass

MOST_LINES: Final = 5000
"""A longer file is not compared line by line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One file with one small error."""

    line: int
    what: str
    """The error, as code before and after."""
    source: str


def changed(old: str, new: str) -> frozenset[int]:
    """The numbers of the lines of a file that its earlier text had not, 1-based."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MOST_LINES:
        return frozenset()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return frozenset(
        line + 1
        for what, _, _, start, end in matcher.get_opcodes()
        if what in {"replace", "insert"}
        for line in range(start, end)
    )


def mutants(source: str, lines: frozenset[int], *, most: int) -> tuple[Mutant, ...]:
    """Mutants of some lines of a Python file, each line in turn; always the same ones.

    Args:
        source: The file.
        lines: Where an error may be put.
        most: How many are wanted at most.
    """
    tree = parsed(source)
    if isinstance(tree, SyntaxError):
        return ()
    by_line: dict[int, list[Mutant]] = {}
    for node, other in _errors(tree, lines):
        mutant = _mutant(source, node, other)
        if mutant is not None:
            by_line.setdefault(mutant.line, []).append(mutant)
    rows = zip_longest(*(by_line[line] for line in sorted(by_line)))
    found = {one.source: one for one in chain.from_iterable(rows) if one is not None}
    found.pop(source, None)
    return tuple(found.values())[:most]


def _errors(tree: ast.Module, lines: frozenset[int]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Every expression of the lines that can be got wrong, with the wrong one."""
    for node in _in_order(tree):
        here = isinstance(node, ast.expr) and node.lineno in lines
        if here and isinstance(node, ast.expr):
            yield from ((node, other) for other in _wrong(node))
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                if test.lineno in lines:
                    yield from _tests(test, loops=isinstance(node, ast.While))
            case ast.Return(value=ast.expr() as value) if value.lineno in lines:
                if not isinstance(value, ast.Constant):
                    yield value, ast.Constant(value=None)
            case _:
                pass


def _in_order(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes that do something, from the top down: no docstrings, types or error messages."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.JoinedStr():
                continue
            case ast.AnnAssign(target=target, value=value):
                below: list[ast.AST] = [target, *([value] if value else [])]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                below = [*node.args.defaults, *node.body]
            case _:
                below = children(node)
        waiting.extend(reversed(below))


def _tests(test: ast.expr, *, loops: bool) -> Iterator[tuple[ast.expr, ast.expr]]:
    """A branch that is always taken, and one that never is; a loop is not made endless."""
    yield test, ast.Constant(value=False)
    if not loops:
        yield test, ast.Constant(value=True)


def _wrong(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            for other in _COMPARED[type(op)]:
                yield ast.Compare(left=node.left, ops=[other()], comparators=node.comparators)
        case ast.BoolOp(op=op):
            other_op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield ast.BoolOp(op=other_op, values=node.values)
        case ast.BinOp(op=op) if type(op) in _COMBINED:
            yield ast.BinOp(left=node.left, op=_COMBINED[type(op)](), right=node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant():
            yield from _other_constant(node)
        case ast.Call():
            yield from _other_call(node)
        case _:
            pass


def _other_call(node: ast.Call) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in _METHODS:
            made = deepcopy(node)
            made.func = ast.Attribute(value=value, attr=_METHODS[attr], ctx=ast.Load())
            yield made
        case ast.Call(func=ast.Name(id="min" | "max" | "any" | "all" as name)):
            made = deepcopy(node)
            made.func = ast.Name(id=_FUNCTIONS[name], ctx=ast.Load())
            yield made
        case ast.Call(func=ast.Name(id="sorted" | "round" | "abs"), args=[first, *_]):
            yield first
        case _:
            pass


def _other_constant(node: ast.Constant) -> Iterator[ast.expr]:
    match node.value:
        case bool() as truth:
            yield ast.Constant(value=not truth)
        case int() | float() as number:
            yield ast.Constant(value=number + 1)
            if number:
                yield ast.Constant(value=number - 1)
        case str() as text:
            yield ast.Constant(value=f"{text}?" if text else "?")
        case None:
            yield ast.Constant(value=0)
        case _:
            pass


def _mutant(source: str, node: ast.expr, other: ast.expr) -> Mutant | None:
    """The file with one expression in the place of another; ``None`` where it would not parse."""
    lines = source.removeprefix("\ufeff").splitlines(keepends=True)
    last = (node.end_lineno or node.lineno) - 1
    first = node.lineno - 1
    if last >= len(lines) or node.end_col_offset is None:
        return None
    head = lines[first].encode()[: node.col_offset].decode(errors="replace")
    tail = lines[last].encode()[node.end_col_offset :].decode(errors="replace")
    # within brackets a line may end anywhere, so that all lines below keep their numbers
    text = f"({ast.unparse(ast.fix_missing_locations(deepcopy(other)))}{chr(10) * (last - first)})"
    made = "".join([*lines[:first], head, text, tail, *lines[last + 1 :]])
    if isinstance(parsed(made), SyntaxError):
        return None
    what = f"{ast.unparse(node)} -> {ast.unparse(other)}"
    return Mutant(line=node.lineno, what=what, source=made)


_COMPARED: Final[dict[type[ast.cmpop], Sequence[type[ast.cmpop]]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMBINED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_METHODS: Final = {
    "lower": "upper",
    "upper": "lower",
    "casefold": "upper",
    "strip": "lstrip",
    "lstrip": "strip",
    "rstrip": "strip",
    "keys": "values",
    "values": "keys",
}
_FUNCTIONS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
