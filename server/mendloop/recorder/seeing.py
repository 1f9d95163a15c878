"""Functions of which the world that a call sees is kept beside it."""

from __future__ import annotations

import functools
import time
from typing import Any

from mendloop.recorder import looking
from mendloop.recorder.lines import Known
from mendloop.recorder.sites import Site
from mendloop.recorder.view import View
from mendloop.recorder.writer import WRITER


def plain(function: Any, site: Site) -> Any:
    """The recorded form of a function that looks at the world."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not WRITER.wants(site):
            return function(*args, **kwargs)
        taken, view = site.take(args, kwargs), View(site.world)
        at = time.time_ns()
        looking.begin(view, at)
        began = time.perf_counter_ns()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            took = time.perf_counter_ns() - began
            WRITER.failed(site, taken, at, took, error, Known(world=looking.end(view)))
            raise
        took = time.perf_counter_ns() - began
        known = Known(world=looking.end(view))
        WRITER.add(site, (site, *taken, at, took, site.take_result(result), None, "ok", known))
        return result

    return wrapper


def coroutine(function: Any, site: Site) -> Any:
    """The same of a coroutine function."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not WRITER.wants(site):
            return await function(*args, **kwargs)
        taken, view = site.take(args, kwargs), View(site.world)
        at = time.time_ns()
        looking.begin(view, at)
        began = time.perf_counter_ns()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            took = time.perf_counter_ns() - began
            WRITER.failed(site, taken, at, took, error, Known(world=looking.end(view)))
            raise
        took = time.perf_counter_ns() - began
        known = Known(world=looking.end(view))
        WRITER.add(site, (site, *taken, at, took, site.take_result(result), None, "ok", known))
        return result

    return wrapper
