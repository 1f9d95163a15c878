"""Which names a place of a function can see, and which expressions may be written twice."""

from collections.abc import Collection, Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.unit import Unit

_COMPREHENSIONS: Final = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_SEQUENCES: Final = (cst.Tuple, cst.List, cst.Element, cst.StarredElement)
_HARMLESS: Final = frozenset(
    {"abs", "bool", "float", "int", "len", "list", "max", "min", "round", "set", "str", "sum"}
)
TEXT_METHODS: Final = frozenset(
    {"capitalize", "casefold", "lower", "lstrip", "removeprefix", "removesuffix"}
    | {"rstrip", "strip", "swapcase", "title", "upper", "zfill"}
)
"""Methods of texts that make another text. What else has one of them has it for the same."""
_PURE: Final = (
    cst.Name,
    cst.Attribute,
    cst.Subscript,
    cst.SubscriptElement,
    cst.Index,
    cst.Slice,
    cst.Arg,
    cst.Call,
    cst.BinaryOperation,
    cst.UnaryOperation,
    cst.BaseBinaryOp,
    cst.BaseUnaryOp,
    cst.BaseNumber,
    cst.SimpleString,
    cst.LeftSquareBracket,
    cst.RightSquareBracket,
    cst.LeftParen,
    cst.RightParen,
    cst.BaseParenthesizableWhitespace,
    cst.Dot,
    cst.Comma,
    cst.Colon,
)


def stores(unit: Unit, name: cst.CSTNode) -> bool:
    """Whether a name, or a pattern of names, is assigned to where it stands."""
    below = name
    for around in unit.ancestors(name):
        match around:
            case cst.AssignTarget() | cst.AsName() | cst.Del():
                return True
            case cst.For() | cst.CompFor() | cst.AugAssign() | cst.AnnAssign() | cst.NamedExpr():
                return around.target is below
            case _ if isinstance(around, _SEQUENCES):
                below = around
            case _:
                return False
    return False


def loads(unit: Unit, name: cst.Name) -> bool:
    """Whether a name is read where it stands: it is a variable, and no target."""
    match unit.parents.get(name):
        case cst.Attribute(attr=attr):
            return attr is not name
        case cst.Arg(keyword=keyword):
            return keyword is not name
        case (
            cst.Param()
            | cst.FunctionDef()
            | cst.ClassDef()
            | cst.NameItem()
            | cst.ImportAlias()
            | cst.MatchCase()
            | cst.MatchAs()
            | cst.MatchStar()
            | cst.MatchKeywordElement()
            | cst.TypeVar()
        ) as parent:
            return isinstance(parent, cst.Param) and parent.default is name
        case _:
            return not stores(unit, name)


def is_called(unit: Unit, node: cst.CSTNode) -> bool:
    """Whether a name or an attribute is what a call calls."""
    parent = unit.parents.get(node)
    return isinstance(parent, cst.Call) and parent.func is node


def parameters(function: cst.FunctionDef | cst.Lambda) -> tuple[str, ...]:
    """The names of the parameters, in order."""
    params = function.params
    stars = [
        param for param in (params.star_arg, params.star_kwarg) if isinstance(param, cst.Param)
    ]
    every = [*params.posonly_params, *params.params, *params.kwonly_params, *stars]
    return tuple(param.name.value for param in every)


def bindings(unit: Unit, function: cst.FunctionDef) -> dict[str, int]:
    """The parameters and local names of a function, with the place where each is first bound."""
    if not unit.bound:
        unit.bound.update(_all_bindings(unit))
    return unit.bound[function]


def _all_bindings(unit: Unit) -> dict[cst.FunctionDef, dict[str, int]]:
    found: dict[cst.FunctionDef, dict[str, int]] = {}
    for node in unit.every:
        if isinstance(node, cst.FunctionDef):
            found[node] = dict.fromkeys(parameters(node), unit.spans[node][0])
        elif (
            isinstance(node, cst.Name) and stores(unit, node) and not _in_comprehension(unit, node)
        ):
            around = unit.function(node)
            if around is not None:
                found[around].setdefault(node.value, unit.spans[node][0])
    return found


def visible(unit: Unit, node: cst.CSTNode, *, after: bool = False) -> tuple[str, ...]:
    """Parameters and locals that are bound before (or after) a node, in the order of binding."""
    at = unit.spans[node][1 if after else 0]
    found: dict[str, None] = {}
    below = node
    for around in unit.ancestors(node):
        if _binds_later(around, below):
            at = min(at, unit.spans[around][0])
        below = around
        match around:
            case cst.FunctionDef():
                found.update((n, None) for n, bound in bindings(unit, around).items() if bound < at)
            case cst.Lambda():
                found.update(dict.fromkeys(parameters(around)))
            case _ if isinstance(around, _COMPREHENSIONS):
                found.update(dict.fromkeys(_targets(around)))
            case _:
                pass
    return tuple(found)


def _binds_later(around: cst.CSTNode, below: cst.CSTNode) -> bool:
    """Whether a statement binds its names, though they stand first, once a part of it is known."""
    match around:
        case cst.Assign(value=value) | cst.AnnAssign(value=value) | cst.For(iter=value):
            return value is below
        case _:
            return False


def hoistable(unit: Unit, node: cst.CSTNode, *, methods: Collection[str] = frozenset()) -> bool:
    """Whether code means the same in front of its statement, and may be run there as well."""
    if not pure(node, methods=methods):
        return False
    inner: set[str] = set()
    for around in unit.ancestors(node):
        if isinstance(around, cst.Lambda):
            inner.update(parameters(around))
        elif isinstance(around, _COMPREHENSIONS):
            inner.update(_targets(around))
        elif isinstance(around, cst.BaseStatement):
            break
    return inner.isdisjoint(names_in(node))


def pure(node: cst.CSTNode, *, methods: Collection[str] = frozenset()) -> bool:
    """Whether it is cheap and harmless to evaluate an expression once more.

    Args:
        node: The expression.
        methods: Names of methods that may be called in it.
    """
    if not isinstance(node, _PURE):
        return False
    if isinstance(node, cst.Call) and not _harmless(node.func, methods):
        return False
    return all(pure(child, methods=methods) for child in node.children)


def _harmless(function: cst.BaseExpression, methods: Collection[str]) -> bool:
    match function:
        case cst.Name(value=name):
            return name in _HARMLESS
        case cst.Attribute(attr=cst.Name(value=name)):
            return name in methods
        case _:
            return False


def names_in(node: cst.CSTNode) -> Iterator[str]:
    """Every name in a piece of code, attributes and keywords included."""
    if isinstance(node, cst.Name):
        yield node.value
    for child in node.children:
        yield from names_in(child)


def dotted(node: cst.CSTNode) -> str:
    """``a.b.c`` of names alone; empty for anything else."""
    match node:
        case cst.Name(value=value):
            return value
        case cst.Attribute(value=value, attr=cst.Name(value=attr)):
            base = dotted(value)
            return f"{base}.{attr}" if base else ""
        case _:
            return ""


def _in_comprehension(unit: Unit, name: cst.Name) -> bool:
    for around in unit.ancestors(name):
        if isinstance(around, cst.CompFor | cst.Lambda):
            return True
        if isinstance(around, cst.BaseStatement):
            return False
    return False


def _targets(
    comprehension: cst.CSTNode,
) -> Iterator[str]:
    loop = getattr(comprehension, "for_in", None)
    while isinstance(loop, cst.CompFor):
        yield from names_in(loop.target)
        loop = loop.inner_for_in
