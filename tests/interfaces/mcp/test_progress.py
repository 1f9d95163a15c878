from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.server.mcpserver import Context
from pydantic import PrivateAttr
from typing_extensions import override

from mendloop.interfaces.mcp.progress import Reporting

pytestmark = pytest.mark.anyio


class Wire(Context[Any, Any]):
    """A request whose progress is noted here, and sent to nobody."""

    _sent: list[tuple[float, float | None]] = PrivateAttr(
        default_factory=list[tuple[float, float | None]]
    )

    @property
    def sent(self) -> list[tuple[float, float | None]]:
        return self._sent

    @override
    async def report_progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        self._sent.append((progress, total))


steps = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20)


@given(steps)
async def test_progress_always_grows_whatever_a_service_counts(
    counted: list[tuple[int, int]],
) -> None:
    wire = Wire.model_construct()
    report = Reporting(wire)
    for done, total in counted:
        await report(done, total, "step")
    sent = [done for done, _ in wire.sent]
    assert sent == sorted(set(sent))
    assert all(total is not None and done <= total for done, total in wire.sent)
    assert bool(sent) == bool(counted)
