"""Sandboxes to share, one of each tier: each test brings its own program, so one may serve many."""

import sys
from collections.abc import AsyncIterator

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from tests.escape.tiers import tier_or_skip


@pytest.fixture(params=["A", "B"])
def tier(request: pytest.FixtureRequest) -> str:
    """A tier, for tests that bring up sandboxes of their own."""
    return tier_or_skip(request.param)


@pytest.fixture(scope="package", params=["A", "B"])
async def session(request: pytest.FixtureRequest) -> AsyncIterator[LinuxSession]:
    tier = tier_or_skip(request.param)
    sandbox = LinuxSandbox(least_tier=tier, best_tier=tier)
    async with sandbox.open({"tools/__init__.py": b""}, python=sys.executable) as up:
        yield up
