"""Looking at what a call does to learn about the world, from its begin to its end."""

from __future__ import annotations

import base64
import random
import struct
import time
from typing import Any, Callable

from mendloop.recorder import exchanges, reads
from mendloop.recorder.place import workspace
from mendloop.recorder.view import ACTIVE, View

_STATE = struct.Struct("!625I?d")


def begin(view: View, at: int) -> None:
    """Note what is there before the call, and look at what it does. Never raises.

    Args:
        view: Of this call.
        at: The time at which the call begins, in nanoseconds since 1970.
    """
    for kind in view.wanted:
        try:
            _BEGIN[kind](view, at)
        except Exception as error:
            view.lose(kind, type(error).__name__)
    view.token = ACTIVE.set(view)


def end(view: View) -> dict[str, Any]:
    """Look no more; what the call saw. Never raises."""
    try:
        if view.token is not None:
            ACTIVE.reset(view.token)
    except ValueError:  # it was begun in another context, which has ended
        ACTIVE.set(None)
    if view.patched:
        exchanges.end()
    return view.told()


def _clock(view: View, at: int) -> None:
    local = time.localtime(at // 1_000_000_000)
    view.clock = {"at": at // 1_000, "offset": local.tm_gmtoff}


def _random(view: View, _at: int) -> None:
    _, numbers, spare = random.getstate()
    packed = _STATE.pack(*numbers, spare is not None, spare or 0.0)
    view.random = base64.b64encode(packed).decode("ascii")


def _files(view: View, _at: int) -> None:
    view.root = str(workspace())
    reads.listen()


def _network(view: View, _at: int) -> None:
    view.patched = exchanges.begin()
    if not view.patched:
        view.lose("network", "vcrpy is not installed")


_BEGIN: dict[str, Callable[[View, int], None]] = {
    "clock": _clock,
    "network": _network,
    "random": _random,
    "reads_files": _files,
}
