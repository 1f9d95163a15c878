"""What was sent over HTTP, so that a client of 2025-11-25 whose stream was cut can go on.

The suite wants it. The product has none: SDK 2.3 names a stream by the bare id of its request, so
that one store mixes up the streams of all sessions, and a client could be sent the answers that
another one was given.
"""

from dataclasses import dataclass
from typing import Final

from mcp.server.streamable_http import (
    EventCallback,
    EventId,
    EventMessage,
    EventStore,
    StreamId,
)
from mcp_types import JSONRPCMessage
from typing_extensions import override

RETRY: Final = 500
"""Milliseconds after which a client is asked to come back."""


@dataclass(frozen=True, slots=True)
class _Event:
    stream: StreamId
    message: JSONRPCMessage | None


class Events(EventStore):
    """Keeps every event of one run of the suite."""

    def __init__(self) -> None:
        self._events: list[_Event] = []

    @override
    async def store_event(self, stream_id: StreamId, message: JSONRPCMessage | None) -> EventId:
        """Keep one event, and name it by its number."""
        self._events.append(_Event(stream_id, message))
        return str(len(self._events))

    @override
    async def replay_events_after(
        self, last_event_id: EventId, send_callback: EventCallback
    ) -> StreamId | None:
        """Send what came after an event on its stream."""
        last = int(last_event_id)
        if not 0 < last <= len(self._events):
            return None
        stream = self._events[last - 1].stream
        for number, event in enumerate(self._events[last:], last + 1):
            if event.stream == stream and event.message is not None:
                await send_callback(EventMessage(event.message, str(number)))
        return stream
