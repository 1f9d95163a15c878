"""Look after the house while it is served, and tell the clients what has changed."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mendloop.app.notices import News
from mendloop.app.tend import Round, Tender
from mendloop.errors import MendloopError
from mendloop.interfaces.mcp.boundary import answering
from mendloop.interfaces.mcp.sdk import Updates
from mendloop.interfaces.mcp.touched import changed

_LOG: Final = logging.getLogger(__name__)
_LONGEST: Final = 60.0
"""Seconds between two looks while nothing can be looked at."""
_PATIENCE: Final = 5.0
"""Seconds that the clients together may take to be told."""


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
    """Go on until cancelled, whatever happens: a server lives longer than its database is locked.

    What fails is said once, and tried again more and more seldom. A fault of ours goes to the log
    with a reference, each time that it comes.
    """
    usual = tender.pause.total_seconds()
    pause, last = usual, None
    while True:
        try:
            with answering():
                last, news = await _look(tender, last)
                await _tell(updates, news)
        except ToolError as error:
            if pause == usual:
                _LOG.warning("looking after the history: %s", error)
            pause = min(_LONGEST, 2 * pause)
        else:
            pause = usual
        await anyio.sleep(pause)


async def _look(tender: Tender, last: Round | None) -> tuple[Round, News | None]:
    if last is None:
        return await tender.begin(), None
    return await tender.look(last)


async def _tell(updates: Updates, news: News | None) -> None:
    if news is None or not news.any:
        return
    # a client that does not read would otherwise keep calls out of the history
    with anyio.move_on_after(_PATIENCE):
        await updates.publish(changed(news))
