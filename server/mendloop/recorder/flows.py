"""Generators that are recorded: the call ends when the generator does, or when it is closed."""

from __future__ import annotations

import functools
import time
from typing import Any, Union

from mendloop.recorder.graphs import take
from mendloop.recorder.sites import Site, Taken
from mendloop.recorder.snapshot import Part
from mendloop.recorder.writer import WRITER

_MOST_VALUES = 10_000
"""So many values of a generator are kept, as many as the sandbox takes."""


class _Unwatched:
    """Looks at nothing: the generator is not recorded."""

    __slots__ = ()

    def resumed(self) -> None:
        """The generator goes on."""

    def paused(self, value: Any) -> None:
        """It gave a value."""

    def ended(self) -> None:
        """It came to its end."""

    def closed(self) -> None:
        """Nobody wanted more of it."""

    def failed(self, error: BaseException) -> None:
        """It raised."""


class _Watch:
    """What one generator has given so far."""

    __slots__ = ("_at", "_began", "_count", "_site", "_spent", "_taken", "_values")

    def __init__(self, site: Site, taken: Taken) -> None:
        self._site = site
        self._taken = taken
        self._at = time.time_ns()
        self._spent = 0
        self._count = 0
        self._values: list[Any] = []
        self._began = time.perf_counter_ns()

    def resumed(self) -> None:
        """The generator goes on; the time until it pauses again is its own."""
        self._began = time.perf_counter_ns()

    def paused(self, value: Any) -> None:
        """It gave a value."""
        self._spent += time.perf_counter_ns() - self._began
        self._count += 1
        if self._count <= _MOST_VALUES and self._site.result:
            self._values.append(take(value))

    def ended(self) -> None:
        """It came to its end."""
        self._spent += time.perf_counter_ns() - self._began
        many = self._count > _MOST_VALUES
        result = Part("$opaque", f"{self._count} values") if many else self._values
        self._done(result if self._site.result else None)

    def closed(self) -> None:
        """Nobody wanted more of it."""
        self._spent += time.perf_counter_ns() - self._began
        values = "value" if self._count == 1 else "values"
        self._done(Part("$opaque", f"closed after {self._count} {values}"))

    def failed(self, error: BaseException) -> None:
        """It raised."""
        self._spent += time.perf_counter_ns() - self._began
        WRITER.failed(self._site, self._taken, self._at, self._spent, error)

    def _done(self, result: Any) -> None:
        site = self._site
        WRITER.add(site, (site, *self._taken, self._at, self._spent, site.take_result(result)))


_Observer = Union[_Watch, _Unwatched]
_UNWATCHED = _Unwatched()


def _watch(site: Site, args: Any, kwargs: Any) -> _Observer:
    return _Watch(site, site.take(args, kwargs)) if WRITER.wants(site) else _UNWATCHED


def generator(function: Any, site: Site) -> Any:
    """The recorded form of a generator function; gives, takes and raises as the bare one does."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        watch = _watch(site, args, kwargs)
        inner = function(*args, **kwargs)
        error: Any = None
        sent: Any = None
        while True:  # as PEP 380 writes down ``yield from``
            try:
                watch.resumed()
                value = inner.send(sent) if error is None else inner.throw(error)
            except StopIteration as end:
                watch.ended()
                return end.value
            except BaseException as raised:
                watch.failed(raised)
                raise
            watch.paused(value)
            error, sent = None, None
            try:
                sent = yield value  # pyright: ignore[reportUnknownVariableType]  whatever is sent
            except GeneratorExit:
                _close(inner, watch)
                raise
            except BaseException as thrown:
                error = thrown

    return wrapper


def _close(inner: Any, watch: _Observer) -> None:
    try:
        watch.resumed()
        inner.close()
    except BaseException as raised:
        watch.failed(raised)
        raise
    watch.closed()


def asynchronous_generator(function: Any, site: Site) -> Any:
    """The same for an asynchronous generator function."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        watch = _watch(site, args, kwargs)
        inner = function(*args, **kwargs)
        error: Any = None
        sent: Any = None
        while True:
            try:
                watch.resumed()
                value = await (inner.asend(sent) if error is None else inner.athrow(error))
            except StopAsyncIteration:
                watch.ended()
                return
            except BaseException as raised:
                watch.failed(raised)
                raise
            watch.paused(value)
            error, sent = None, None
            try:
                sent = yield value  # pyright: ignore[reportUnknownVariableType]  whatever is sent
            except GeneratorExit:
                await _close_async(inner, watch)
                raise
            except BaseException as thrown:
                error = thrown

    return wrapper


async def _close_async(inner: Any, watch: _Observer) -> None:
    try:
        watch.resumed()
        await inner.aclose()
    except BaseException as raised:
        watch.failed(raised)
        raise
    watch.closed()
