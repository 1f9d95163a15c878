"""Plants one fault in a function: a seeded choice among the slips that people make.

It knows nothing of how faults are mended. Each kind looks at one node of the syntax tree and gives
what might stand there instead; the text of that node is replaced, and nothing else.
"""

import ast
import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.repair.inputs import shuffled

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BOUNDARY: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}
_OPERATORS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.FloorDiv,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_FORMS: Final = frozenset(
    {
        *("abs", "int", "len", "list", "lower", "max", "min", "reversed", "round", "set"),
        *("sorted", "str", "strip", "sum", "tuple", "upper"),
    }
)
_LOOKALIKES: Final = {
    "all": "any",
    "any": "all",
    "append": "extend",
    "ceil": "floor",
    "endswith": "startswith",
    "extend": "append",
    "floor": "ceil",
    "index": "find",
    "islice": "chain",
    "items": "keys",
    "keys": "values",
    "lower": "upper",
    "lstrip": "rstrip",
    "max": "min",
    "min": "max",
    "partition": "rpartition",
    "rpartition": "partition",
    "rsplit": "split",
    "rstrip": "lstrip",
    "split": "rsplit",
    "startswith": "endswith",
    "strip": "lstrip",
    "title": "lower",
    "update": "setdefault",
    "upper": "lower",
    "values": "items",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A function with one slip in it."""

    kind: str
    line: int
    """Of the file, from 1."""
    before: str
    after: str
    """The text of the node, as it was and as it is."""
    source: str
    """The whole file."""


@dataclass(frozen=True, slots=True)
class _Slip:
    node: ast.expr | ast.stmt
    new: str


Slips = Callable[[Function], Iterator[_Slip]]


def _put(node: ast.expr, **changed: object) -> _Slip:
    other = copy.deepcopy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return _Slip(node, _inline(other))


def _inline(node: ast.expr) -> str:
    """The text of an expression, so that it can stand anywhere."""
    text = ast.unparse(node)
    simple = isinstance(node, ast.Name | ast.Constant | ast.Attribute | ast.Call | ast.Subscript)
    return text if simple else f"({text})"


def _of(function: Function, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of a function's body of some kinds, in the order of the walk."""
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, kinds):
                yield node


def _expressions(function: Function) -> Iterator[ast.expr]:
    for node in _of(function, ast.expr):
        if isinstance(node, ast.expr):
            yield node


def _boundary(function: Function) -> Iterator[_Slip]:
    yield from _compared(function, _BOUNDARY)


def _opposite(function: Function) -> Iterator[_Slip]:
    yield from _compared(function, _OPPOSITE)


def _compared(
    function: Function, others: dict[type[ast.cmpop], type[ast.cmpop]]
) -> Iterator[_Slip]:
    for node in _expressions(function):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            other = others.get(type(node.ops[0]))
            if other is not None:
                yield _put(node, ops=[other()])


def _arithmetic(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            yield _put(node, op=_OPERATORS[type(node.op)]())


def _constant(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Constant(value=bool(value)):
                yield _put(node, value=not value)
            case ast.Constant(value=int(value)):
                yield _put(node, value=value + 1)
                if value > 0:
                    yield _put(node, value=value - 1)
            case ast.Constant(value=float(value)) if math.isfinite(value):
                yield _put(node, value=value * 10)
            case _:
                pass


def _connective(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        if isinstance(node, ast.BoolOp):
            yield _put(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _lost_condition(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        if isinstance(node, ast.BoolOp):
            for place in range(len(node.values)):
                rest = [value for at, value in enumerate(node.values) if at != place]
                yield _Slip(node, _inline(rest[0])) if len(rest) == 1 else _put(node, values=rest)


def _negation(function: Function) -> Iterator[_Slip]:
    for node in _of(function, ast.If, ast.While, ast.IfExp):
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            match node.test:
                case ast.UnaryOp(op=ast.Not(), operand=inner):
                    yield _Slip(node.test, _inline(inner))
                case ast.Compare():
                    pass
                case test:
                    yield _Slip(test, f"(not {_inline(test)})")


def _other_name(function: Function) -> Iterator[_Slip]:
    names = sorted({*_arguments(function), *_assigned(function)})
    for node in _expressions(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            for other in names:
                if other != node.id:
                    yield _Slip(node, other)


def _arguments(function: Function) -> list[str]:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [one.arg for one in every if one.arg not in {"self", "cls"}]


def _assigned(function: Function) -> list[str]:
    return [
        node.id
        for node in _expressions(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def _swapped(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Call(args=[first, second, *rest]):
                yield _put(node, args=[second, first, *rest])
            case ast.BinOp(op=ast.Sub() | ast.Div() | ast.Mod() | ast.FloorDiv()):
                yield _put(node, left=node.right, right=node.left)
            case ast.Tuple(elts=[first, second], ctx=ast.Load()):
                yield _put(node, elts=[second, first])
            case _:
                pass


def _lookalike(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Call(func=ast.Name(id=name) as called) if name in _LOOKALIKES:
                yield _Slip(called, _LOOKALIKES[name])
            case ast.Call(func=ast.Attribute(value=value, attr=name) as called) if (
                name in _LOOKALIKES
            ):
                yield _Slip(called, f"{_inline(value)}.{_LOOKALIKES[name]}")
            case _:
                pass


def _slice(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
                for name, end in (("lower", lower), ("upper", upper)):
                    if end is not None:
                        moved = ast.BinOp(end, ast.Add(), ast.Constant(1))
                        part = copy.deepcopy(node.slice)
                        setattr(part, name, moved)
                        yield _put(node, slice=part)
                        part = copy.deepcopy(node.slice)
                        setattr(part, name, None)
                        yield _put(node, slice=part)
            case _:
                pass


def _index(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Subscript(slice=ast.Constant(value=int(value)), ctx=ast.Load()):
                yield _put(node, slice=ast.Constant(value + 1))
            case ast.Subscript(slice=ast.Name() | ast.BinOp() as at, ctx=ast.Load()):
                yield _put(node, slice=ast.BinOp(at, ast.Sub(), ast.Constant(1)))
            case _:
                pass


def _bound(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Call(func=ast.Name(id="range"), args=[*_, _] as args):
                place = 0 if len(args) == 1 else 1
                for step in (ast.Add(), ast.Sub()):
                    moved = [*args]
                    moved[place] = ast.BinOp(args[place], step, ast.Constant(1))
                    yield _put(node, args=moved)
            case _:
                pass


def _unwrapped(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.expr() as only]):
                if name in _FORMS and not isinstance(only, ast.Starred):
                    yield _Slip(node, _inline(only))
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=[]):
                if name in _FORMS:
                    yield _Slip(node, _inline(value))
            case _:
                pass


def _lost_argument(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.Call(args=[_, _, *_] as args):
                yield _put(node, args=args[:-1])
            case ast.Call(keywords=[_, *_] as keywords, args=[_, *_]):
                yield _put(node, keywords=keywords[:-1])
            case _:
                pass


def _lost_statement(function: Function) -> Iterator[_Slip]:
    for node in _of(function, ast.Assign, ast.AugAssign, ast.Expr):
        match node:
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Assign() | ast.AugAssign() | ast.Expr():
                yield _Slip(node, "pass")
            case _:
                pass


def _lost_guard(function: Function) -> Iterator[_Slip]:
    for node in _of(function, ast.If):
        match node:
            case ast.If(body=[ast.Return() | ast.Raise() | ast.Continue()], orelse=[]):
                yield _Slip(node, "pass")
            case _:
                pass


def _augmented(function: Function) -> Iterator[_Slip]:
    for node in _of(function, ast.AugAssign):
        if isinstance(node, ast.AugAssign):
            target, value = ast.unparse(node.target), ast.unparse(node.value)
            yield _Slip(node, f"{target} = {value}")


def _branches(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        if isinstance(node, ast.IfExp):
            yield _put(node, body=node.orelse, orelse=node.body)


def _returned(function: Function) -> Iterator[_Slip]:
    names = sorted({*_arguments(function), *_assigned(function)})
    for node in _of(function, ast.Return):
        match node:
            case ast.Return(value=ast.Name() | ast.Constant() | ast.UnaryOp() as value):
                for name in names:
                    if ast.unparse(value) != name:
                        yield _Slip(value, name)
            case _:
                pass


def _flow(function: Function) -> Iterator[_Slip]:
    for node in _of(function, ast.Break, ast.Continue):
        if isinstance(node, ast.Break):
            yield _Slip(node, "continue")
        elif isinstance(node, ast.Continue):
            yield _Slip(node, "break")


def _lost_default(function: Function) -> Iterator[_Slip]:
    for node in _expressions(function):
        match node:
            case ast.IfExp(body=body, orelse=orelse):
                yield _Slip(node, _inline(body))
                yield _Slip(node, _inline(orelse))
            case _:
                pass


KINDS: Final[dict[str, Slips]] = {
    "arithmetic operator": _arithmetic,
    "augmented assignment": _augmented,
    "boundary": _boundary,
    "branches swapped": _branches,
    "break or continue": _flow,
    "condition lost": _lost_condition,
    "connective": _connective,
    "constant": _constant,
    "default lost": _lost_default,
    "guard lost": _lost_guard,
    "argument lost": _lost_argument,
    "index": _index,
    "lookalike": _lookalike,
    "negation": _negation,
    "opposite comparison": _opposite,
    "other name": _other_name,
    "range": _bound,
    "returned": _returned,
    "slice": _slice,
    "statement lost": _lost_statement,
    "swapped": _swapped,
    "unwrapped": _unwrapped,
}


def functions(source: str) -> dict[str, Function]:
    """The functions and methods of a file, by their qualified names."""
    found: dict[str, Function] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, Function):
            found[statement.name] = statement
        elif isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                if isinstance(inner, Function):
                    found[f"{statement.name}.{inner.name}"] = inner
    return found


def faults(source: str, name: str, chance: np.random.Generator) -> Iterator[Fault]:
    """Slips in one function, each kind in turn, in an order that is drawn.

    Args:
        source: The file.
        name: The function's qualified name.
        chance: What draws.
    """
    function = functions(source)[name]
    ways = {kind: list(slips(function)) for kind, slips in KINDS.items()}
    kinds = [kind for kind, found in ways.items() if found]
    for kind in shuffled(kinds, chance):
        slip = ways[kind][int(chance.integers(len(ways[kind])))]
        fault = _made(source, kind, slip)
        if fault is not None:
            yield fault


def _made(source: str, kind: str, slip: _Slip) -> Fault | None:
    node = slip.node
    before = ast.get_source_segment(source, node)
    if before is None or node.end_lineno is None or node.end_col_offset is None:
        return None
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    start = starts[node.lineno - 1] + node.col_offset
    stop = starts[node.end_lineno - 1] + node.end_col_offset
    data = source.encode()
    changed = (data[:start] + slip.new.encode() + data[stop:]).decode()
    try:
        same = ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
        compile(changed, "<fault>", "exec")
    except SyntaxError:
        return None
    if same:
        return None
    return Fault(kind=kind, line=node.lineno, before=before, after=slip.new, source=changed)
