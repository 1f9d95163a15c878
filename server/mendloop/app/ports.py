"""What the services need from the outside world.

A port stands here only where a test, or a second machine, needs another one behind it. The store
has none: tests use the real one.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from mendloop.app.permit import Permit
from mendloop.model.approval import NAMESPACE, Signer
from mendloop.model.deployment import Deployment
from mendloop.model.execution import Fault
from mendloop.model.ids import Digest
from mendloop.model.observation import Case, NotLoaded, Observation, SandboxState
from mendloop.model.target import Manifest, Target
from mendloop.model.value import Encoded
from mendloop.noun import dataclass


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The time, in UTC."""
        ...


class Ids(Protocol):
    """New names."""

    def new(self, prefix: str) -> str:
        """A short name that was never given before, such as ``p-7k3f9q2m``."""
        ...


class Progress(Protocol):
    """Where long work says how far it has come."""

    async def __call__(self, done: float, total: float, message: str) -> None:
        """Note one step."""
        ...


async def silent(done: float, total: float, message: str) -> None:
    """A progress that nobody watches."""


class Signers(Protocol):
    """The people whose signatures count."""

    def signer(self, message: bytes, signature: str, namespace: str = NAMESPACE) -> Signer | str:
        """Who has signed a message for one purpose, or why nobody who counts has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a file system says of a file without reading it."""

    text: str
    """While it stays the same, so do the bytes."""
    changed: datetime
    """When anything about the file last changed: right after that two stamps may be alike."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two changes of one text that do not part."""

    reason: str


class Merger(Protocol):
    """Puts two changes of one text together."""

    def merge(self, base: bytes, ours: bytes, theirs: bytes) -> bytes | Clash:
        """What both changes of ``base`` come to, where they touch different lines."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBlob:
    """A content that is kept."""

    digest: Digest
    size: int
    since: datetime
    """When it was last put."""


class Blobs(Protocol):
    """Contents, kept by their digest for ever, outside the workspace."""

    def put(self, content: bytes) -> Digest:
        """Keep some bytes; durable when this returns."""
        ...

    def get(self, digest: Digest) -> bytes:
        """The bytes with this digest.

        Raises:
            NotFound: There are none.
            Unavailable: What is kept under the digest is damaged.
        """
        ...

    def kept(self) -> tuple[KeptBlob, ...]:
        """All that is kept, by digest."""
        ...

    def drop(self, digest: Digest, *, before: datetime) -> bool:
        """Let go of a content that was not put since a time.

        Only of what no record names: whoever puts it again meanwhile keeps it.

        Returns:
            Whether it has gone.
        """
        ...


class Workspace(Protocol):
    """The files of the targets. All methods block for the length of a disk access."""

    def manifest(self) -> Manifest:
        """What ``mendloop.toml`` says now.

        Raises:
            InvalidInput: It cannot be read; the message names the key.
        """
        ...

    def read(self, path: str) -> bytes:
        """The bytes of one file.

        Raises:
            InvalidInput: The path leaves the workspace, or is no regular file.
            NotFound: There is no such file.
        """
        ...

    def digest(self, path: str) -> Digest | None:
        """The digest of one file as it stands; ``None`` where there is none.

        Raises:
            InvalidInput: The path leaves the workspace, or is no regular file.
        """
        ...

    def stamp(self, path: str) -> Stamp | None:
        """What the file system says of one file; ``None`` where there is no regular file."""
        ...

    def real(self, path: str) -> str:
        """The path of the file that a path leads to, links followed, relative to the workspace.

        Raises:
            InvalidInput: The path leaves the workspace.
        """
        ...

    def is_own(self, path: str) -> bool:
        """Whether a path leads to a file of the loop itself: its code, policy, records or keys.

        Links are followed, and other names of the same file are known.

        Raises:
            InvalidInput: The path leaves the workspace.
        """
        ...

    def tree(self) -> Mapping[str, bytes]:
        """Every file that the tools may need to run: sources and small data files, by path.

        Raises:
            Unavailable: The workspace is too large to be copied into a sandbox.
        """
        ...

    def python(self) -> str:
        """The interpreter that the manifest names, as an absolute path.

        Raises:
            InvalidInput: There is no such program.
        """
        ...

    def locked(self) -> AbstractAsyncContextManager[None]:
        """One deployment at a time, across processes; let go by the kernel on death."""
        ...

    def apply(self, permit: Permit, deployment: Deployment) -> None:
        """Put the new bytes of every file in place, each by compare-and-swap.

        The blobs of all old and new contents must be kept, and the deployment be on record as
        APPLYING, before this is called: after a crash ``undo`` needs both.

        Raises:
            Conflict: A file does not hold what it held when the change was tested. Those already
                swapped stay so until ``undo``.
            Unavailable: The disk is full, read-only, or failing.
        """
        ...

    def undo(self, permit: Permit, deployment: Deployment) -> tuple[str, ...]:
        """Put the old bytes back, where the file holds exactly what the deployment wrote.

        Idempotent. Anything else is somebody's edit: it is left alone and named.

        Returns:
            The paths left alone.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one sandboxed call may use."""

    case_timeout: timedelta = timedelta(seconds=5)
    total_timeout: timedelta = timedelta(seconds=120)
    memory_bytes: int = 512 * 1024 * 1024
    output_bytes: int = 1024 * 1024
    scratch_bytes: int = 64 * 1024 * 1024
    """What one process may have written in its scratch folder at a time, in all."""


class Entry(StrEnum):
    """What the cases of a program call."""

    CALL = "call"
    """The function."""
    ATTEMPT = "attempt"
    """A trial of many versions of it: what each does on some calls (``worker/trial.py``)."""
    LINES = "lines"
    """The lines that calls of it spend their time in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Code to run: a change to the tree of a session, and what to call in it."""

    overlay: Mapping[str, bytes]
    """Files that differ from the session's tree, by path."""
    path: str
    """The Python file that holds the function, relative to the tree."""
    function: str
    """Its qualified name: ``quote``, ``Cart.total``."""
    writes_files: bool = False
    """Whether each call gets a scratch folder of its own, as its working directory."""
    entry: Entry = Entry.CALL


class SandboxSession(Protocol):
    """A sandbox that is up: one interpreter, one tree of files."""

    @property
    def state(self) -> SandboxState:
        """What holds the code in, as probed when this session came up."""
        ...

    def cpu_seconds(self) -> float:
        """The CPU time that its processes have used so far, as the system counts it."""
        ...

    async def observe(
        self,
        program: Program,
        cases: Sequence[Case],
        *,
        limits: Limits,
        chunk: int = 32,
        trace: bool = False,
        progress: Progress = silent,
    ) -> tuple[Observation, ...] | NotLoaded:
        """Run every case and say what each did, in the order given.

        Args:
            program: What to load; loaded anew in a process of its own.
            cases: The calls to make.
            limits: For each call and for all.
            chunk: How many cases may share a process; 1 gives each its own.
            trace: Whether to note the lines that ran in the program's own file (slow).
            progress: Told how many cases are done.

        Returns:
            One observation a case, or ``NotLoaded`` where the import failed.
        """
        ...


class Sandbox(Protocol):
    """Where untrusted code runs."""

    async def probe(self) -> SandboxState:
        """Try every layer, and say what holds."""
        ...

    def open(
        self, tree: Mapping[str, bytes], *, python: str
    ) -> AbstractAsyncContextManager[SandboxSession]:
        """Bring a sandbox up with a copy of some files. No process outlives the block.

        Raises:
            Unavailable: Layers are missing that must not be; nothing is run without them.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One real call of a tool."""

    result: Encoded
    fault: Fault | None
    timed_out: bool
    seconds: float
    version: Digest | None
    """The digest of the file that ran."""


class Runner(Protocol):
    """Calls the user's tools as they are deployed, with the user's own rights."""

    async def call(
        self, target: Target, args: Sequence[Encoded], kwargs: Mapping[str, Encoded]
    ) -> Ran:
        """Make one call in a worker that runs the file as it stands now.

        Raises:
            Unavailable: The interpreter could not be started.
        """
        ...
