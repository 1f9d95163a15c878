import warnings
from collections.abc import AsyncGenerator

import anyio
import pytest
from mcp import Client, MCPDeprecationWarning
from mcp.client.session import IncomingMessage
from mcp.shared.subscriptions import ResourceUpdated
from mcp_types import ResourceUpdatedNotification

from mendloop.bootstrap import House
from mendloop.interfaces.mcp.server import build_server
from tests.interfaces.mcp.said import ask
from tests.interfaces.mcp.shop import calls

pytestmark = pytest.mark.anyio

EXECUTIONS = "mendloop://targets/calc.average/executions"
PATIENCE = 5


class Heard:
    """The updates that a client of 2025-11-25 was sent."""

    def __init__(self) -> None:
        self.uris: list[str] = []
        self.some = anyio.Event()

    async def __call__(self, message: IncomingMessage) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            self.uris.append(str(message.params.uri))
            self.some.set()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def old(house: House, heard: Heard) -> AsyncGenerator[Client]:
    server = build_server(house.loop)
    async with Client(server, mode="legacy", message_handler=heard) as client:
        yield client


async def subscribe(client: Client, uri: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]


async def unsubscribe(client: Client, uri: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        await client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated]


async def test_a_new_client_that_listens_hears_what_a_call_has_changed(newest: Client) -> None:
    async with newest.listen(resource_subscriptions=[EXECUTIONS]) as events:
        await ask(newest, "record_execution", executions=calls(1, 0))
        with anyio.fail_after(PATIENCE):
            async for event in events:
                assert event == ResourceUpdated(uri=EXECUTIONS)
                break


async def test_an_old_client_that_subscribed_hears_it_too(old: Client, heard: Heard) -> None:
    await subscribe(old, EXECUTIONS)
    await ask(old, "record_execution", executions=calls(1, 0))
    with anyio.fail_after(PATIENCE):
        await heard.some.wait()
    assert heard.uris == [EXECUTIONS]


async def test_an_old_client_hears_nothing_that_it_did_not_ask_for(
    old: Client, heard: Heard
) -> None:
    await subscribe(old, EXECUTIONS)
    await unsubscribe(old, EXECUTIONS)
    await subscribe(old, "mendloop://status")
    await ask(old, "record_execution", executions=calls(1, 0))
    with anyio.fail_after(PATIENCE):
        await heard.some.wait()
    assert heard.uris == ["mendloop://status"]


async def test_both_eras_are_told_that_resources_can_be_subscribed_to(client: Client) -> None:
    assert client.server_capabilities is not None
    assert client.server_capabilities.resources is not None
    assert client.server_capabilities.resources.subscribe is True
