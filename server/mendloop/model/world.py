"""What one recorded call saw of the world: answers over HTTP, files, the time, chance.

It is kept so that the call can be made again where there is no network and no such file. All of it
is untrusted: it came from outside, and was written down by whoever recorded the call.
"""

import json
from collections.abc import Mapping
from dataclasses import field
from hashlib import blake2b
from typing import Final

from mendloop.model.target import SideEffect
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

WORLDLY: Final = frozenset(
    {SideEffect.CLOCK, SideEffect.NETWORK, SideEffect.RANDOM, SideEffect.READS_FILES}
)
"""Effects that can be kept and answered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When the call began."""

    at: int
    """Microseconds since 1970 in UTC."""
    offset: int
    """Seconds that local time was ahead of UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question over HTTP, and its answer."""

    method: str
    uri: str
    """Without user, password and the parameters named in ``hidden``."""
    hidden: tuple[str, ...] = ()
    asked: Encoded = None
    """The body that was sent: a text, bytes in tagged JSON, or opaque where it was not kept."""
    status: int
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Of the answer."""
    answer: Encoded = ""
    """Its body, not compressed: a text, or bytes in tagged JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """One file that the call opened to read."""

    path: str
    """Relative to the workspace where it lies in it; else the whole path."""
    content: Encoded = None
    """A text, or bytes in tagged JSON; ``None`` of a file of the workspace, and of none."""
    digest: str = ""
    """Of a file of the workspace, which a sandbox has anyway."""
    there: bool = True
    """Whether there was such a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it."""

    kept: frozenset[SideEffect] = frozenset()
    """What was looked at and kept whole."""
    lost: Mapping[SideEffect, str] = field(default_factory=dict[SideEffect, str])
    """What was to be kept and could not be, and why."""
    clock: Clock | None = None
    random: str = ""
    """The state of chance at the start: 625 integers, whether a number is left over, and that
    number, packed big-endian and in Base64; empty where it was not kept."""
    exchanges: tuple[Exchange, ...] = ()
    files: tuple[FileRead, ...] = ()
    loose: bool = False
    """Whether what is asked of another address is answered too, by the exchanges in their order.
    So it is in a world made up for a call that nobody has made, and never in a recorded one."""

    @property
    def told(self) -> bytes:
        """Stands for what the call was told: its exchanges and files; empty where there are none.

        Two calls with the same arguments that were told the same are one to a replay.
        """
        if not self.exchanges and not self.files:
            return b""
        plain = world_record(self)
        text = json.dumps([plain.get("exchanges"), plain.get("files")], sort_keys=True)
        return blake2b(text.encode("ascii"), digest_size=16).digest()


def world_record(world: World) -> dict[str, Encoded]:
    """The plain form: what a record holds, what the store keeps, and what a sandbox is told."""
    plain: dict[str, Encoded] = {"kept": [*sorted(world.kept)]}
    if world.lost:
        plain["lost"] = dict(sorted(world.lost.items()))
    if world.clock is not None:
        plain["clock"] = {"at": world.clock.at, "offset": world.clock.offset}
    if world.random:
        plain["random"] = world.random
    if world.exchanges:
        plain["exchanges"] = [_exchange_record(one) for one in world.exchanges]
    if world.files:
        plain["files"] = [_file_record(one) for one in world.files]
    if world.loose:
        plain["loose"] = True
    return plain


def _exchange_record(one: Exchange) -> Encoded:
    plain: dict[str, Encoded] = {
        "method": one.method,
        "uri": one.uri,
        "status": one.status,
        "reason": one.reason,
        "headers": [[name, value] for name, value in one.headers],
        "answer": one.answer,
    }
    if one.asked is not None:
        plain["asked"] = one.asked
    if one.hidden:
        plain["hidden"] = [*one.hidden]
    return plain


def _file_record(one: FileRead) -> Encoded:
    plain: dict[str, Encoded] = {"path": one.path}
    if not one.there:
        plain["there"] = False
    if one.content is not None:
        plain["content"] = one.content
    if one.digest:
        plain["digest"] = one.digest
    return plain
