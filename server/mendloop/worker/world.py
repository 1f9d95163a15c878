"""The world that a recorded call saw, put in the place of the one that is not in here.

What can be asked is replaced before the candidate is imported; what is answered is set for each
case. Nothing here holds anything in, and no verdict trusts it: the sandbox denies the network and
the files by itself, and a candidate that undoes this only asks what nobody answers.
"""

from __future__ import annotations

import importlib
import struct
from typing import Any, Callable, Sequence

from mendloop.worker import asked_files, clock, exchanges, misses

_STATE = struct.Struct("!625I?d")
_VERSION = 3
"""Of the state of Python's chance, since Python 3.2."""
_lacking: dict[str, str] = {}
"""What cannot be answered here, by kind, and why."""


def install(kinds: Sequence[str], root: str) -> None:
    """Replace what asks the world; whatever cannot be is told for the cases that need it."""
    for kind in kinds:
        try:
            _INSTALL[kind](root)
        except ImportError:
            _lacking[kind] = "vcrpy is not installed for the workspace's Python"
        except Exception as error:
            _lacking[kind] = f"{kind} cannot be answered here: {type(error).__name__}"


def enter(world: dict[str, Any]) -> None:
    """Answer as this call was answered."""
    misses.forget()
    for kind in world["kept"]:
        if kind in _lacking:
            raise misses.missed(_lacking[kind])
        _ENTER[kind](world)


def leave() -> str:
    """Answer no more; gives what was asked for and not recorded, empty where all was."""
    clock.clear()
    exchanges.clear()
    asked_files.clear()
    return misses.first()


def told(what: str) -> dict[str, Any]:
    """How a case is told that asked for such a thing."""
    fault: dict[str, Any] = {"type": misses.NOT_RECORDED, "message": what, "frames": []}
    return {"k": "raised", "f": fault}


def _nothing(_root: str) -> None:
    """Chance is replaced for each case alone."""


def _clock(_root: str) -> None:
    clock.install()


def _network(_root: str) -> None:
    exchanges.install()


def _set_clock(world: dict[str, Any]) -> None:
    start = world.get("clock")
    if start is not None:
        clock.start(start["at"], start["offset"])


def _set_chance(world: dict[str, Any]) -> None:
    packed = world.get("random")
    if packed:
        *numbers, is_spare, spare = _STATE.unpack(
            importlib.import_module("binascii").a2b_base64(packed)
        )
        chance: Any = importlib.import_module("random")
        chance.setstate((_VERSION, tuple(numbers), spare if is_spare else None))


def _set_exchanges(world: dict[str, Any]) -> None:
    exchanges.begin(world.get("exchanges", []), loose=world.get("loose", False))


def _set_files(world: dict[str, Any]) -> None:
    asked_files.begin(world.get("files", []))


_INSTALL: dict[str, Callable[[str], None]] = {
    "clock": _clock,
    "network": _network,
    "random": _nothing,
    "reads_files": asked_files.install,
}
_ENTER: dict[str, Callable[[dict[str, Any]], None]] = {
    "clock": _set_clock,
    "network": _set_exchanges,
    "random": _set_chance,
    "reads_files": _set_files,
}
