"""Work that a function does besides answering: calls of which the answer is not used.

A log entry, a check that may raise, a message to somebody. No replay sees that it is gone, for the
answers are the same. So it is read: what the target's file did before it should still do.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from mendloop.core.validate.tree import Function, dotted, functions, module, nodes, parameters

_OWN: Final = frozenset({"self", "cls"})


def deleted(old: str, new: str, *, faulty: Collection[int] = ()) -> tuple[str, ...]:
    """The calls for their effect that a file no longer makes, by the name of what they call.

    Where as many such calls are made as before, one was put in the place of another.

    Args:
        old: The file so far.
        new: The file as it would be.
        faulty: Lines of the old file at which recorded calls failed; these may go.
    """
    before, after = module(old), module(new)
    had = [one for one in _effects(before) if one[1] not in faulty]
    has = Counter(name for name, _ in _effects(after))
    if sum(has.values()) >= len(had):
        return ()
    return tuple(dict.fromkeys(name for name, _ in had if not has[name]))


def _effects(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What is called for its effect in the functions of a file, and in which line."""
    for function in functions(tree).values():
        own = _own(function)
        for node in nodes(function):
            match node:
                case (
                    ast.Expr(value=ast.Call() as call)
                    | ast.Expr(value=ast.Await(value=ast.Call() as call))
                ):
                    name = dotted(call.func)
                    if name and name.partition(".")[0] not in own:
                        yield name, node.lineno
                case _:
                    pass


def _own(function: Function) -> frozenset[str]:
    """The names that stand for values of one call: to change these is how it makes its answer."""
    bound = {
        part.id
        for part in nodes(function)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    return frozenset({*parameters(function), *bound} - _OWN)
