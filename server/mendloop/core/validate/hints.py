"""Values that fit a type hint, as strategies. Hints are read from the source, never evaluated."""

import ast
import string
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from hypothesis import strategies as st

from mendloop.core.validate.tree import dotted
from mendloop.model.value import Encoded, canonical

Values: TypeAlias = st.SearchStrategy[Encoded]

REACH: Final = 1_000
"""How far from zero a number may lie where nothing was recorded: a count must not run for ever."""
LETTERS: Final = string.printable[:-5] + "\n\u00e4\u00df\u00e9\u20ac"
LONGEST: Final = 12
DEEPEST: Final = 6
_LISTS: Final = frozenset({"list", "List", "Sequence", "Iterable", "Collection", "MutableSequence"})
_MAPS: Final = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})
_SETS: Final = frozenset({"set", "Set", "AbstractSet", "MutableSet"})
_EITHER: Final = frozenset({"Optional", "Union"})


def whole_numbers(low: int = -REACH, high: int = REACH) -> Values:
    """Whole numbers between two."""
    return st.integers(low, high).map(_same)


def fractions(low: float = -REACH, high: float = REACH) -> Values:
    """Floats between two; neither infinite nor NaN."""
    return st.floats(low, high, allow_nan=False, allow_infinity=False).map(_same)


def texts(letters: str = LETTERS, shortest: int = 0, longest: int = LONGEST) -> Values:
    """Texts of some letters.

    ``st.text`` would keep a table of all characters on disk, in the current folder.
    """
    return st.lists(st.sampled_from(letters), min_size=shortest, max_size=longest).map("".join)


_PLAIN: Final[Mapping[str, Callable[[], Values]]] = {
    "int": whole_numbers,
    "float": fractions,
    "str": texts,
    "bool": lambda: st.booleans().map(_same),
    "None": lambda: st.none().map(_same),
    "bytes": lambda: st.binary(max_size=LONGEST).map(lambda raw: {"$b": raw.hex()}),
}


def fitting(hint: ast.expr | None, *, depth: int = 0) -> Values | None:
    """Values of a type hint; ``None`` where there is none, or it says nothing that is known."""
    if depth > DEEPEST:
        return None
    match hint:
        case ast.Constant(value=None):
            return _PLAIN["None"]()
        case ast.Constant(value=str(text)):
            return fitting(_expression(text), depth=depth + 1)
        case _:
            return _composed(hint, depth)


def _composed(hint: ast.expr | None, depth: int) -> Values | None:
    match hint:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right], depth)
        case ast.Subscript(value=name, slice=inner):
            return _generic(_last(name), _parts(inner), depth)
        case ast.Name() | ast.Attribute():
            plain = _PLAIN.get(_last(hint))
            return plain() if plain else _generic(_last(hint), [], depth)
        case _:
            return None


def _generic(name: str, inner: list[ast.expr], depth: int) -> Values | None:
    if name in _EITHER:
        return _either([*inner, *([ast.Constant(value=None)] if name == "Optional" else [])], depth)
    if name == "Literal":
        plain: list[Encoded] = [
            one.value
            for one in inner
            if isinstance(one, ast.Constant) and isinstance(one.value, str | int | bool | None)
        ]
        return st.sampled_from(plain) if plain else None
    if name in {"Annotated", "Final"} and inner:
        return fitting(inner[0], depth=depth + 1)
    if name in _LISTS | _SETS:
        return _many(name, fitting(inner[0], depth=depth + 1) if inner else None)
    if name in _MAPS and len(inner) == 2 and _last(inner[0]) == "str":  # noqa: PLR2004  key, value
        value = fitting(inner[1], depth=depth + 1)
        keys = st.lists(st.sampled_from(string.ascii_lowercase), min_size=1, max_size=4)
        return (
            None
            if value is None
            else st.dictionaries(keys.map("".join), value, max_size=4).map(_same)
        )
    return _tuple(inner, depth) if name in {"tuple", "Tuple"} else None


def _many(name: str, element: Values | None) -> Values | None:
    if element is None:
        return None
    if name in _LISTS:
        return st.lists(element, max_size=LONGEST).map(_same)
    unique = st.lists(element, max_size=LONGEST // 2, unique_by=canonical)
    return unique.map(lambda items: {"$s": sorted(items, key=canonical)})


def _tuple(inner: list[ast.expr], depth: int) -> Values | None:
    if len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is Ellipsis:  # noqa: PLR2004  T, ...
        element = fitting(inner[0], depth=depth + 1)
        items = None if element is None else st.lists(element, max_size=LONGEST)
    else:
        parts = [fitting(one, depth=depth + 1) for one in inner]
        known = [part for part in parts if part is not None]
        items = st.tuples(*known).map(list) if inner and len(known) == len(parts) else None
    return None if items is None else items.map(lambda values: {"$t": values})


def _either(options: list[ast.expr], depth: int) -> Values | None:
    known = [one for option in options if (one := fitting(option, depth=depth + 1)) is not None]
    return st.one_of(known) if known else None


def _parts(inner: ast.expr) -> list[ast.expr]:
    return inner.elts if isinstance(inner, ast.Tuple) else [inner]


def _last(name: ast.expr) -> str:
    return dotted(name).rpartition(".")[2]


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text[:200], mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _same(value: Encoded) -> Encoded:
    """The value itself; what a strategy gives is then known to be an encoded value."""
    return value
