"""Hostile code stays in, and the same code gets out where there is no sandbox."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.model.observation import Raised, Returned
from tests.adapters.sandbox import hostile, plain
from tests.adapters.sandbox.calls import seen

pytestmark = pytest.mark.anyio

_NETWORK = {"tcp", "udp", "unix-stream", "unix-datagram-by-a-pair", "listen"}
_WRITES = {
    "append",
    "attribute",
    "change-of-mode",
    "change-of-times",
    "delete",
    "hard-link",
    "its-own-source",
    "new-file",
    "new-file-in-tmp",
    "read-through-a-link",
    "rename",
    "truncate",
}
_ENVIRONMENT = {"environment", "environment-of-the-process"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.setenv("MENDLOOP_TEST_SECRET", plain.SECRET)
    with plain.reachable(tmp_path) as found:
        yield found


async def _tried(session: LinuxSession, name: str, place: dict[str, Any]) -> None:
    folder = Path(str(place["folder"]))
    before = _look(folder)
    answer = await seen(session, hostile.ESCAPES[name], place)
    assert isinstance(answer, (Raised, Returned)), answer
    assert answer != Returned("out")
    assert _look(folder) == before


def _look(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """What a change of any kind would change."""
    return {
        entry.name: (entry.stat().st_mode, entry.stat().st_mtime_ns, _content(entry))
        for entry in sorted(folder.iterdir())
    }


def _content(entry: Path) -> bytes:
    return entry.read_bytes() if entry.is_file() else b""


@pytest.mark.promise("sandbox/no-network")
@pytest.mark.parametrize("name", sorted(_NETWORK))
async def test_no_socket_of_any_kind_reaches_anybody(
    session: LinuxSession, name: str, place: dict[str, Any]
) -> None:
    await _tried(session, name, place)


@pytest.mark.promise("sandbox/no-writes")
@pytest.mark.parametrize("name", sorted(_WRITES))
async def test_nothing_can_be_written_changed_or_removed(
    session: LinuxSession, name: str, place: dict[str, Any]
) -> None:
    await _tried(session, name, place)


@pytest.mark.promise("sandbox/no-environment")
@pytest.mark.parametrize("name", sorted(_ENVIRONMENT))
async def test_the_environment_of_the_server_cannot_be_seen(
    session: LinuxSession, name: str, place: dict[str, Any]
) -> None:
    await _tried(session, name, place)


@pytest.mark.promise("sandbox/no-environment")
async def test_the_environment_holds_only_what_the_sandbox_puts_there(
    session: LinuxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    answer = await seen(session, "import os\ndef f():\n    return sorted(os.environ)\n")
    assert isinstance(answer, Returned)
    assert isinstance(answer.value, list)
    assert not {"AWS_SECRET_ACCESS_KEY", "USER", "TMPDIR"} & set(map(str, answer.value))
    assert "PYTHONHASHSEED" in answer.value


@pytest.mark.parametrize("name", sorted(hostile.ESCAPES.keys() - _NETWORK - _WRITES - _ENVIRONMENT))
async def test_no_other_way_leads_out(
    session: LinuxSession, name: str, place: dict[str, Any]
) -> None:
    await _tried(session, name, place)


@pytest.mark.parametrize("name", sorted(hostile.ESCAPES.keys() - hostile.NOT_WITNESSED))
def test_the_same_code_gets_out_of_a_plain_process(
    name: str, place: dict[str, Any], tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    assert plain.run(hostile.ESCAPES[name], place, code) == "out"


@pytest.mark.skipif(os.getuid() != 0, reason="only root has more to lose")
async def test_a_server_of_root_runs_code_as_nobody_and_without_rights(
    session: LinuxSession,
) -> None:
    source = """
import ctypes, os
def f():
    words = (ctypes.c_uint32 * 6)()
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    ctypes.CDLL(None).capget(header, words)
    return [os.getuid(), os.geteuid(), os.getgid(), os.getgroups(), list(words)]
"""
    answer = await seen(session, source)
    assert isinstance(answer, Returned)
    assert isinstance(answer.value, list)
    uid, effective, group, groups, rights = answer.value
    assert uid == effective == group
    assert isinstance(uid, int)
    assert uid > 60_000
    assert groups == []
    # To read past permissions is kept where the interpreter lies in root's home; nothing else.
    assert rights in ([0] * 6, [4, 4, 0, 0, 0, 0])


@pytest.mark.skipif(os.getuid() != 0, reason="only root can read it at all")
async def test_the_passwords_of_the_machine_cannot_be_read_even_where_the_server_could(
    session: LinuxSession,
) -> None:
    answer = await seen(session, "def f():\n    return open('/etc/shadow').read()\n")
    assert isinstance(answer, Raised)
    assert answer.fault.type == "PermissionError"
    assert Path("/etc/shadow").read_bytes()
