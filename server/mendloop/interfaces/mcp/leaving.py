"""Ending on a signal, with everything unwound."""

import os
import signal
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import anyio
import anyio.abc

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_PATIENCE: Final = 5.0
"""Seconds that unwinding may take; what is on disk is safe at any moment."""


@asynccontextmanager
async def until_signalled() -> AsyncGenerator[anyio.abc.TaskGroup]:
    """Cancel the block when the process is told to end, and let it end by returning.

    A client sends SIGINT, and SIGTERM a tenth of a second later: the second one must not end the
    unwinding that the first one began, so that both are ignored from then on.
    """
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_watch, tasks.cancel_scope)
        yield tasks
        tasks.cancel_scope.cancel()


async def _watch(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(*_SIGNALS) as signals:
        async for _ in signals:
            break
        else:
            return
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    late = threading.Timer(_PATIENCE, os._exit, (1,))
    late.daemon = True
    late.start()
    scope.cancel()
