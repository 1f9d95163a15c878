"""The sandbox of this machine."""

import sys

from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.adapters.sandbox.mac import MacSandbox
from mendloop.app.ports import Sandbox


def sandbox_here(*, memory_bytes: int, least_tier: str) -> Sandbox:
    """What runs untrusted code here; where there is nothing, it says so when it is asked to."""
    if sys.platform == "darwin":
        return MacSandbox(memory_bytes, least_tier)
    return LinuxSandbox(memory_bytes, least_tier)
