"""Runs a source without any sandbox: the witness that an attempt works where nothing prevents it."""

import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.escape.attempt import Attempt, Fires

SECRET = "hunter2"  # noqa: S105  what the hostile code looks for
_FLOOD = 1_000_000
_JUDGE = """
import asyncio, inspect, json, sys
EXPECTED = sys.argv[3]
space = {"__file__": sys.argv[1], "__name__": "candidate"}
try:
    exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), space)
    answer = space["f"](json.loads(sys.argv[2]))
    if inspect.iscoroutine(answer):
        answer = asyncio.run(answer)
    print(json.dumps("out" if answer == EXPECTED else answer, default=repr))
except BaseException as error:
    print(type(error).__name__, error)
"""
"""A judge as one might write it: it calls, compares and tells in the same process."""


def start(attempt: Attempt, place: dict[str, object], folder: Path) -> subprocess.Popen[bytes]:
    """An ordinary process that calls it and judges the answer."""
    own = folder / "own"
    own.mkdir(parents=True)
    file = folder / "plain_candidate.py"
    file.write_text(attempt.source, encoding="utf-8")
    words = [sys.executable, "-c", _JUDGE, str(file), json.dumps(place), secrets.token_hex()]
    return subprocess.Popen(
        words,
        cwd=own,
        env={**os.environ, "MENDLOOP_TEST_SECRET": SECRET},
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )


def fired(process: subprocess.Popen[bytes], attempt: Attempt, seconds: float) -> bool:
    """Whether it came as it was meant to, within some seconds."""
    with process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return attempt.fires in {Fires.HANGS, Fires.HOLDS_UP}
        finally:
            process.kill()
    match attempt.fires:
        case Fires.OUT:
            return out.decode("utf-8", "replace").strip().split("\n")[-1].strip('"') == "out"
        case Fires.DIES:
            return not out
        case Fires.FLOODS:
            return len(out) + len(err) > _FLOOD or b"\x1b" in out
        case Fires.HANGS | Fires.HOLDS_UP:
            return False


@contextmanager
def reachable(folder: Path) -> Generator[dict[str, object]]:
    """A place in which everything that hostile code looks for is there to be found."""
    secret, victim, database = folder / "secret.txt", folder / "victim.txt", folder / "data.db"
    secret.write_text(f"password: {SECRET}", encoding="utf-8")
    victim.write_text("precious", encoding="utf-8")
    (folder / "secret_module.py").write_text(f"KEY = '{SECRET}'\n", encoding="utf-8")
    with sqlite3.connect(database) as made:
        made.execute("create table t (a)")
        made.execute("insert into t values ('precious')")
    made.close()
    stream, datagram = str(folder / "s"), str(folder / "d")
    abstract = f"mendloop-test-{secrets.token_hex(8)}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as unix_abstract,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix_datagram,
    ):
        udp.bind(("127.0.0.1", 0))
        for listening, name in ((unix, stream), (unix_abstract, f"\0{abstract}")):
            listening.bind(name)
            listening.listen()
        unix_datagram.bind(datagram)
        yield {
            "abstract": abstract,
            "database": str(database),
            "secret": str(secret),
            "victim": str(victim),
            "folder": str(folder),
            "home": os.path.expanduser("~"),  # noqa: PTH111  there may be none
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": stream,
            "datagram": datagram,
            "pid": os.getpid(),
        }


def look(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """What a change of any kind would change."""
    return {
        entry.name: (entry.stat().st_mode, entry.stat().st_mtime_ns, _content(entry))
        for entry in sorted(folder.iterdir())
    }


def _content(entry: Path) -> bytes:
    return entry.read_bytes() if entry.is_file() else b""
