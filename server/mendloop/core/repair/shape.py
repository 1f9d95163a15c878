"""What a changed function means, as far as its syntax tree tells, to know it from others."""

import ast
import warnings
from typing import TypeAlias

from mendloop.core.repair.outline import parsed, physical_lines
from mendloop.core.repair.unit import Unit

Shape: TypeAlias = tuple[int, int, tuple[str, ...]]
"""How many statements are the same at the front and at the end, and the others as text."""

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Shapes:
    """Tells changes of one unit from each other, at a cost of what changed, not of all."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.lines = physical_lines(unit.text)
        function = _function(parsed(unit.wrapper + unit.text))
        self.heading = "" if function is None else _heading(function)
        self.body = () if function is None else tuple(ast.dump(part) for part in function.body)

    def of(self, text: str) -> Shape | None:
        """The shape of a changed text; ``None`` unless it is one function, differs and compiles."""
        tree = parsed(self.unit.wrapper + text)
        function = _function(tree)
        if tree is None or function is None or not _compiles(tree):
            return None
        lines = physical_lines(text)
        shift = 1 if self.unit.wrapper else 0
        front = shift + _same(self.lines, lines)
        back = shift + len(lines) - _same(self.lines[::-1], lines[::-1])
        before = sum((part.end_lineno or 0) <= front for part in function.body)
        after = sum(part.lineno > back for part in function.body[before:])
        changed = tuple(
            ast.dump(part) for part in function.body[before : len(function.body) - after]
        )
        shape = (before, after, (_heading(function), *changed))
        old = (self.heading, *self.body[before : len(self.body) - after])
        return None if shape[2] == old else shape


def _same(lines: list[str], others: list[str]) -> int:
    """How many lines are the same before the first that is not."""
    pairs = zip(lines, others, strict=False)
    return next(
        (at for at, (one, other) in enumerate(pairs) if one != other), min(len(lines), len(others))
    )


def _function(tree: ast.Module | None) -> _Function | None:
    """The one function of a module, or of the one class in it."""
    body = [] if tree is None else tree.body
    if len(body) == 1 and isinstance(body[0], ast.ClassDef):
        body = body[0].body
    only = body[0] if len(body) == 1 else None
    return only if isinstance(only, _Function) else None


def _heading(function: _Function) -> str:
    """All of the function but its body."""
    rest = [function.args, *function.decorator_list]
    returns = "" if function.returns is None else ast.dump(function.returns)
    return "\n".join([function.name, returns, *(ast.dump(part) for part in rest)])


def _compiles(tree: ast.Module) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, "<candidate>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
