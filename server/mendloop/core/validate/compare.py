"""Whether two values are the same answer.

Without a tolerance, they are where their canonical texts are. A tolerance is for floats only: an
``int`` never equals a ``float``, and a text that looks like a number is a text.
"""

from collections.abc import Sequence
from math import isclose

from mendloop.model.settled import settled
from mendloop.model.value import Encoded, canonical

_SETS = frozenset({"$s", "$fs"})
_PAIRS = '"$d"'
_GRAPH = '"$graph"'


def same(left: Encoded, right: Encoded, *, tolerance: float = 0.0) -> bool:
    """Whether two encoded values are equal.

    Args:
        left: One value.
        right: The other.
        tolerance: The relative difference up to which two floats count as equal.

    Returns:
        Whether they are; an equivalence where the tolerance is 0.
    """
    one, other = canonical(left), canonical(right)
    if one == other:
        return True
    if _GRAPH in one and _GRAPH in other:
        (left,), (right,) = settled([left], ordered=False), settled([right], ordered=False)
        if canonical(left) == canonical(right):
            return True
    elif _PAIRS in one and _PAIRS in other:
        left, right = _ordered(left), _ordered(right)
        if canonical(left) == canonical(right):
            return True
    return tolerance > 0.0 and _near(left, right, tolerance)


def _ordered(value: Encoded) -> Encoded:
    """The same, with the pairs of each dict that is kept as pairs in one order: equal dicts are."""
    match value:
        case list():
            return [_ordered(part) for part in value]
        case dict():
            parts = {key: _ordered(part) for key, part in value.items()}
            pairs = parts.get("$d")
            return {"$d": sorted(pairs, key=canonical)} if isinstance(pairs, list) else parts
        case _:
            return value


def _near(left: Encoded, right: Encoded, tolerance: float) -> bool:
    match left, right:
        case float(), float():
            return isclose(left, right, rel_tol=tolerance)
        case list(), list():
            return len(left) == len(right) and all(
                _near(one, other, tolerance) for one, other in zip(left, right, strict=True)
            )
        case dict(), dict():
            return left.keys() == right.keys() and all(
                _near_under(key, part, right[key], tolerance) for key, part in left.items()
            )
        case _:
            return canonical(left) == canonical(right)


def _near_under(key: str, left: Encoded, right: Encoded, tolerance: float) -> bool:
    """Compare what stands under one key, which may be a tag."""
    match left, right:
        case list(), list() if key in _SETS:
            return _paired(left, right, tolerance)
        case list(), list() if key == "$c":
            return _near(_floats(left), _floats(right), tolerance)
        case _:
            return _near(left, right, tolerance)


def _paired(left: Sequence[Encoded], right: Sequence[Encoded], tolerance: float) -> bool:
    """Whether every element of one set has its own partner in the other."""
    if len(left) != len(right):
        return False
    free = list(right)
    for one in left:
        partner = next((other for other in free if _near(one, other, tolerance)), free)
        if partner is free:
            return False
        free.remove(partner)
    return True


def _floats(parts: Sequence[Encoded]) -> list[Encoded]:
    """The two parts of a complex number, which are kept as text."""
    try:
        return [float(part) if isinstance(part, str) else part for part in parts]
    except ValueError:
        return list(parts)
