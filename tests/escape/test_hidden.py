"""What only tier A gives: nothing else of the machine is there at all."""

import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from tests.escape.tiers import tier_or_skip
from tests.escape.told import tried

pytestmark = [pytest.mark.anyio, pytest.mark.promise("sandbox/nothing-to-be-seen")]


@pytest.fixture(scope="module")
async def hiding() -> AsyncIterator[LinuxSession]:
    sandbox = LinuxSandbox(least_tier=tier_or_skip("A"))
    async with sandbox.open({"tools/__init__.py": b""}, python=sys.executable) as up:
        yield up


async def _value(session: LinuxSession, source: str, *arguments: Any) -> Any:
    told = await tried(session, source, *arguments)
    assert told.kind == "Returned", told
    return told.value


async def test_whether_a_file_exists_cannot_be_asked(
    hiding: LinuxSession, place: dict[str, Any]
) -> None:
    source = "import os\ndef f(paths):\n    return [p for p in paths if os.path.lexists(p)]\n"
    paths = [
        "/proc",
        "/sys",
        "/run",
        "/var",
        "/etc/passwd",
        "/etc/hosts",
        "/bin/sh",
        "/dev/kmsg",
        "/dev/tty",
        place["folder"],
        place["secret"],
        __file__,
    ]
    assert await _value(hiding, source, paths) == []


async def test_a_link_out_of_its_own_folder_leads_nowhere(
    hiding: LinuxSession, place: dict[str, Any]
) -> None:
    source = """
import os
def f(path):
    os.symlink(path, "link")
    return [os.path.lexists("link"), os.path.exists("link")]
"""
    told = await tried(hiding, source, place["secret"], writes=True)
    assert told.value == [True, False]


async def test_the_numbers_of_processes_begin_anew(hiding: LinuxSession) -> None:
    source = "import os\ndef f():\n    return [os.getpid(), os.getppid()]\n"
    own, parent = await _value(hiding, source)
    # one that makes namespaces, one that forks candidates, and what this session has forked
    assert 2 < parent < own < 100


async def test_the_host_has_another_name(hiding: LinuxSession) -> None:
    assert (
        await _value(hiding, "import os\ndef f():\n    return os.uname().nodename\n") == "sandbox"
    )


async def test_no_device_is_there_but_the_harmless_ones(hiding: LinuxSession) -> None:
    source = """
import os
NAMES = ("full", "kmsg", "mem", "net/tun", "null", "ptmx", "random", "sda", "tty", "urandom", "zero")
def f():
    return [name for name in NAMES if os.path.lexists("/dev/" + name)]
"""
    assert await _value(hiding, source) == ["null", "random", "urandom", "zero"]


async def test_the_worker_s_own_files_are_closed(hiding: LinuxSession) -> None:
    source = "def f():\n    return open('/mendloop-worker/start.py').read()\n"
    told = await tried(hiding, source)
    assert (told.kind, "PermissionError" in told.text) == ("Raised", True)


async def test_no_place_can_be_written_to_however_it_is_looked_for(hiding: LinuxSession) -> None:
    source = """
import os
def f():
    seen = []
    for place in ("/", "/tmp", "/dev", "/etc", "/usr", "/mendloop-worker", "/var/tmp"):
        try:
            open(place + "/new", "w").close()
            seen.append(place)
        except OSError:
            pass
    return seen
"""
    assert await _value(hiding, source) == []
