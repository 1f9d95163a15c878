"""Values like those that were recorded: of their kinds, within their bounds, of their make."""

import string
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, TypeGuard

from hypothesis import strategies as st

from mendloop.core.validate.hints import DEEPEST, Values, fractions, texts, whole_numbers
from mendloop.model.value import Encoded, canonical

_MOST: Final = 200
"""Values of one place that are looked at."""
_MOST_KEYS: Final = 20
_KINDS: Final = (
    (string.digits, string.digits),
    (string.ascii_lowercase, string.ascii_lowercase),
    (string.ascii_uppercase, string.ascii_uppercase),
)


def like(values: Sequence[Encoded], *, depth: int = 0) -> Values | None:
    """Values like some; ``None`` where there are none."""
    few = list(islice({canonical(value): value for value in values}.values(), _MOST))
    if not few:
        return None
    if depth > DEEPEST:
        return st.sampled_from(few)
    return st.one_of([one for kind in _by_kind(few).values() for one in _of_kind(kind, depth)])


def _by_kind(values: Sequence[Encoded]) -> Mapping[str, list[Encoded]]:
    kinds: dict[str, list[Encoded]] = {}
    for value in values:
        tag = next((key for key in value if key.startswith("$")), "") if _object(value) else ""
        kinds.setdefault(f"{type(value).__name__}{tag}", []).append(value)
    return kinds


def _of_kind(values: list[Encoded], depth: int) -> list[Values]:
    """Strategies for values of one kind: those themselves, and others like them."""
    again = st.sampled_from(values)
    match values[0]:
        case bool():
            return [st.booleans().map(_same)]
        case list():
            return [_lists([one for one in values if isinstance(one, list)], depth)]
        case dict():
            return [_objects([one for one in values if isinstance(one, dict)], depth)]
        case str():
            return [again, *_texts([one for one in values if isinstance(one, str)])]
        case _:
            return [again, *_numbers(values)]


def _numbers(values: list[Encoded]) -> list[Values]:
    """Numbers between the least and the greatest."""
    whole = [one for one in values if isinstance(one, int)]
    shares = [one for one in values if isinstance(one, float)]
    between = [whole_numbers(min(whole), max(whole))] if whole else []
    return [*between, *([fractions(min(shares), max(shares))] if shares else [])]


def _texts(values: list[str]) -> list[Values]:
    """Texts of the same letters, and of the same pattern: another digit for a digit."""
    letters = "".join(sorted(set("".join(values))))
    if not letters:
        return []
    lengths = [len(one) for one in values]
    patterned = st.sampled_from(values).flatmap(_pattern)
    return [patterned, texts(letters, min(lengths), max(lengths))]


def _pattern(text: str) -> Values:
    parts = [
        next(
            (st.sampled_from(others) for kind, others in _KINDS if letter in kind), st.just(letter)
        )
        for letter in text[:_MOST]
    ]
    return st.tuples(*parts).map("".join)


def _lists(values: list[list[Encoded]], depth: int) -> Values:
    element = like([part for one in values for part in one], depth=depth + 1)
    if element is None:
        return st.just([])
    lengths = [len(one) for one in values]
    return st.lists(element, min_size=min(lengths), max_size=min(max(lengths), _MOST)).map(_same)


def _objects(values: list[dict[str, Encoded]], depth: int) -> Values:
    """Objects with the same keys; those that were not always there may be left out."""
    if all(_tuple(one) for one in values):
        return _tuples([one["$t"] for one in values], depth)
    keys = list(dict.fromkeys(key for one in values for key in one))
    if any(key.startswith("$") for key in keys) or len(keys) > _MOST_KEYS:
        return st.sampled_from(values).map(_same)
    parts = {
        key: part
        for key in keys
        if (part := like([one[key] for one in values if key in one], depth=depth + 1)) is not None
    }
    always = {key: part for key, part in parts.items() if all(key in one for one in values)}
    rest = {key: part for key, part in parts.items() if key not in always}
    return st.fixed_dictionaries(always, optional=rest).map(_same)


def _tuples(values: Sequence[Encoded], depth: int) -> Values:
    lists = [one for one in values if isinstance(one, list)]
    if len({len(one) for one in lists}) != 1:
        return _lists(lists, depth).map(lambda items: {"$t": items})
    places = [like(list(place), depth=depth + 1) for place in zip(*lists, strict=True)]
    known = [place for place in places if place is not None]
    return st.tuples(*known).map(lambda items: {"$t": list(items)})


def _tuple(value: Mapping[str, Encoded]) -> bool:
    return list(value) == ["$t"] and isinstance(value["$t"], list)


def _object(value: Encoded) -> TypeGuard[dict[str, Encoded]]:
    return isinstance(value, dict)


def _same(value: Encoded) -> Encoded:
    return value
