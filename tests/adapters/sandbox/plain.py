"""Runs a source without any sandbox: the witness that its trick works where nothing prevents it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SECRET = "hunter2"  # noqa: S105  what the hostile code looks for
_CALL = """
import json, sys
place = json.loads(sys.argv[2])
space = {"__file__": sys.argv[1], "__name__": "candidate"}
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), space)
try:
    print(space["f"](place))
except BaseException as error:
    print(type(error).__name__, error)
"""


def run(source: str, place: dict[str, object], folder: Path) -> str:
    """What ``f(place)`` answers in an ordinary process."""
    file = folder / "plain_candidate.py"
    file.write_text(source, encoding="utf-8")
    asked = subprocess.run(
        [sys.executable, "-c", _CALL, str(file), json.dumps(place)],
        capture_output=True,
        check=False,
        timeout=20,
        env={**os.environ, "MENDLOOP_TEST_SECRET": SECRET},
    )
    return asked.stdout.decode().strip().splitlines()[-1]


@contextmanager
def reachable(folder: Path) -> Generator[dict[str, object]]:
    """A place in which everything that hostile code looks for is there to be found."""
    secret, victim = folder / "secret.txt", folder / "victim.txt"
    secret.write_text(f"password: {SECRET}", encoding="utf-8")
    victim.write_text("precious", encoding="utf-8")
    stream, datagram = str(folder / "s"), str(folder / "d")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix_datagram,
    ):
        udp.bind(("127.0.0.1", 0))
        unix.bind(stream)
        unix.listen()
        unix_datagram.bind(datagram)
        yield {
            "secret": str(secret),
            "victim": str(victim),
            "folder": str(folder),
            "home": str(Path.home()),
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": stream,
            "datagram": datagram,
            "pid": os.getpid(),
        }
