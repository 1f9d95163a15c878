"""What an expression spells, where it can be worked out without running anything.

A name that is put together from pieces is still that name: ``"sys" + "tem"``, ``chr(111) + "s"``,
``"metsys"[::-1]``, ``base64.b64decode("b3M=").decode()``. Only texts, bytes, small numbers and
plain collections of them are worked out, and only with operations that cannot grow without bound.
"""

import ast
import base64
import binascii
import codecs
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from mendloop.core.validate.tree import dotted, walk

MOST: Final = 4096
"""No longer text is worked out."""
_LEVELS: Final = 40


class _Unknown(Exception):
    """It cannot be worked out."""


def spelled(node: ast.AST, known: Mapping[str, ast.expr] | None = None) -> str | None:
    """The text that an expression stands for; ``None`` where it is none or cannot be known.

    Args:
        node: The expression.
        known: The names that are bound once in the file, with what they are bound to.
    """
    try:
        value = _fold(node, known or {}, 0)
    except (_Unknown, ValueError, TypeError, IndexError, KeyError, OverflowError, LookupError):
        return None
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


@lru_cache(maxsize=8)
def bound_once(tree: ast.AST) -> Mapping[str, ast.expr]:
    """The names that one plain assignment of a file binds, and nothing else does."""
    found: dict[str, list[ast.expr]] = {}
    for node in walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                found.setdefault(name, []).append(value)
            case _:
                pass
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _fold(node: ast.AST, known: Mapping[str, ast.expr], level: int) -> Any:
    """The value of an expression.

    Raises:
        _Unknown: It cannot be worked out.
    """
    if level > _LEVELS:
        raise _Unknown

    def inner(part: ast.AST) -> Any:
        return _fold(part, known, level + 1)

    match node:
        case ast.Constant(value=str() | bytes() | int() | None as value):
            return value
        case ast.Name(id=name) if name in known:
            return inner(known[name])
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [inner(part) for part in parts]
        case ast.Call(func=func, args=args, keywords=[]):
            return _called(func, args, inner)
        case _:
            return _put_together(node, inner)


def _put_together(node: ast.AST, inner: Callable[[ast.AST], Any]) -> Any:
    """What an expression makes of others.

    Raises:
        _Unknown: It cannot be worked out.
    """
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -inner(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(op, inner(left), inner(right))
        case ast.JoinedStr(values=parts):
            return _short("".join(str(inner(part)) for part in parts))
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return inner(value)
        case ast.Subscript(value=value, slice=index):
            return inner(value)[_index(index, inner)]
        case _:
            raise _Unknown


def _combined(op: ast.operator, left: Any, right: Any) -> Any:
    match op, left, right:
        case ast.Add(), str() | bytes() | int(), _:
            return _short(left + right)
        case ast.Mult(), str() | bytes(), int() if right * len(left) <= MOST:
            return left * right
        case ast.Sub(), int(), int():
            return left - right
        case (ast.BitXor(), int(), int()):
            return left ^ right
        case ast.Mod(), str(), str() | int() | list() if left.count("%") == left.count("%s"):
            return _short(left % _arguments(right))
        case _:
            raise _Unknown


def _index(index: ast.expr, inner: Callable[[ast.AST], Any]) -> Any:
    if isinstance(index, ast.Slice):
        ends = (index.lower, index.upper, index.step)
        return slice(*(None if end is None else inner(end) for end in ends))
    return inner(index)


def _called(func: ast.expr, args: Sequence[ast.expr], inner: Callable[[ast.AST], Any]) -> Any:
    match func, args:
        case ast.Name(id="map"), [ast.Name(id="chr"), numbers]:
            return [chr(number) for number in inner(numbers)]
        case ast.Name(id=name), [one] if name in _PLAIN:
            return _PLAIN[name](inner(one))
        case ast.Attribute(attr=attr), [*given] if dotted(func) in _DECODERS or attr in _LAST:
            decode = _DECODERS.get(dotted(func)) or _LAST[attr]
            return decode(*map(inner, given)) if given else _on(func, args, inner)
        case ast.Attribute(), _:
            return _on(func, args, inner)
        case _:
            raise _Unknown


def _on(func: ast.expr, args: Sequence[ast.expr], inner: Callable[[ast.AST], Any]) -> Any:
    """A method of a text or of bytes."""
    match func:
        case ast.Attribute(value=owner, attr=attr) if attr in _METHODS:
            value = inner(owner)
            if not isinstance(value, str | bytes):
                raise _Unknown
            return _short(getattr(value, attr)(*map(inner, args)))
        case _:
            raise _Unknown


def _short(value: Any) -> Any:
    if isinstance(value, str | bytes) and len(value) > MOST:
        raise _Unknown
    return value


def _arguments(right: Any) -> Any:
    """What a text is formatted with: a list stands for a tuple here."""
    return (*right,) if isinstance(right, list) else right


def _b64(text: str | bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise _Unknown from error


def _unhex(text: str | bytes) -> bytes:
    return bytes.fromhex(text if isinstance(text, str) else text.decode())


def _decoded(text: str | bytes, how: str = "utf-8") -> Any:
    if how not in _CODES:
        raise _Unknown
    return codecs.decode(cast("Any", text), how)


_CODES: Final = frozenset({"rot13", "rot_13", "utf-8", "utf8", "ascii", "latin-1", "hex"})
_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "bytes": bytes,
    "chr": chr,
    "list": list,
    "reversed": lambda value: value[::-1],
    "str": str,
    "tuple": list,
}
_DECODERS: Final[Mapping[str, Callable[..., Any]]] = {
    "base64.b64decode": _b64,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": base64.b16decode,
    "binascii.unhexlify": _unhex,
    "bytes.fromhex": _unhex,
    "codecs.decode": _decoded,
}
_LAST: Final[Mapping[str, Callable[..., Any]]] = {"b64decode": _b64, "unhexlify": _unhex}
_METHODS: Final = frozenset(
    {
        "decode", "encode", "join", "lower", "upper", "replace", "strip", "lstrip", "rstrip",
        "removeprefix", "removesuffix", "swapcase", "title", "capitalize", "translate",
    }
)  # fmt: skip
