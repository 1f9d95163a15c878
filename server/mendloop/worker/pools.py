"""Free memory side by side, so that what a fork makes lies on few pages.

Python keeps small objects by size, in pools of 16 KiB whose first page tells what is free. After
imports each size has pools with gaps; to fill a gap, a process that was just forked copies the page
of it and the first page of its pool. So all gaps are filled, and the first page of a new pool is
left for each size. Where memory is handed out in another way, this does nothing of use, and no harm.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator

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
