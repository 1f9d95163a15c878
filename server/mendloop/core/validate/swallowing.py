"""Rule: errors are not swallowed.

An error that is caught and dropped makes a failure silent, which is worse than a failure. A handler
is broad where it takes every error, and swallows where it neither raises again nor computes
anything: it passes, or gives a fixed value.
"""

import ast
from collections.abc import Iterator
from typing import Final

from mendloop.core.validate.site import Site, Subject, places, site
from mendloop.core.validate.tree import constant, meaning

BROAD: Final = frozenset(
    {"Exception", "BaseException", "builtins.Exception", "builtins.BaseException"}
)
NEVER_EXPECTED: Final = frozenset({"NameError", "UnboundLocalError", "SystemError", "SyntaxError"})
"""Nothing but a fault in the code itself raises these."""
_SAYING: Final = frozenset({"print", "debug", "info", "warning", "error", "exception", "warn"})
_WHY: Final = "the failure is hidden, not mended"


def swallowed_errors(subject: Subject) -> Iterator[Site]:
    """Handlers that swallow every error, and their kin."""
    aliases = _aliases(subject)
    for where, node in places(subject):
        match node:
            case ast.ExceptHandler(type=what, body=body) if _silent(body):
                if _broad(what, subject, aliases):
                    yield site(
                        "swallowed_error",
                        node,
                        f"A handler in {where} takes every error and drops it: {_WHY}.",
                    )
            case ast.Try(finalbody=[*final]) if _leaves(final):
                message = f"A `finally` in {where} returns by itself: {_WHY}."
                yield site("swallowed_error", node, message)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    if _suppresses(item.context_expr, subject, aliases):
                        message = f"Every error is suppressed in {where}: {_WHY}."
                        yield site("swallowed_error", node, message)
            case _:
                pass


def _broad(what: ast.expr | None, subject: Subject, aliases: frozenset[str]) -> bool:
    match what:
        case None:
            return True
        case ast.Tuple(elts=parts):
            return any(_broad(part, subject, aliases) for part in parts)
        case _:
            name = meaning(what, subject.imports)
            return name in BROAD | aliases or name in NEVER_EXPECTED


def _aliases(subject: Subject) -> frozenset[str]:
    """Names that stand for a broad class: bound to it, or to a tuple that holds it."""
    names = set[str]()
    for node in ast.walk(subject.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                parts = value.elts if isinstance(value, ast.Tuple) else [value]
                if any(meaning(part, subject.imports) in BROAD for part in parts):
                    names.add(name)
            case _:
                pass
    return frozenset(names)


def _silent(body: list[ast.stmt]) -> bool:
    """Whether a handler does nothing with the error."""
    return not any(
        isinstance(node, ast.Raise) for statement in body for node in ast.walk(statement)
    ) and all(map(_drops, body))


def _drops(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.Delete():
            return True
        case ast.Return(value=value) | ast.Expr(value=value):
            return constant(value) or isinstance(value, ast.Name) or _says(value)
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return constant(value) or isinstance(value, ast.Name)
        case ast.If(body=body, orelse=orelse):
            return all(map(_drops, (*body, *orelse)))
        case _:
            return False


def _says(value: ast.expr | None) -> bool:
    """Whether it only tells somebody: a log does not mend anything either."""
    match value:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in _SAYING
        case _:
            return False


def _leaves(final: list[ast.stmt]) -> bool:
    """Whether a ``finally`` returns, which drops the error that is on its way."""
    return any(isinstance(statement, ast.Return) for statement in final)


def _suppresses(call: ast.expr, subject: Subject, aliases: frozenset[str]) -> bool:
    match call:
        case ast.Call(func=func, args=args):
            named = meaning(func, subject.imports) == "contextlib.suppress"
            return named and any(_broad(arg, subject, aliases) for arg in args)
        case _:
            return False
