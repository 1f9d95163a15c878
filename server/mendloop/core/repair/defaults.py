"""Where a change makes a failure silent: a value put in for what was not there."""

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Final

_TAKING: Final = {"get": 1, "pop": 1, "getenv": 1, "getattr": 2, "next": 1}
"""Calls that fall back on what they are given, and how many arguments stand before that."""
_SILENT_ALONE: Final = frozenset({"get", "getenv"})
"""Those that fall back on None where nothing is given."""
_EMPTY: Final = frozenset({"dict", "frozenset", "list", "set", "str", "tuple"})


def defaults_added(old: str, new: str) -> bool:
    """Whether the new code falls back on a plain value somewhere, and the old one did not.

    A first count or an empty list that an entry begins with (``n[k] = n.get(k, 0) + 1``) is no
    such value: nothing that was given is lost by it. Code that cannot be read has none.
    """
    return bool(_defaults(new) - _defaults(old))


def _defaults(source: str) -> Counter[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return Counter()
    first = {id(call) for node in ast.walk(tree) for call in _first_entries(node)}
    return Counter(
        ast.dump(node) for node in ast.walk(tree) if id(node) not in first and _falls_back(node)
    )


def _first_entries(node: ast.AST) -> Iterator[ast.Call]:
    """Look-ups of the very entry that a statement assigns to."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=holder, slice=key)], value=value):
            for part in ast.walk(value):
                match part:
                    case ast.Call(func=ast.Attribute(value=other, attr="get"), args=[own, *_]) if (
                        ast.dump(other) == ast.dump(holder) and ast.dump(own) == ast.dump(key)
                    ):
                        yield part
                    case _:
                        pass
        case _:
            return


def _falls_back(node: ast.AST) -> bool:
    match node:
        case ast.Call():
            return _call_falls_back(node)
        case ast.BoolOp(op=ast.Or(), values=[*_, last]):
            return _plain(last)
        case ast.IfExp(body=body, orelse=orelse):
            return _plain(body) or _plain(orelse)
        case _:
            return False


def _call_falls_back(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    before = _TAKING.get(name)
    if any(one.arg == "default" and _plain(one.value) for one in call.keywords):
        return True
    if before is None or len(call.args) < before:
        return False
    given = call.args[before:]
    return _plain(given[0]) if given else name in _SILENT_ALONE and not call.keywords


def _plain(node: ast.expr) -> bool:
    """Whether an expression is a value that depends on nothing."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=inner):
            return _plain(inner)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return all(map(_plain, parts))
        case ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name in _EMPTY
        case _:
            return False
