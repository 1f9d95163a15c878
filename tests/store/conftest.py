from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from mendloop.store.history import History
from mendloop.store.state import State


@pytest.fixture
async def state(tmp_path: Path) -> AsyncGenerator[State]:
    async with State.open(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
async def history(tmp_path: Path) -> AsyncGenerator[History]:
    async with History.open(tmp_path / "history.db") as opened:
        yield opened
