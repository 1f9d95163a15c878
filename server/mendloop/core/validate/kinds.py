"""Is it the arithmetic that changes, or what the code does?

Arithmetic is a decision of somebody's, often about money, so a change to it asks for more leave. A
change is one of arithmetic where nothing differs but operators, numbers and the order of operations
inside arithmetic expressions. The arithmetic of positions, in an index or a ``range``, is not such
a decision: to be off by one there is a fault of behaviour.
"""

import ast
import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Final, cast

from typing_extensions import override

from mendloop.core.validate.tree import parsed
from mendloop.model.proposal import ChangeKind

_ARITHMETIC: Final = (
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.MatMult,
)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""What ends a line of Python; a form feed does not."""
_POSITIONS: Final = frozenset({"range", "slice", "islice"})


def kind_of(old: str | None, new: str) -> ChangeKind:
    """Whether a change to a Python file is one of arithmetic or of behaviour."""
    one, other = parsed(old or ""), parsed(new)
    if isinstance(one, SyntaxError) or isinstance(other, SyntaxError):
        return ChangeKind.BEHAVIOR_FIX
    before, after = _without_same_ends(one, old or "", other, new)
    if ast.dump(before) == ast.dump(after):
        return ChangeKind.BEHAVIOR_FIX
    same = ast.dump(_Skeleton().visit(before)) == ast.dump(_Skeleton().visit(after))
    return ChangeKind.FORMULA_CHANGE if same else ChangeKind.BEHAVIOR_FIX


def _without_same_ends(
    before: ast.Module, old: str, after: ast.Module, new: str
) -> tuple[ast.Module, ast.Module]:
    """Copies without the statements that stand at both ends of both files, letter for letter."""
    ours, theirs = _statements(before, old), _statements(after, new)
    top = _alike(ours, theirs)
    bottom = _alike(ours[top:][::-1], theirs[top:][::-1])
    return _copied(before.body[top : len(ours) - bottom]), _copied(
        after.body[top : len(theirs) - bottom]
    )


def _copied(body: list[ast.stmt]) -> ast.Module:
    return ast.Module(body=deepcopy(body), type_ignores=[])


def _alike(one: Sequence[object], other: Sequence[object]) -> int:
    """How many come first in both."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _statements(tree: ast.Module, source: str) -> list[tuple[list[str], int, int | None]]:
    """The whole lines of each statement at the top, and where in them it begins and ends."""
    lines = _LINE_END.split(source.removeprefix("\ufeff"))
    found: list[tuple[list[str], int, int | None]] = []
    for one in tree.body:
        above = [each.lineno for each in getattr(one, "decorator_list", [])]
        own = lines[min([one.lineno, *above]) - 1 : one.end_lineno]
        found.append((own, one.col_offset, one.end_col_offset))
    return found


class _Skeleton(ast.NodeTransformer):
    """Replaces every arithmetic expression by the list of what it is computed from."""

    @override
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Forget operators and numbers."""
        if not isinstance(node.op, _ARITHMETIC) or _texts(node):
            return self.generic_visit(node)
        leaves = [self.visit(leaf) for leaf in _leaves(node)]
        return leaves[0] if len(leaves) == 1 else ast.Tuple(elts=leaves, ctx=ast.Load())

    @override
    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Forget the sign of what is computed; that of a number by itself stays."""
        if isinstance(node.op, ast.USub | ast.UAdd) and not isinstance(node.operand, ast.Constant):
            return cast("ast.AST", self.visit(node.operand))
        return self.generic_visit(node)

    @override
    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Forget the operator and a number."""
        if isinstance(node.op, _ARITHMETIC) and not _texts(node.value):
            node.op = ast.Add()
            leaves = [self.visit(leaf) for leaf in _leaves(node.value)]
            node.value = ast.Tuple(elts=leaves, ctx=ast.Load())
            return node
        return self.generic_visit(node)

    @override
    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Keep the index as it is."""
        node.value = self.visit(node.value)
        return node

    @override
    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Keep the bounds of a range as they are."""
        if isinstance(node.func, ast.Name) and node.func.id in _POSITIONS:
            return node
        return self.generic_visit(node)


def _leaves(node: ast.expr) -> list[ast.expr]:
    """What an arithmetic expression is computed from, without its numbers."""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _ARITHMETIC):
            return [*_leaves(left), *_leaves(right)]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _leaves(operand)
        case ast.Constant(value=int() | float() | complex()):
            return []
        case _:
            return [node]


def _texts(node: ast.expr) -> bool:
    """Whether texts are joined or formatted rather than numbers computed."""
    return any(
        isinstance(leaf, ast.JoinedStr)
        or (isinstance(leaf, ast.Constant) and isinstance(leaf.value, str | bytes))
        for leaf in _leaves(node)
    )
