"""Nothing survives a sandbox: no process, and no file."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.adapters.sandbox.stage import PREFIX
from mendloop.app.ports import Limits
from mendloop.errors import Unavailable
from mendloop.model.observation import Case, NotLoaded, NotRun, Observation
from tests.adapters.sandbox.calls import program, returned
from tests.escape.servers import NO_NAMESPACES, ROOT
from tests.escape.tiers import tier_or_skip

pytestmark = [pytest.mark.anyio, pytest.mark.promise("sandbox/nothing-survives")]

_PATIENT = Limits(case_timeout=timedelta(seconds=60), total_timeout=timedelta(seconds=60))
_NAMED = """
import ctypes, os, time
ctypes.CDLL(None).prctl(15, {name!r}, 0, 0, 0)
"""
_LOOP = _NAMED + "def f():\n    while True:\n        pass\n"
_STRAY = (
    _NAMED
    + """
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(1e6)
    time.sleep(1e6)
def f():
    return 1
"""
)
_SERVER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tests.escape import apart
apart.break_calls(json.loads(sys.argv[2]))
import anyio
from datetime import timedelta
from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.app.ports import Limits, Program
from mendloop.model.observation import Case
source = sys.stdin.buffer.read()
limits = Limits(case_timeout=timedelta(seconds=60))
async def main():
    async with LinuxSandbox(least_tier=sys.argv[3], best_tier=sys.argv[3]).open({}, python=sys.executable) as up:
        program = Program(overlay={"a.py": source}, path="a.py", function="f")
        await up.observe(program, [Case(id="1")], limits=limits)
anyio.run(main)
"""


@pytest.fixture
def name() -> bytes:
    """What hostile code calls its processes, so that they can be found."""
    return secrets.token_hex(6).encode()


@pytest.fixture
def sandbox(tier: str) -> LinuxSandbox:
    return LinuxSandbox(least_tier=tier, best_tier=tier)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where sandboxes put their files, of its own for one test."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    monkeypatch.setenv("TMPDIR", str(made))
    yield made
    shutil.rmtree(made)


def _alive(name: bytes) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
            if (entry / "comm").read_bytes().strip() == name and state != "Z":
                found.append(int(entry.name))
        except OSError:
            continue
    return found


async def _running(name: bytes) -> list[int]:
    with anyio.fail_after(10):
        while not (found := _alive(name)):
            await anyio.lowlevel.checkpoint()
    return found


async def test_cancelling_leaves_no_process_and_no_file(
    name: bytes, folder: Path, sandbox: LinuxSandbox
) -> None:
    async with anyio.create_task_group() as group:

        async def work() -> None:
            async with sandbox.open({}, python=sys.executable) as up:
                source = _LOOP.format(name=name)
                await up.observe(program(source), [Case(id="1")] * 9, limits=_PATIENT, chunk=1)

        group.start_soon(work)
        await _running(name)
        assert all(entry.name.startswith(PREFIX) for entry in folder.iterdir())
        group.cancel_scope.cancel()
    assert _alive(name) == []
    assert list(folder.iterdir()) == []


async def test_a_call_can_be_cancelled_alone(
    name: bytes, folder: Path, sandbox: LinuxSandbox
) -> None:
    async with sandbox.open({}, python=sys.executable) as up:
        async with anyio.create_task_group() as group:
            source = program(_LOOP.format(name=name))

            async def work() -> None:
                await up.observe(source, [Case(id="1")], limits=_PATIENT)

            group.start_soon(work)
            await _running(name)
            group.cancel_scope.cancel()
        assert _alive(name) == []
        assert await returned(up, "def f():\n    return 1\n") == 1
    assert list(folder.iterdir()) == []


async def test_an_error_in_the_block_leaves_no_process_and_no_file(
    name: bytes, folder: Path, sandbox: LinuxSandbox
) -> None:
    source = _STRAY.format(name=name)
    with pytest.raises(ZeroDivisionError):
        async with sandbox.open({"a.py": b""}, python=sys.executable) as up:
            assert await returned(up, source) == 1
            raise ZeroDivisionError
    assert _alive(name) == []
    assert list(folder.iterdir()) == []


async def test_what_an_import_leaves_behind_ends_with_its_candidate(
    name: bytes, folder: Path, sandbox: LinuxSandbox
) -> None:
    async with sandbox.open({}, python=sys.executable) as up:
        assert await returned(up, _STRAY.format(name=name)) == 1
        assert _alive(name) == []
        assert await returned(up, "def f():\n    return 2\n") == 2
    assert list(folder.iterdir()) == []


async def test_files_that_were_made_unreadable_are_removed(
    folder: Path, sandbox: LinuxSandbox
) -> None:
    source = """
import os
def f():
    os.makedirs("a/b/c")
    open("a/b/c/file", "w").close()
    os.symlink("/etc", "a/link")
    os.umask(0o777)
    os.mkdir("a/closed")
    os.mkdir("d", 0)
    return 1
"""
    async with sandbox.open({}, python=sys.executable) as up:
        assert await returned(up, source, writes_files=True) == 1
    assert list(folder.iterdir()) == []


def _ended_server(
    source: str, name: bytes, *, tier: str, rules: list[list[int]], by: signal.Signals
) -> None:
    """Start a server that runs code, end it by a signal, and wait until the code is gone."""
    command = [sys.executable, "-c", _SERVER, str(ROOT), json.dumps(rules), tier]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as server:
        assert server.stdin is not None
        server.stdin.write(source.encode())
        server.stdin.close()
        anyio.run(_running, name)
        server.send_signal(by)
    anyio.run(_gone, name)


async def _gone(name: bytes) -> None:
    with anyio.fail_after(10):
        while _alive(name):
            await anyio.lowlevel.checkpoint()


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize(
    ("tier", "rules"), [("A", []), ("B", []), ("B", [NO_NAMESPACES])], ids=["A", "B", "B-bare"]
)
@pytest.mark.parametrize("source", [_LOOP, _STRAY.replace("return 1", "time.sleep(1e6)")])
def test_the_death_of_the_server_ends_everything_and_the_next_one_tidies_up(
    name: bytes,
    folder: Path,
    source: str,
    tier: str,
    rules: list[list[int]],
    by: signal.Signals,
) -> None:
    _ended_server(source.format(name=name), name, tier=tier_or_skip(tier), rules=rules, by=by)
    assert len(list(folder.iterdir())) == 1

    async def next_one() -> None:
        async with LinuxSandbox().open({}, python=sys.executable):
            assert len(list(folder.iterdir())) == 1

    anyio.run(next_one)
    assert list(folder.iterdir()) == []


async def test_a_sandbox_that_died_says_so_and_runs_nothing(
    name: bytes, sandbox: LinuxSandbox
) -> None:
    others = _children(os.getpid())
    async with sandbox.open({}, python=sys.executable) as up:
        found: list[tuple[Observation, ...] | NotLoaded] = []
        async with anyio.create_task_group() as group:

            async def work() -> None:
                source = program(_LOOP.format(name=name))
                cases = [Case(id="1"), Case(id="2"), Case(id="3")]
                found.append(await up.observe(source, cases, limits=_PATIENT, chunk=1))

            group.start_soon(work)
            await _running(name)
            for child in _children(os.getpid()) - others:
                os.kill(child, signal.SIGKILL)
        (observations,) = found
        assert isinstance(observations, tuple)
        assert observations[2].seen == NotRun("the sandbox was lost")
        with pytest.raises(Unavailable):
            await up.observe(program("def f(): pass\n"), [Case(id="1")], limits=_PATIENT)
    assert _alive(name) == []


def _children(parent: int) -> set[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8")
    return {int(pid) for pid in text.split()}
