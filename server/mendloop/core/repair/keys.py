"""The keys that mappings among the arguments of some calls have."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from mendloop.model.value import Encoded

MOST: Final = 16
_MOST_CALLS: Final = 20
_MOST_PARTS: Final = 2_000
"""Values that are looked at; those that are less deep come first."""


def keys_of(calls: Iterable[Sequence[Encoded]]) -> tuple[str, ...]:
    """The keys, those seen first at the beginning; a few of them at the most.

    Args:
        calls: The arguments of each call.
    """
    waiting = deque(value for call in islice(calls, _MOST_CALLS) for value in call)
    return tuple(islice(dict.fromkeys(_keys(waiting)), MOST))


def _keys(waiting: deque[Encoded]) -> Iterator[str]:
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        match waiting.popleft():
            case dict() as parts:
                yield from (key for key in parts if not key.startswith("$"))
                waiting.extend(parts.values())
            case list() as items:
                waiting.extend(items)
            case _:
                pass
