"""A default that is made anew in each call, not once for all calls."""

from collections.abc import Iterator

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for function in unit.of(cst.FunctionDef):
        if not isinstance(function.body, cst.IndentedBlock):
            continue
        params = function.params
        for param in (*params.posonly_params, *params.params, *params.kwonly_params):
            if param.default is not None and _mutable(param.default):
                yield from _made_inside(unit, function, param, param.default)


def _mutable(default: cst.BaseExpression) -> bool:
    match default:
        case cst.List() | cst.Dict() | cst.Set():
            return True
        case cst.Call(func=cst.Name(value="list" | "dict" | "set"), args=[]):
            return True
        case _:
            return False


def _made_inside(
    unit: Unit, function: cst.FunctionDef, param: cst.Param, default: cst.BaseExpression
) -> Iterator[Change]:
    name, code = param.name.value, unit.code(default)
    body = function.body.body
    documented = function.get_docstring() is not None
    guard = [f"if {name} is None:", f"\t{name} = {code}"]
    change = (
        unit.after(body[0], guard)
        if documented and len(body) == 1
        else unit.before(body[1] if documented else body[0], guard)
    )
    if change is None:
        return
    start, stop = unit.spans[default]
    line = unit.line(default)
    yield Change(
        splices=(Splice(start=start, stop=stop, new="None"), *change.splices),
        line=line,
        description=describe.replaced(line, f"{name}={code}", f"{name}=None")
        + ", made in each call",
    )


RECIPE = Recipe(
    name="mutable_default",
    title="make a mutable default in each call",
    edits=_edits,
    cost=0.7,
    settles=True,
    examples=(
        Example(
            "def f(x, seen=[]):\n    seen.append(x)\n    return seen\n",
            "def f(x, seen=None):\n    if seen is None:\n        seen = []\n    seen.append(x)\n"
            "    return seen\n",
        ),
        Example(
            'class A:\n  def f(self, *, seen: dict = dict()):\n    """Doc."""\n    return seen\n',
            'class A:\n  def f(self, *, seen: dict = None):\n    """Doc."""\n'
            "    if seen is None:\n      seen = dict()\n    return seen\n",
        ),
        Example("def f(x, n=()):\n    return x\n", None),
    ),
)
