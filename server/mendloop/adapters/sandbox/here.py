"""The sandbox of this machine."""

import sys

from mendloop.app.ports import Sandbox


def sandbox_here(*, memory_bytes: int, least_tier: str) -> Sandbox:
    """What runs untrusted code here; where there is nothing, it says so when it is asked to."""
    if sys.platform == "darwin":
        from mendloop.adapters.sandbox.mac import MacSandbox  # noqa: PLC0415  only one is needed

        return MacSandbox(memory_bytes, least_tier)
    from mendloop.adapters.sandbox.linux import LinuxSandbox  # noqa: PLC0415  as above

    return LinuxSandbox(memory_bytes, least_tier)
