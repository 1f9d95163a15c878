from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.server.mcpserver import Context

from mendloop.interfaces.mcp.progress import Reporting

pytestmark = pytest.mark.anyio


class Client:
    """Stands for the other side of the wire."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, float]] = []

    async def report_progress(self, done: float, total: float, _: str) -> None:
        self.sent.append((done, total))


steps = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20)


@given(steps)
async def test_progress_always_grows_whatever_a_service_counts(
    counted: list[tuple[int, int]],
) -> None:
    client = Client()
    report = Reporting(cast("Context[Any, Any]", client))
    for done, total in counted:
        await report(done, total, "step")
    sent = [done for done, _ in client.sent]
    assert sent == sorted(set(sent))
    assert all(done <= total for done, total in client.sent)
    assert bool(sent) == bool(counted)
