"""Progress of long work, as the protocol wants it: always growing."""

from typing import Any

from mcp.server.mcpserver import Context


class Reporting:
    """Passes the steps of a service on to the client that waits.

    A service counts each of its phases from nought; the protocol wants one count that only grows.
    """

    def __init__(self, context: Context[Any, Any]) -> None:
        self._context = context
        self._before = 0.0
        self._last = 0.0
        self._sent = -1.0

    async def __call__(self, done: float, total: float, message: str) -> None:
        """Note one step; one that is no further than the last is not sent."""
        if done < self._last:
            self._before += self._last
        self._last = done
        now = self._before + done
        if now > self._sent:
            self._sent = now
            await self._context.report_progress(now, max(now, self._before + total), message)
