"""Sandboxes to share: each test brings its own program, so one may serve many."""

import sys
from collections.abc import AsyncIterator

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession


@pytest.fixture(scope="package")
async def session() -> AsyncIterator[LinuxSession]:
    async with LinuxSandbox().open({"tools/__init__.py": b""}, python=sys.executable) as up:
        yield up
