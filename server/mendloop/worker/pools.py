"""What a fork uses side by side: free memory, and the functions that it runs.

Python keeps small objects by size, in pools of 16 KiB whose first page tells what is free. After
imports each size has pools with gaps; to fill one, a process that was just forked copies the page
of it and the first page of its pool. So all gaps are filled, and the first page of a new pool is
left for each size. Each function that is called is counted where it lies: so those that every fork
runs are made once more, one after the other. Where memory is handed out in another way, all this is
of no use, and does no harm.
"""

from __future__ import annotations

import types
from typing import Any, Callable, Iterator, Sequence

_SMALLEST, _LARGEST, _STEP = 16, 512, 16
_POOL, _HEAD = 16 << 10, 48
"""The bytes of a pool, and those before its first object."""
_BYTES = 33
"""What an object of bytes takes by itself."""
_MOST = 20_000
_kept: list[Any] = []


def renew() -> None:
    """Fill all gaps, and have a new pool ready for each size."""
    _kept.clear()
    for size in range(_SMALLEST, _LARGEST + 1, _STEP):
        made: list[Any] = []
        each: Any = None
        for each in _objects(_maker(size)):
            made.append(each)
            if id(each) % _POOL == _HEAD + size and id(made[0]) != id(each):
                break
        del each
        # The first of the new pool stays, or the pool would be given to any size.
        del made[-1:]
        _kept.append(made)


def _objects(make: Callable[[], Any]) -> Iterator[Any]:
    for _ in range(_MOST):
        yield make()


def _maker(size: int) -> Callable[[], Any]:
    """What makes an object of a size."""
    if size == _SMALLEST:
        return object
    if size < _BYTES:
        return lambda: float(len(_kept))
    return lambda: bytes(size - _BYTES)


def anew(holders: Sequence[Any]) -> None:
    """Make the functions of some modules and classes once more, one after the other.

    Args:
        holders: They; whatever name they have in any of them means the new one.
    """
    made: dict[int, Any] = {}
    for holder in holders:
        owner = getattr(holder, "__module__", holder.__name__)
        values: Any = holder.__dict__
        for each in list(values.values()):
            if isinstance(each, types.FunctionType) and each.__module__ == owner:
                made[id(each)] = _again(each)
    for holder in holders:
        space: Any = holder.__dict__
        for name, value in list(space.items()):
            if id(value) in made:
                setattr(holder, name, made[id(value)])


def _again(function: types.FunctionType) -> types.FunctionType:
    code, space = function.__code__.replace(), function.__globals__
    name, defaults, closure = function.__name__, function.__defaults__, function.__closure__
    made = types.FunctionType(code, space, name, defaults, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made
