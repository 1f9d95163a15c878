"""The loop beside the server: what it survives, and what it tells."""

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest
from mcp.shared.subscriptions import ResourceUpdated, ServerEvent
from typing_extensions import override

from mendloop.app.ingest import Segment, Spool
from mendloop.app.tend import Tender
from mendloop.bootstrap import House
from mendloop.errors import Refused, Unavailable
from mendloop.interfaces.mcp.sdk import Updates
from mendloop.interfaces.mcp.tending import tending
from mendloop.interfaces.mcp.touched import changed
from mendloop.model.ids import ProposalId
from tests.interfaces.mcp.shop import calls

pytestmark = pytest.mark.anyio

EXECUTIONS = "mendloop://targets/calc.average/executions"
SECRET = "what a recorded call said"  # noqa: S105  nothing of it may get out


class Ailing:
    """A spool that fails a few times before it answers."""

    def __init__(self, behind: Spool, failures: Iterator[Exception]) -> None:
        self._failures = failures
        self.read, self.remove = behind.read, behind.remove
        self._segments = behind.segments

    def segments(self) -> tuple[Segment, ...]:
        for failure in self._failures:
            raise failure
        return self._segments()


class Choked(Updates):
    """Updates of which the first is never taken by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @override
    async def publish(self, uris: object) -> None:
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError(SECRET)
        await super().publish(uris)  # type: ignore[arg-type]


def often(tender: Tender, *failures: Exception) -> Tender:
    ingester = replace(tender.ingester, spool=Ailing(tender.ingester.spool, iter(failures)))
    return replace(tender, ingester=ingester, pause=timedelta(milliseconds=1))


@asynccontextmanager
async def hearing(tender: Tender, updates: Updates) -> AsyncGenerator[anyio.Event]:
    """An event that is set when the executions are said to have changed."""
    heard = anyio.Event()

    def listen(event: ServerEvent) -> None:
        if event == ResourceUpdated(uri=EXECUTIONS):
            heard.set()

    updates.bus.subscribe(listen)
    async with tending(tender, updates):
        yield heard


@pytest.mark.promise("serve/outlives-its-housekeeping")
@pytest.mark.parametrize(
    "failure",
    [RuntimeError(SECRET), OSError(5, SECRET), ExceptionGroup("all", [ValueError(SECRET)])],
    ids=["bug", "disk", "group"],
)
async def test_an_unexpected_error_is_logged_with_a_reference_and_then_it_goes_on(
    house: House, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    caplog.set_level(logging.WARNING)
    async with hearing(often(house.tender, failure, failure), Updates()) as heard:
        await record_until(house, heard)
    warned = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert len(warned) == 1
    assert "This is a fault of the server, not of the call. Reference " in warned[0]
    assert SECRET not in warned[0]


@pytest.mark.promise("serve/outlives-its-housekeeping")
async def test_a_database_that_cannot_be_used_is_said_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    away = Unavailable("The history is locked.", hint="Wait.")
    async with hearing(often(house.tender, *[away] * 4), Updates()) as heard:
        await record_until(house, heard)
    assert [each.getMessage() for each in caplog.records] == [
        "looking after the history: [unavailable] The history is locked. Wait."
    ]


@pytest.mark.promise("serve/outlives-its-housekeeping")
async def test_what_could_not_be_told_is_not_told_for_ever(house: House) -> None:
    updates = Choked()
    async with hearing(often(house.tender), updates) as heard:
        await record_until(house, heard)
    assert updates.asked >= 2


async def record_until(house: House, heard: anyio.Event) -> None:
    """Record one call after the other until one is told."""
    with anyio.fail_after(10):
        number = 0
        while not heard.is_set():
            await house.loop.recorder.record([{**calls(1, 0)[0], "id": f"n-{number}"}])
            number += 1
            await anyio.lowlevel.checkpoint()


async def test_an_error_of_the_block_comes_out_as_it_is(house: House) -> None:
    with pytest.raises(Refused, match=r"^No\. Ask\.$"):
        async with tending(house.tender, Updates()):
            raise Refused("No.", hint="Ask.")


async def test_a_deployment_that_was_refused_is_news_without_targets(house: House) -> None:
    notices = house.tender.notices
    seen = await notices.now()
    async with notices.state.transaction() as tables:
        facts = {"deployment": "d-none", "proposal": "p-1"}
        await tables.audit.append("deploy_refused", facts, at=house.tender.clock.now())
    news = await notices.since(seen)
    assert set(news.subjects) == {("deployment", "d-none"), ("proposal", ProposalId("p-1"))}
    assert "mendloop://deployments/d-none" in changed(news)
    assert not (await notices.since(news.seen)).any
