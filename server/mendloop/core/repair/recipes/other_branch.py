"""What is to be done otherwise: a branch that was left out."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.effects import local_only
from mendloop.core.repair.exits import returned
from mendloop.core.repair.names import names_in, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.spots import leaves
from mendloop.core.repair.unit import Unit

_MOST: Final = 6
_MOST_NAMES: Final = 4


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    copies = _copies(unit)
    for node in unit.of(cst.If):
        if node.orelse is None and isinstance(node.body, cst.IndentedBlock):
            last = node.body.body[-1]
            if not leaves(last):
                yield from _otherwise(unit, node, last, copies)


def _otherwise(
    unit: Unit, node: cst.If, last: cst.BaseStatement, copies: dict[str, cst.CSTNode]
) -> Iterator[Change]:
    seen = [name for name in visible(unit, node) if name not in ("self", "cls")]
    known = {*seen, *unit.module_names, "self"}
    lines = [line for line, code in copies.items() if _bare(code) <= known]
    swapped = [
        line.replace(unit.code(call.args[0]), name, 1)
        for line, code in copies.items()
        for call in _collecting(code)
        for name in seen[: -_MOST_NAMES - 1 : -1]
    ]
    ways = [f"return {value}" for value in returned(unit, node)]
    for place, line in enumerate(dict.fromkeys([*lines, *swapped, *ways])):
        yield _with(unit, node, last, line, 1.0 + place / 8)


def _copies(unit: Unit) -> dict[str, cst.CSTNode]:
    """Short statements of the function that change its own variables."""
    found: dict[str, cst.CSTNode] = {}
    for node in unit.of(cst.SimpleStatementLine):
        match node.body:
            case [only] if local_only(only) and not isinstance(only, cst.Return):
                if "\n" not in unit.code(node):
                    found[unit.code(node)] = only
            case _:
                pass
    return dict(list(found.items())[-_MOST:])


def _collecting(code: cst.CSTNode) -> Iterator[cst.Call]:
    """The call of a statement that puts one thing in a container."""
    match code:
        case cst.Expr(value=cst.Call(args=[cst.Arg(star="", keyword=None)]) as call):
            yield call
        case _:
            return


def _bare(code: cst.CSTNode) -> set[str]:
    """The variables of a statement, the methods it calls left out."""
    match code:
        case cst.Expr(value=cst.Call(func=cst.Attribute(value=value), args=args)):
            return {name for part in (value, *args) for name in names_in(part)}
        case _:
            return set(names_in(code))


def _with(unit: Unit, node: cst.If, last: cst.CSTNode, line: str, weight: float) -> Change:
    put = unit.after(last, [line], weight=weight)
    outer = unit.indent(node)
    where = put.splices[0] if put is not None else Splice(start=0, stop=0, new="")
    lead = "" if unit.text[: where.start].endswith(("\n", "\r")) else unit.end
    new = f"{lead}{outer}else:{unit.end}{where.new.removeprefix(unit.end) if lead else where.new}"
    at = unit.line(node)
    return Change(
        splices=(Splice(start=where.start, stop=where.stop, new=new),),
        line=at,
        description=describe.appended(at, f"else: {line}"),
        weight=weight,
    )


RECIPE = Recipe(
    name="other_branch",
    title="what is to be done otherwise",
    edits=_edits,
    cost=2.5,
    examples=(
        Example(
            "def f(xs):\n    out = []\n    for x in xs:\n        if x > 1:\n"
            "            out.append(x * 2)\n    return out\n",
            "def f(xs):\n    out = []\n    for x in xs:\n        if x > 1:\n"
            "            out.append(x * 2)\n        else:\n            out.append(x)\n"
            "    return out\n",
        ),
        Example("def f(x):\n    if x:\n        return 1\n    return 2\n", None),
    ),
)
