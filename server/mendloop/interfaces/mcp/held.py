"""The requests that are open, by the token that they came with, and their end with it."""

from collections.abc import Generator
from contextlib import contextmanager

import anyio


class Held:
    """Which requests of whom are open: streams, and calls that run."""

    def __init__(self) -> None:
        self._open: dict[str, set[anyio.CancelScope]] = {}

    def count(self, client: str) -> int:
        """How many of one token."""
        return len(self._open.get(client, ()))

    @property
    def clients(self) -> frozenset[str]:
        """The tokens with an open request."""
        return frozenset(self._open)

    @contextmanager
    def holding(self, client: str) -> Generator[anyio.CancelScope]:
        """Count a request for as long as the block lasts, unless it is ended from outside."""
        scope = anyio.CancelScope()
        self._open.setdefault(client, set()).add(scope)
        try:
            with scope:
                yield scope
        finally:
            scopes = self._open[client]
            scopes.discard(scope)
            if not scopes:
                del self._open[client]

    def end(self, client: str) -> None:
        """End all of one token."""
        for scope in list(self._open.get(client, ())):
            scope.cancel()
