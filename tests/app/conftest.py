from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.app.rig import Rig, lay_out, rigged
from tests.conftest import HandClock


@pytest.fixture
async def rig(tmp_path: Path, clock: HandClock) -> AsyncGenerator[Rig]:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock) as opened:
        yield opened
