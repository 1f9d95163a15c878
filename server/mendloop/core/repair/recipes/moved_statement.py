"""A statement in another place: two neighbours swapped, one moved out of its block, or gone."""

from collections.abc import Iterator
from itertools import pairwise

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.effects import local_only
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for block in unit.of(cst.IndentedBlock):
        statements = block.body
        for one, other in pairwise(statements):
            if isinstance(one, cst.SimpleStatementLine):
                yield from _swapped(unit, one, other)
        last = statements[-1]
        if isinstance(last, cst.SimpleStatementLine) and len(statements) > 1:
            yield from _outwards(unit, block, last)
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine) and len(statements) > 1:
                yield from _gone(unit, statement)


def _swapped(unit: Unit, one: cst.BaseStatement, other: cst.BaseStatement) -> Iterator[Change]:
    if not isinstance(other, cst.SimpleStatementLine) or _ends(one) or _ends(other):
        return
    first, second = unit.code(one), unit.code(other)
    if _documents(first) or "\n" in first + second:
        return
    yield Change(
        splices=(
            Splice(start=unit.spans[one][0], stop=unit.spans[one][1], new=second),
            Splice(start=unit.spans[other][0], stop=unit.spans[other][1], new=first),
        ),
        line=unit.line(one),
        description=describe.replaced(unit.line(one), f"{first}; {second}", f"{second}; {first}"),
        weight=1.2,
    )


def _ends(statement: cst.BaseStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Return() | cst.Raise() | cst.Break()]):
            return True
        case _:
            return False


def _documents(code: str) -> bool:
    return code.startswith(('"', "'", 'r"'))


def _outwards(
    unit: Unit, block: cst.IndentedBlock, last: cst.SimpleStatementLine
) -> Iterator[Change]:
    """The last statement of a loop or branch, after it instead of in it."""
    around = unit.parents.get(block)
    if not isinstance(around, cst.For | cst.While | cst.If | cst.With):
        return
    if around.orelse is not None if not isinstance(around, cst.With) else False:
        return
    moved = unit.after(around, [unit.code(last)])
    gone = unit.remove(last)
    if moved is None or "\n" in unit.code(last):
        return
    line = unit.line(last)
    cut, put = gone.splices[0], moved.splices[0]
    if put.start < cut.stop:
        return
    yield Change(
        splices=(cut, put),
        line=line,
        description=f"line {line}: `{describe.short(unit.code(last))}` moves out of its block",
        weight=1.0,
    )


def _gone(unit: Unit, statement: cst.SimpleStatementLine) -> Iterator[Change]:
    match statement.body:
        case [only] if local_only(only):
            if not _documents(unit.code(statement)):
                yield unit.remove(statement, weight=1.8)
        case _:
            return


RECIPE = Recipe(
    name="moved_statement",
    title="a statement in another place, or none",
    edits=_edits,
    cost=2.0,
    examples=(
        Example(
            "def f(a, b):\n    a = b\n    b = a  # back\n    return b\n",
            "def f(a, b):\n    b = a\n    a = b  # back\n    return b\n",
        ),
        Example(
            "def f(xs):\n    n = 0\n    for x in xs:\n        n += x\n        return n\n",
            "def f(xs):\n    n = 0\n    for x in xs:\n        n += x\n    return n\n",
        ),
        Example("def f(xs):\n    xs.sort()\n    return xs\n", "def f(xs):\n    return xs\n"),
        Example('def f(xs):\n    """Doc."""\n    raise E\n', None),
        Example("def f(db):\n    db.commit()\n    raise E\n", None),
    ),
)
