"""The decorator: a function of which every call is recorded."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Optional, TypeVar, Union, overload

from mendloop.recorder.classes import kind_of
from mendloop.recorder.flows import asynchronous_generator, generator
from mendloop.recorder.serving import SERVING
from mendloop.recorder.sites import Site
from mendloop.recorder.view import wanted
from mendloop.recorder.writer import WRITER

F = TypeVar("F")
"""Whatever is decorated comes out with the type it had."""


class Declared(NamedTuple):
    """What a decorator says about its function, for ``mendloop init`` to find."""

    target: str
    idempotent: Optional[bool]
    side_effects: Optional[tuple[str, ...]]
    function: Any
    wrapper: Any
    """The recorded form of it."""


class _Options(NamedTuple):
    target: Optional[str]
    args: bool
    result: bool
    idempotent: Optional[bool]
    side_effects: Optional[Sequence[str]]
    world: tuple[str, ...]


@overload
def record(function: F, /) -> F: ...


@overload
def record(
    *,
    target: Optional[str] = None,
    args: bool = True,
    result: bool = True,
    idempotent: Optional[bool] = None,
    side_effects: Optional[Sequence[str]] = None,
    world: Union[bool, Sequence[str]] = False,
) -> Callable[[F], F]: ...


def record(  # noqa: PLR0913  each is an option of its own
    function: Any = None,
    /,
    *,
    target: Optional[str] = None,
    args: bool = True,
    result: bool = True,
    idempotent: Optional[bool] = None,
    side_effects: Optional[Sequence[str]] = None,
    world: Union[bool, Sequence[str]] = False,
) -> Any:
    """Record every call of a function: ``@record`` or ``@record(target="pricing.quote")``.

    The function does what it did before. Where nothing can be recorded, it still does.

    Args:
        function: A function, coroutine function, generator function, method, or a
            ``staticmethod`` or ``classmethod`` object.
        target: The name in the records; by default the module's and the function's.
        args: Whether arguments are kept.
        result: Whether the result is kept.
        idempotent: Declares that a call may be repeated without harm.
        side_effects: Declares what it does besides returning: ``["network"]``.
        world: Whether what a call sees of the world is kept beside it, so that it can be made
            again: all of it, or ``"network"``, ``"clock"``, ``"random"``, ``"reads_files"``. Not
            of generators.
    """
    options = _Options(target, args, result, idempotent, side_effects, wanted(world))
    if function is None:
        return functools.partial(_record, options=options)
    return _record(function, options=options)


def _record(function: Any, *, options: _Options) -> Any:
    bare = function
    if isinstance(function, (staticmethod, classmethod)):
        return kind_of(bare)(_record(bare.__func__, options=options))
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"record takes a function, not {function!r}")
    declared = getattr(function, "__mendloop__", None)
    if isinstance(declared, Declared) and declared.wrapper is function:
        function = declared.function  # the outer declaration is the one that counts
    site = Site(function, options.target, args=options.args, result=options.result)
    site.world = options.world
    wrapper = _wrap(function, site)
    effects = None if options.side_effects is None else tuple(options.side_effects)
    wrapper.__mendloop__ = Declared(site.target, options.idempotent, effects, function, wrapper)
    return wrapper


def _wrap(function: Any, site: Site) -> Any:
    if inspect.iscoroutinefunction(function):
        return _seeing(function, site) if site.world else _coroutine(function, site)
    if inspect.isasyncgenfunction(function):
        return asynchronous_generator(function, site)
    if inspect.isgeneratorfunction(function):
        return generator(function, site)
    return _seeing(function, site) if site.world else _function(function, site)


def _seeing(function: Any, site: Site) -> Any:
    from mendloop.recorder import seeing  # noqa: PLC0415  only where somebody asks for it

    if inspect.iscoroutinefunction(function):
        return seeing.coroutine(function, site)
    return seeing.plain(function, site)


def _function(function: Any, site: Site) -> Any:
    writer, serving, inner = WRITER, SERVING.get, site.inner
    now, clock = time.time_ns, time.perf_counter_ns
    take, take_result = site.take, site.take_result

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        mode = writer.mode  # as in Writer.wants, without the call
        if (mode < 1 and (mode < 0 or not writer.open())) or serving() is inner:
            return function(*args, **kwargs)
        taken = take(args, kwargs)
        at, began = now(), clock()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            writer.failed(site, taken, at, clock() - began, error)
            raise
        took = clock() - began
        writer.add(site, (site, *taken, at, took, take_result(result)))
        return result

    return wrapper


def _coroutine(function: Any, site: Site) -> Any:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not WRITER.wants(site):
            return await function(*args, **kwargs)
        taken = site.take(args, kwargs)
        at, began = time.time_ns(), time.perf_counter_ns()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            WRITER.failed(site, taken, at, time.perf_counter_ns() - began, error)
            raise
        took = time.perf_counter_ns() - began
        WRITER.add(site, (site, *taken, at, took, site.take_result(result)))
        return result

    return wrapper
