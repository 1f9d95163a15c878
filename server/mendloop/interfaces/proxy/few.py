"""A mapping that forgets its oldest entries: what strangers fill must not grow without end."""

from collections import OrderedDict
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Few(Generic[_Key, _Value]):
    """At most so many entries."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[_Key, _Value] = OrderedDict()

    def put(self, key: _Key, value: _Value) -> bool:
        """Keep an entry as the newest; say whether an older one had to go for it."""
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) <= self._most:
            return False
        self._held.popitem(last=False)
        return True

    def get(self, key: _Key) -> _Value | None:
        """The entry, if it is still there."""
        return self._held.get(key)

    def take(self, key: _Key) -> _Value | None:
        """The entry, if it is still there, which it then no longer is."""
        return self._held.pop(key, None)

    def items(self) -> tuple[tuple[_Key, _Value], ...]:
        """All entries, the oldest first."""
        return tuple(self._held.items())

    def values(self) -> tuple[_Value, ...]:
        """All that is held, the oldest first."""
        return tuple(self._held.values())

    def __contains__(self, key: _Key) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)
