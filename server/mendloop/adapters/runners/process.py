"""One worker process that has imported one file of the workspace."""

import json
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import anyio
from anyio import to_thread
from anyio.abc import UNIXSocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from mendloop.adapters.sandbox import frames
from mendloop.errors import Unavailable
from mendloop.model.ids import Digest, digest_of
from mendloop.noun import dataclass

_START: Final = Path(__file__).resolve().parents[2] / "worker" / "start.py"
_LENGTH: Final = struct.Struct("!I")
_MOST_ANSWER: Final = 8 << 20
_AGENTS: Final = ("ANTHROPIC_", "CLAUDE", "MCP_", "MENDLOOP_")
"""How the names begin of what belongs to the agent or to us, and is none of the tools' business."""
_STDERR: Final = 2
_IDLE_SECONDS: Final = 240
"""Less than after what a worker ends itself (``worker/call.py``)."""


class GoneError(Exception):
    """The worker ended before it answered."""

    def __init__(self, how: str) -> None:
        """Say how it ended."""
        super().__init__(how)
        self.how = how


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer of a worker."""

    answer: frames.Answer
    files: Mapping[str, Digest]
    """The digest of each workspace file that it has imported, as it was then, by absolute path."""


def environment() -> dict[str, str]:
    """The server's environment without what belongs to the agent or to us."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(_AGENTS)}
    return {**kept, "MENDLOOP_RECORD": "off", "PYTHONUNBUFFERED": "1"}


def unchanged(files: Mapping[str, Digest]) -> bool:
    """Whether every file still holds what a worker has imported. Blocks."""
    try:
        return all(digest_of(Path(file).read_bytes()) == digest for file, digest in files.items())
    except OSError:
        return False


class Worker:
    """A process, as the server sees it. Used by one task at a time."""

    def __init__(self, process: subprocess.Popen[bytes], stream: UNIXSocketStream) -> None:
        """Take over a process that was started."""
        self._process = process
        self._stream = stream
        self._heard = BufferedByteReceiveStream(stream)
        self._used = time.monotonic()
        self.files: Mapping[str, Digest] = {}

    @classmethod
    async def start(cls, python: str, root: Path) -> "Worker":
        """Start one.

        The kernel ends it together with the thread that starts it, so that is the event loop's.

        Raises:
            Unavailable: The interpreter could not be started.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(  # noqa: ASYNC220, S603  see above; the user named it
                    [python, str(_START), "call", str(theirs.fileno())],
                    cwd=root,
                    env=environment(),
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    # Standard output may be the server's own channel to the client.
                    stdout=_STDERR,
                )
            except OSError as error:
                ours.close()
                raise Unavailable(
                    f"The interpreter {python} could not be started: {error.strerror}.",
                    hint="Name one with `python` in mendloop.toml.",
                ) from error
        return cls(process, await UNIXSocketStream.from_socket(ours))

    @property
    def fresh(self) -> bool:
        """Whether it still runs, and will not end itself soon for having nothing to do."""
        idle = time.monotonic() - self._used
        return self._process.poll() is None and idle < _IDLE_SECONDS

    async def ask(self, order: Mapping[str, Any]) -> Told:
        """Have something done.

        Raises:
            GoneError: It ended before it answered, or answered with nonsense.
        """
        text = json.dumps(order).encode()
        try:
            await self._stream.send(_LENGTH.pack(len(text)) + text)
            (length,) = _LENGTH.unpack(await self._heard.receive_exactly(_LENGTH.size))
            if length > _MOST_ANSWER:
                raise GoneError("its answer was too large")
            told = _told(await self._heard.receive_exactly(length))
        except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError) as error:
            raise GoneError(await self._how_it_ended()) from error
        except frames.MalformedError as error:
            raise GoneError("its answer was malformed") from error
        self.files = told.files
        self._used = time.monotonic()
        return told

    async def _how_it_ended(self) -> str:
        code = await to_thread.run_sync(self._process.wait)
        return f"exit status {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

    async def close(self) -> None:
        """End it and all that it has started; shielded from cancellation."""
        with anyio.CancelScope(shield=True):
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
            await to_thread.run_sync(self._process.wait)
            await self._stream.aclose()


def _told(text: bytes) -> Told:
    raw: Any = json.loads(text)
    files = {str(file): Digest(str(digest)) for file, digest in raw["files"].items()}
    return Told(answer=frames.parse(text), files=files)
