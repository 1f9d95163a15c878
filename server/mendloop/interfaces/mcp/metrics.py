"""``/metrics`` beside MCP, behind the same guard."""

from collections.abc import Callable, Sequence

from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from mendloop.app.counting import Meter
from mendloop.errors import Unavailable
from mendloop.interfaces.mcp.exposition import CONTENT_TYPE, exposition

METRICS_PATH = "/metrics"


def with_metrics(
    meter: Meter,
    beside: Callable[[TransportSecuritySettings], Sequence[BaseRoute]] | None = None,
) -> Callable[[TransportSecuritySettings], list[BaseRoute]]:
    """Makes the route of the numbers, and others beside it.

    Args:
        meter: Reads them.
        beside: Makes the others.
    """

    def routes(security: TransportSecuritySettings) -> list[BaseRoute]:
        hosts = TransportSecurityMiddleware(security)

        async def metrics(request: Request) -> Response:
            stranger = await hosts.validate_request(request)
            if stranger is not None:
                return stranger
            try:
                text = exposition(await meter.read())
            except Unavailable as error:
                return PlainTextResponse(error.message, status_code=503)
            return PlainTextResponse(text, media_type=CONTENT_TYPE)

        others: Sequence[BaseRoute] = () if beside is None else beside(security)
        return [Route(METRICS_PATH, metrics, methods=["GET"]), *others]

    return routes
