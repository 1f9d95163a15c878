"""The receivers of OpenTelemetry: ``/v1/traces`` and ``/v1/logs`` of OTLP/HTTP.

What they take goes the way of every other record. A request that is sent again changes nothing:
the ids of records are made of those in it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

import anyio
import anyio.to_thread
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from mendloop.app.record import Recorder
from mendloop.core.record.otlp import Received, from_logs, from_traces
from mendloop.core.record.otlp_protobuf import logs_of, traces_of
from mendloop.core.record.values import Malformed
from mendloop.errors import Conflict, InvalidInput, Unavailable
from mendloop.interfaces.mcp.otlp_wire import (
    LEAVE,
    Limits,
    NotReceived,
    Wire,
    accepted,
    body_of,
    parsed,
    refused,
    wire_of,
)
from mendloop.model.incoming import ReadLine
from mendloop.noun import dataclass

TRACES_PATH: Final = "/v1/traces"
LOGS_PATH: Final = "/v1/logs"
_RETRY: Final = {"Retry-After": "5"}
"""Seconds."""
_MOST_REASONS: Final = 5
_DEFAULT: Final = Limits()


class RefusedOne(Protocol):
    """A record that was not kept."""

    @property
    def position(self) -> int:
        """Which it was, from 0."""
        ...

    @property
    def reason(self) -> str:
        """One sentence."""
        ...


class Kept(Protocol):
    """What became of some records."""

    @property
    def refused(self) -> Sequence[RefusedOne]:
        """Those that were not kept."""
        ...


Keep: TypeAlias = Callable[[Sequence[object], str], Awaitable[Kept]]
"""Keeps records; the text is the path by which they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signal:
    """One kind of telemetry."""

    path: str
    counted: str
    decode: Callable[[bytes], dict[str, Any]]
    read: Callable[[object], Received]

    def received(self, body: bytes, wire: Wire) -> Received:
        """What a body says.

        Raises:
            Malformed: It is no request.
        """
        return self.read(parsed(body) if wire is Wire.JSON else self.decode(body))


_SIGNALS: Final = (
    _Signal(path=TRACES_PATH, counted="rejectedSpans", decode=traces_of, read=from_traces),
    _Signal(path=LOGS_PATH, counted="rejectedLogRecords", decode=logs_of, read=from_logs),
)


def otlp_routes(
    keep: Keep, *, security: TransportSecuritySettings | None = None, limits: Limits = _DEFAULT
) -> list[Route]:
    """The routes, to be put beside that of MCP and behind the same guard.

    Args:
        keep: Keeps what comes. Where it raises ``Unavailable`` or ``Conflict``, the client is told
            to come again.
        security: The Host and Origin headers that are let through; ``None`` lets all through.
        limits: What one request may take.
    """
    hosts = TransportSecurityMiddleware(security)
    receivers = [_Receiver(signal, keep, hosts, limits) for signal in _SIGNALS]
    return [Route(each.signal.path, each.receive, methods=["POST"]) for each in receivers]


def receivers(recorder: Recorder) -> Callable[[TransportSecuritySettings], list[Route]]:
    """Makes the routes that keep what comes in a history.

    Args:
        recorder: What it is handed to. Records that it refuses are put aside there, under the path
            by which they came: few exporters show what a receiver says of them.
    """

    async def keep(records: Sequence[object], path: str) -> _Kept:
        lines = [ReadLine(position, record) for position, record in enumerate(records)]
        batch = recorder.read(lines, origin=path)
        await recorder.take(batch, mark=None)
        return _Kept(refused=batch.aside)

    def routes(security: TransportSecuritySettings) -> list[Route]:
        return otlp_routes(keep, security=security)

    return routes


@dataclass(frozen=True, slots=True)
class _Kept:
    refused: Sequence[RefusedOne]


class _Receiver:
    """Receives one kind of telemetry."""

    def __init__(
        self, signal: _Signal, keep: Keep, hosts: TransportSecurityMiddleware, limits: Limits
    ) -> None:
        self.signal = signal
        self._keep = keep
        self._hosts = hosts
        self._limits = limits
        self._busy = 0

    async def receive(self, request: Request) -> Response:
        """Answer one request, in the encoding it came in."""
        stranger = await self._hosts.validate_request(request)
        if stranger is not None:
            return stranger
        wire = Wire.JSON
        try:
            wire = wire_of(request)
            return await self._admitted(request, wire)
        except NotReceived as why:
            return refused(wire, why)

    async def _admitted(self, request: Request, wire: Wire) -> Response:
        if self._busy >= self._limits.at_once:
            raise NotReceived(503, "Too many requests at one time: come again.", _RETRY)
        self._busy += 1
        try:
            return await self._taken(await self._body(request), wire)
        except Malformed as malformed:
            raise NotReceived(400, str(malformed)) from malformed
        except InvalidInput as error:
            raise NotReceived(400, error.message) from error
        except (Unavailable, Conflict) as error:
            raise NotReceived(503, error.message, _RETRY) from error
        finally:
            self._busy -= 1

    async def _body(self, request: Request) -> bytes:
        try:
            with anyio.fail_after(self._limits.seconds):
                return await body_of(request, self._limits)
        except TimeoutError as error:
            raise NotReceived(408, "The body did not come in time.", LEAVE) from error
        except ClientDisconnect as error:
            raise NotReceived(400, "The client left before the body had come.") from error

    async def _taken(self, body: bytes, wire: Wire) -> Response:
        # in a thread, so that other requests are answered meanwhile
        received = await anyio.to_thread.run_sync(self.signal.received, body, wire)
        rejected, reasons = len(received.misread), list(received.misread)
        if received.records:
            records = [each.record for each in received.records]
            kept = await self._keep(records, self.signal.path)
            rejected += sum(received.records[each.position].of for each in kept.refused)
            reasons += [each.reason for each in kept.refused]
        message = " ".join(dict.fromkeys(reasons[:_MOST_REASONS]))
        return accepted(wire, rejected=rejected, counted=self.signal.counted, message=message)
