"""Do a function's answers depend on its arguments?

A small flow analysis: a name depends on the arguments if it is computed from one that does, by
value or because of where it is set. It follows names, not objects, and takes what it cannot follow
as depending, so that it says *no* only where nothing reaches the answer.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.core.validate.tree import Function, children, constant, names, nodes, parameters
from mendloop.noun import dataclass

MOST_ROUNDS: Final = 40
"""Each round follows a chain of names at least one step further."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a function gives back."""

    computed: bool
    """Some answer is computed from the arguments."""
    chosen: bool
    """Which answer is given depends on them."""
    fixed: tuple[str, ...]
    """The answers that are the same whatever is asked, as code."""
    logical: bool
    """Some answer is a comparison, or true or false."""


def answers(function: Function) -> Answers:
    """How a function's answers depend on its arguments."""
    reachable = list(_reachable(function.body))
    known = _depending(reachable, frozenset(parameters(function)))
    given = list(_given(reachable, known, chosen=False))
    values = [value for value, _ in given if value is not None]
    return Answers(
        computed=any(names(value) & known for value in values),
        chosen=any(chosen for _, chosen in given),
        fixed=tuple(sorted({ast.unparse(value) for value in values if constant(value)})),
        logical=any(map(_logical, values)),
    )


def _reachable(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block up to the first that surely leaves it."""
    for statement in body:
        match statement:
            case ast.If(test=ast.Constant(value=value), body=then, orelse=other):
                taken = then if value else other
                yield from _reachable(taken)
                if taken and isinstance(taken[-1], ast.Return | ast.Raise):
                    return
            case _:
                yield statement
                if isinstance(statement, ast.Return | ast.Raise):
                    return


def _depending(body: Sequence[ast.stmt], known: frozenset[str]) -> frozenset[str]:
    """The names that depend on the arguments; repeated until nothing is added.

    A function that takes longer to follow than any that people write is taken to depend throughout.
    """
    for _ in range(MOST_ROUNDS):
        more = known | frozenset(
            name for statement in body for name in _bound(statement, known, under=False)
        )
        if more == known:
            return known
        known = more
    return known | frozenset(name for statement in body for name in names(statement))


def _bound(node: ast.AST, known: frozenset[str], *, under: bool) -> Iterator[str]:
    """The names that a statement makes depend on the arguments."""
    reads = any(
        names(part) & known
        for part in children(node)
        if isinstance(part, ast.expr | ast.withitem | ast.match_case)
    )
    depends = under or reads
    for part in children(node):
        if isinstance(part, ast.expr | ast.withitem) and depends:
            yield from names(part)
        elif isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _bound(part, known, under=depends)


def _given(
    body: Sequence[ast.AST], known: frozenset[str], *, chosen: bool
) -> Iterator[tuple[ast.expr | None, bool]]:
    """Every answer, and whether it depends on the arguments that this one is given."""
    for node in body:
        match node:
            case ast.Return(value=value):
                yield value, chosen
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                continue
            case ast.Yield(value=value) | ast.YieldFrom(value=value):
                yield value, chosen
            case _:
                inner = list(children(node))
                tests = [part for part in inner if isinstance(part, ast.expr)]
                branches = isinstance(node, ast.If | ast.For | ast.While | ast.Match | ast.Try)
                turns = branches and (
                    isinstance(node, ast.Try) or any(names(test) & known for test in tests)
                )
                yield from _given(inner, known, chosen=chosen or turns)


def _logical(value: ast.expr) -> bool:
    match value:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp() | ast.IfExp():
            return True
        case ast.Constant(value=bool()):
            return True
        case ast.Call(func=ast.Name(id="any" | "all" | "bool" | "isinstance" | "callable")):
            return True
        case _:
            return False


def does_nothing(function: Function) -> bool:
    """Whether a function has no statement that does anything."""
    return all(_idle(statement) for statement in function.body)


def always_raises(function: Function) -> bool:
    """Whether a function raises whatever it is asked."""
    rest = [statement for statement in function.body if not _idle(statement)]
    return bool(rest) and isinstance(rest[0], ast.Raise)


def statements(function: Function) -> int:
    """How many statements a function has, without its docstring."""
    every = sum(isinstance(node, ast.stmt) for node in nodes(function))
    return every - (ast.get_docstring(function) is not None)


def _idle(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass():
            return True
        case ast.Expr(value=value):
            return isinstance(value, ast.Constant)
        case ast.Return(value=value):
            return value is None or (isinstance(value, ast.Constant) and value.value is None)
        case _:
            return False
