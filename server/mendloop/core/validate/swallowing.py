"""Rule: errors are not swallowed.

An error that is caught and dropped makes a failure silent, which is worse than a failure. A handler
is broad where it takes every error, and swallows where it neither raises again nor computes
anything: it passes, or gives a fixed value.
"""

import ast
from collections.abc import Iterator
from typing import Final

from mendloop.core.validate.site import Site, Subject, places, site
from mendloop.core.validate.tree import constant, meaning, names, walk

BROAD: Final = frozenset(
    {"Exception", "BaseException", "builtins.Exception", "builtins.BaseException"}
)
NEVER_EXPECTED: Final = frozenset({"NameError", "UnboundLocalError", "SystemError", "SyntaxError"})
"""Nothing but a fault in the code itself raises these."""
_SAYING: Final = frozenset({"print", "debug", "info", "warning", "error", "exception", "warn"})
_MANY: Final = 4
"""Who catches so many kinds of error does not know which one he expects."""
_ALL: Final = frozenset({"BaseException", "builtins.BaseException"})
_WHY: Final = "the failure is hidden, not mended"


def swallowed_errors(subject: Subject) -> Iterator[Site]:
    """Handlers that swallow every error, and their kin."""
    aliases = _aliases(subject)
    for where, node in places(subject):
        said = _handled(where, node, subject, aliases) or _left(where, node, subject, aliases)
        if said:
            yield site("swallowed_error", node, f"{said}: {_WHY}.")


def _handled(where: str, node: ast.AST, subject: Subject, aliases: frozenset[str]) -> str:
    """What is said of a handler."""
    match node:
        case ast.ExceptHandler(type=what, body=body) if _swallows(what, body, subject, aliases):
            return f"A handler in {where} takes every error and drops it"
        case ast.Try(finalbody=[*final]) if _leaves(final):
            return f"A `finally` in {where} returns by itself"
        case ast.Try(handlers=handlers) if _many(handlers):
            return f"Handlers in {where} take many kinds of error and drop them"
        case _:
            return ""


def _left(where: str, node: ast.AST, subject: Subject, aliases: frozenset[str]) -> str:
    """What is said of errors that leave no trace without a handler."""
    match node:
        case ast.With(items=items) | ast.AsyncWith(items=items):
            quiet = any(_suppresses(item.context_expr, subject, aliases) for item in items)
            return f"Every error is suppressed in {where}" if quiet else ""
        case ast.FunctionDef(body=[*_, loop]) | ast.AsyncFunctionDef(body=[*_, loop]):
            given_up = f"{node.name} tries again, gives up and says nothing"
            return given_up if _gives_up(loop) else ""
        case _:
            return ""


def _swallows(
    what: ast.expr | None, body: list[ast.stmt], subject: Subject, aliases: frozenset[str]
) -> bool:
    """Whether a handler takes every error and drops it.

    Nobody who means well takes an interrupt or an exit and goes on, whatever he does then.
    """
    every = what is None or meaning(what, subject.imports) in _ALL
    return (every and not _raises(body)) or (silent(body) and _broad(what, subject, aliases))


def _many(handlers: list[ast.ExceptHandler]) -> bool:
    """Whether the handlers of one ``try`` that drop the error name many kinds of it."""
    kinds = set[str]()
    for handler in handlers:
        if handler.type is not None and silent(handler.body):
            parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            kinds |= {ast.unparse(part) for part in parts}
    return len(kinds) >= _MANY


def _gives_up(loop: ast.stmt) -> bool:
    """Whether a function ends in a loop that tries the same thing again and falls silent.

    A loop that tries one thing after another reads its variable, and to find nothing is an answer.
    """
    if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
        return False
    match loop.body:
        case [ast.Try(body=body, handlers=handlers)]:
            read = {name for statement in body for name in names(statement)}
            quiet = any(silent(handler.body) for handler in handlers)
            return quiet and loop.target.id not in read and not loop.orelse
        case _:
            return False


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
    for node in walk(subject.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                parts = value.elts if isinstance(value, ast.Tuple) else [value]
                if any(meaning(part, subject.imports) in BROAD for part in parts):
                    names.add(name)
            case _:
                pass
    return frozenset(names)


def silent(body: list[ast.stmt]) -> bool:
    """Whether a handler does nothing with the error."""
    return not _raises(body) and all(map(_drops, body))


def _raises(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Raise) for statement in body for node in walk(statement))


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
            broad = any(_broad(arg, subject, aliases) for arg in args)
            return named and (broad or len(args) >= _MANY)
        case _:
            return False
