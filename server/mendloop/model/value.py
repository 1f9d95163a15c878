"""Values of the user's tools, as JSON with a closed set of tags. Never pickled, never rebuilt here.

What JSON cannot hold is an object with one tagged key:

    {"$t": [...]}            tuple              {"$b": "hex"}          bytes
    {"$s": [...]}            set                {"$i": "123"}          int outside +-2**53
    {"$fs": [...]}           frozenset          {"$f": "nan"}          nan, inf, -inf
    {"$c": ["re", "im"]}     complex            {"$d": [[k, v], ...]}  dict with other keys
    {"$datetime": "..."}     and $date, $time, $timedelta, $decimal, $uuid, $path
    {"$enum": [class, name]} {"$dataclass": [class, {field: value}]}
    {"$graph": [shapes, objects, root]}   objects of the workspace's classes (``model.graph``)
    {"$opaque": "module.Class"}   not serialisable, or nested too deep
"""

import json
from collections.abc import Mapping
from typing import Final, TypeAlias

Encoded: TypeAlias = "bool | int | float | str | list[Encoded] | dict[str, Encoded] | None"
"""A value in tagged JSON."""

MOST_DEPTH: Final = 200
MOST_CHARACTERS: Final = 64_000
"""A value whose JSON text is longer is not kept whole, and cannot be replayed."""


def canonical(value: Encoded) -> str:
    """The one text of a value: equal values have equal texts.

    ``True`` is not ``1``, ``1`` is not ``1.0``, and NaN equals NaN: what Python's ``==`` says does
    not count.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def opaque(value: Encoded) -> bool:
    """Whether some part of a value could not be kept."""
    match value:
        case dict():
            return "$opaque" in value or any(opaque(part) for part in value.values())
        case list():
            return any(opaque(part) for part in value)
        case _:
            return False


def call_text(args: tuple[Encoded, ...], kwargs: Mapping[str, Encoded]) -> str:
    """The one text of a call's arguments."""
    return canonical([list(args), dict(kwargs)])
