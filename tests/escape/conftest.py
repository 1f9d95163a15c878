"""A sandbox of each tier to share, and a place that is worth breaking into."""

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from tests.escape import plain
from tests.escape.tiers import tier_or_skip


@pytest.fixture(scope="package", params=["A", "B"])
async def session(request: pytest.FixtureRequest) -> AsyncIterator[LinuxSession]:
    tier = tier_or_skip(request.param)
    sandbox = LinuxSandbox(least_tier=tier, best_tier=tier)
    async with sandbox.open({"tools/__init__.py": b""}, python=sys.executable) as up:
        assert up.state.tier == tier
        yield up


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    folder = Path(tempfile.mkdtemp())
    monkeypatch.setenv("MENDLOOP_TEST_SECRET", plain.SECRET)
    with plain.reachable(folder) as found:
        yield found
    for entry in (folder, *folder.iterdir()):
        os.chown(entry, os.getuid(), os.getgid())
    shutil.rmtree(folder)
