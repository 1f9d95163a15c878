"""Rule: recorded inputs are not known by heart.

A change may ask what its argument is. It may not ask whether it is the very one that was recorded
as failing, and give the answer that is wanted there.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.core.validate.site import Site, Subject, site
from mendloop.core.validate.tree import constant, meaning, walk
from mendloop.noun import dataclass

LONG: Final = 16
"""A text of so many characters is no option that a function has: it is somebody's input."""
_DIGESTS: Final = frozenset(
    {
        "hash", "id", "repr", "hashlib.md5", "hashlib.new", "hashlib.sha1", "hashlib.sha224",
        "hashlib.sha256", "hashlib.sha384", "hashlib.sha512", "hashlib.blake2b", "hashlib.blake2s",
        "zlib.crc32", "zlib.adler32", "binascii.crc32", "pickle.dumps", "marshal.dumps",
        "json.dumps",
    }
)  # fmt: skip
"""Functions that turn arguments into something to be looked up."""
_AS_GIVEN: Final = frozenset({"abs", "float", "int", "list", "round", "sorted", "str", "tuple"})
_CASE: Final = frozenset({"casefold", "lower", "strip", "upper"})
_WHY: Final = "the recorded input is known again, the fault is not mended"


@dataclass(frozen=True, slots=True)
class _Pins:
    """The recorded values that a test asks for by equality."""

    numbers: int = 0
    texts: int = 0
    long: int = 0

    def __add__(self, other: "_Pins") -> "_Pins":
        return _Pins(self.numbers + other.numbers, self.texts + other.texts, self.long + other.long)

    @property
    def every(self) -> int:
        return self.numbers + self.texts + self.long


def known_inputs(subject: Subject) -> Iterator[Site]:
    """Tests for recorded inputs, and tables of them."""
    for node in walk(subject.tree):
        yield from _branch(subject, node)
        yield from _lookup(subject, node)


def _branch(subject: Subject, node: ast.AST) -> Iterator[Site]:
    """A test for a recorded input."""
    match node:
        case ast.If(test=test, body=body):
            yield from _told(test, _pins(subject, test), answers=_answers(body))
        case ast.IfExp(test=test, body=value):
            yield from _told(test, _pins(subject, test), answers=_tells(value))
        case ast.match_case(pattern=pattern, body=body):
            values = [part for part in walk(pattern) if isinstance(part, ast.MatchValue)]
            pins = sum((_literals(subject, part.value) for part in values), _Pins())
            yield from _told(pattern, pins, answers=_answers(body))
        case _:
            pass


def _lookup(subject: Subject, node: ast.AST) -> Iterator[Site]:
    """A table of recorded inputs, or of their digests."""
    match node:
        case ast.Dict() | ast.Set():
            yield from _table(subject, node)
        case ast.Compare():
            yield from _digest_compared(subject, node)
        case ast.Subscript(value=table, slice=key):
            yield from _digest_looked_up(subject, node, table, key)
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, *_]):
            yield from _digest_looked_up(subject, node, table, key)
        case _:
            pass


def _told(node: ast.AST, pins: _Pins, *, answers: bool) -> Iterator[Site]:
    """What a branch is that is taken for recorded values."""
    if pins.long or pins.numbers > 1 or (answers and (pins.numbers or pins.every > 1)):
        yield site("known_input", node, f"A test asks for values of a recorded input: {_WHY}.")
    elif answers and pins.texts:
        message = "A test asks for a text that was recorded, and gives a fixed answer for it."
        yield site("known_input", node, message, blocks=False)


def _pins(subject: Subject, test: ast.expr) -> _Pins:
    """The recorded values that a test asks for, over all that must hold together."""
    match test:
        case ast.BoolOp(values=values):
            return sum((_pins(subject, value) for value in values), _Pins())
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            asked, literal = (right, left) if constant(left) else (left, right)
            plain = _plain(asked) and constant(literal)
            return _literals(subject, literal) if plain else _Pins()
        case ast.Compare(left=left, ops=[ast.In()], comparators=[right]) if _plain(left):
            found = _literals(subject, right)
            return _Pins(min(found.numbers, 1), min(found.texts, 1), min(found.long, 1))
        case _:
            return _Pins()


def _plain(asked: ast.expr) -> bool:
    """Whether an expression is a value as it was given, rather than a measure of it.

    ``len(x) == 3`` and ``n % 15 == 0`` ask for a property that many inputs share.
    """
    match asked:
        case ast.Name():
            return True
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _plain(inner)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(map(_plain, parts))
        case ast.Call(func=ast.Name(id=name), args=[inner]) if name in _AS_GIVEN:
            return _plain(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _CASE:
            return _plain(inner)
        case _:
            return False


def _literals(subject: Subject, node: ast.AST) -> _Pins:
    """The recorded values among the literals of an expression."""
    pins = _Pins()
    for part in walk(node):
        match part:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                pins += _pin(subject, -value)
            case ast.Constant(value=value):
                pins += _pin(subject, value)
            case _:
                pass
    return pins


def _pin(subject: Subject, value: object) -> _Pins:
    if repr(value) not in subject.recorded:
        return _Pins()
    match value:
        case str() | bytes():
            return _Pins(long=1) if len(value) >= LONG else _Pins(texts=1)
        case _:
            return _Pins(numbers=1)


def _table(subject: Subject, node: ast.Dict | ast.Set) -> Iterator[Site]:
    """A table of fixed answers whose every key was recorded: two of them, or one of several parts.

    A table that was there before is another matter: the same keys stand in the old file too, or the
    new ones stand among others that nobody has recorded.
    """
    keys = [key for key in (node.keys if isinstance(node, ast.Dict) else node.elts) if key]
    values = node.values if isinstance(node, ast.Dict) else []
    pins = [_literals(subject, key) for key in keys if constant(key)]
    if not keys or len(pins) < len(keys) or not all(pin.every for pin in pins):
        return
    whole = any(pin.numbers > 1 or pin.long or pin.every > 2 for pin in pins)  # noqa: PLR2004  a tuple
    if all(map(constant, values)) and (len(keys) > 1 or whole):
        yield site("known_input", node, f"A table holds recorded inputs as its keys: {_WHY}.")


def _digest_compared(subject: Subject, node: ast.Compare) -> Iterator[Site]:
    sides = [node.left, *node.comparators]
    if any(_digests(subject, side) for side in sides) and any(map(constant, sides)):
        yield site("known_input", node, f"A digest of an input is compared with a literal: {_WHY}.")


def _digest_looked_up(
    subject: Subject, node: ast.AST, table: ast.expr, key: ast.expr
) -> Iterator[Site]:
    if _digests(subject, key) and (isinstance(table, ast.Dict) or _bound_to_table(subject, table)):
        yield site("known_input", node, f"A digest of an input is looked up in a table: {_WHY}.")


def _bound_to_table(subject: Subject, table: ast.expr) -> bool:
    """Whether a name stands for a literal table with something in it."""
    if not isinstance(table, ast.Name):
        return False
    return any(
        isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Dict)
        and bool(node.value.keys)
        and table.id in _targets(node)
        for node in walk(subject.tree)
    )


def _targets(node: ast.Assign | ast.AnnAssign) -> Sequence[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _digests(subject: Subject, node: ast.AST) -> bool:
    """Whether an expression is computed through one of the functions that make digests."""
    return any(
        isinstance(part, ast.Call)
        and meaning(part.func, subject.imports) in _DIGESTS
        and bool(part.args)
        for part in walk(node)
    )


def _answers(body: Sequence[ast.stmt]) -> bool:
    """Whether a branch gives a fixed answer that tells something."""
    for statement in body:
        match statement:
            case ast.Return(value=value) | ast.Assign(value=value) | ast.AnnAssign(value=value):
                if value is not None and _tells(value):
                    return True
            case _:
                pass
    return False


def _tells(value: ast.expr) -> bool:
    """Whether a fixed value is an answer rather than a refusal: not empty, not none, not a bool."""
    if not constant(value):
        return False
    literals = [part.value for part in walk(value) if isinstance(part, ast.Constant)]
    return any(not isinstance(one, bool) and bool(one) for one in literals)
