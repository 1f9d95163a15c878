"""Look after the house while it is served, and tell the clients what has changed."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import anyio

from mendloop.app.tend import Tender
from mendloop.errors import MendloopError
from mendloop.interfaces.mcp.sdk import Updates
from mendloop.interfaces.mcp.touched import changed

_LOG: Final = logging.getLogger(__name__)
_LONGEST: Final = 60.0
"""Seconds between two looks while a database cannot be used."""


@asynccontextmanager
async def tending(tender: Tender, updates: Updates) -> AsyncGenerator[None]:
    """Do so for as long as the block lasts.

    Raises:
        MendloopError: As the block does; not in a group, as a task group would have it.
    """
    caught: MendloopError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tend, tender, updates)
        try:
            yield
        except MendloopError as error:
            caught = error
        finally:
            tasks.cancel_scope.cancel()
    if caught is not None:
        raise caught


async def tend(tender: Tender, updates: Updates) -> None:
    """Go on until cancelled. A database that cannot be used is said once, and tried again."""
    usual = tender.pause.total_seconds()
    pause, last = usual, await tender.begin()
    while True:
        await anyio.sleep(pause)
        try:
            last, news = await tender.look(last)
        except MendloopError as error:
            if pause == usual:
                _LOG.warning("%s %s", error.message, error.hint)
            pause = min(_LONGEST, 2 * pause)
            continue
        pause = usual
        if news.any:
            await updates.publish(changed(news))
