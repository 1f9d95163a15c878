"""Values that are their own tagged JSON, told on a way on which a new fork touches few pages."""

from __future__ import annotations

from typing import Any

_PLAIN_INT = 1 << 53
_NEVER = 1 << 60
"""More than any budget."""
_MOST = 16


def _taken(value: Any) -> int:
    """How much of a budget a value takes that stands for itself, as ``codec`` counts."""
    kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]  of any kind
    if kind is str:
        return 2 + len(value)
    if kind is int:
        return 2 if -_PLAIN_INT <= value <= _PLAIN_INT else _NEVER
    if kind is float:
        return 2 if value - value == 0.0 else _NEVER
    return 2 if value is None or kind is bool else _NEVER


def flat(value: Any, most: int) -> Any:
    """A copy of a small value without tags, as ``codec.encode`` gives it; ``None`` for others."""
    kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]  of any kind
    if kind is not dict:
        return value if _taken(value) <= most else None
    if len(value) > _MOST:
        return None
    left = most - 2
    made: dict[str, Any] = {}
    for key, part in value.items():
        if type(key) is not str or key[:1] == "$":
            return None
        left -= len(key) + _taken(part)
        made[key] = part
    return made if left >= 0 else None
