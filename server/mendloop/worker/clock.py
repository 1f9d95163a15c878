"""The time at which a recorded call began.

Each reading is a microsecond later than the one before, so that two runs read the same, and who
waits for a moment comes to it; a sleep takes as long as it does. What measures durations
(``monotonic``, ``perf_counter``) is left alone. The methods of ``datetime`` are replaced in the
classes themselves, for a subclass in their place would be told by ``type(value) is datetime``.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import time
from typing import Any, Callable, Optional

_MILLION = 1_000_000
_real_time, _real_time_ns, _real_sleep = time.time, time.time_ns, time.sleep
_real_gettime, _real_gettime_ns = time.clock_gettime, time.clock_gettime_ns
_DEFAULTS: dict[str, int] = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}
"""Functions that take the time where it is left out, and at which place."""


class _Started:
    """The time as it is for the case that runs."""

    __slots__ = ("dt", "micros", "now", "offset", "utcnow")

    def __init__(self) -> None:
        self.micros: Optional[int] = None
        self.offset = 0
        self.dt: Any = None
        """The module ``datetime``, from ``install`` on; and two of its methods as they were."""
        self.now: Any = None
        self.utcnow: Any = None


_NOW = _Started()


def install() -> None:
    """Replace what reads the clock.

    Raises:
        RuntimeError: Python does not let the class be changed.
    """
    _NOW.dt = importlib.import_module("datetime")
    methods = _NOW.dt.datetime.__dict__
    _NOW.now, _NOW.utcnow = methods["now"], methods["utcnow"]
    time.time, time.time_ns, time.sleep = _time, _time_ns, _sleep
    time.clock_gettime, time.clock_gettime_ns = _gettime, _gettime_ns
    for name, place in _DEFAULTS.items():
        setattr(time, name, _with_default(getattr(time, name), name, place))
    _put("now", classmethod(_now))
    _put("utcnow", classmethod(_utcnow))
    start(0, 0)
    then = _NOW.dt.datetime.now(_NOW.dt.timezone.utc).year
    clear()
    if then != 1970:  # noqa: PLR2004  when the time begins
        raise RuntimeError("the clock cannot be set")


def start(micros: int, offset: int) -> None:
    """Begin at a time.

    Args:
        micros: Microseconds since 1970 in UTC.
        offset: Seconds that local time is ahead of that.
    """
    _NOW.micros = micros
    _zone(offset)


def clear() -> None:
    """Read the clock of the machine again."""
    _NOW.micros = None
    _zone(0)


def _zone(offset: int) -> None:
    if offset == _NOW.offset:
        return
    _NOW.offset = offset
    minutes, seconds = divmod(abs(offset), 60)
    # POSIX counts westward
    sign, word = ("-", "+") if offset >= 0 else ("+", "-")
    hours, minutes = divmod(minutes, 60)
    name = f"<{word}{hours:02}{minutes:02}>{sign}{hours:02}:{minutes:02}:{seconds:02}"
    os.environ["TZ"] = name if offset else "UTC"
    time.tzset()


def _read() -> Optional[int]:
    """Microseconds since 1970; ``None`` where no case has its own time."""
    micros = _NOW.micros
    if micros is not None:
        _NOW.micros = micros + 1
    return micros


def _time() -> float:
    micros = _read()
    return _real_time() if micros is None else micros / _MILLION


def _time_ns() -> int:
    micros = _read()
    return _real_time_ns() if micros is None else micros * 1000


def _gettime(which: int) -> float:
    return _time() if which == time.CLOCK_REALTIME else _real_gettime(which)


def _gettime_ns(which: int) -> int:
    return _time_ns() if which == time.CLOCK_REALTIME else _real_gettime_ns(which)


def _sleep(seconds: Any) -> None:
    _real_sleep(seconds)
    if _NOW.micros is not None:
        _NOW.micros += int(seconds * _MILLION)


def _with_default(real: Callable[..., Any], name: str, place: int) -> Callable[..., Any]:
    """A function of ``time`` that takes this time where it is given none."""
    takes_parts = name in {"asctime", "strftime"}

    def function(*args: Any) -> Any:
        if _NOW.micros is None or len(args) > place:
            if args[place:] != (None,) or _NOW.micros is None:
                return real(*args)
            args = args[:place]
        seconds = _time()
        return real(*args, _LOCALTIME(seconds) if takes_parts else seconds)

    function.__name__ = function.__qualname__ = name
    return function


_LOCALTIME = time.localtime


def _now(cls: Any, tz: Any = None) -> Any:
    micros = _read()
    if micros is None:
        return _NOW.now.__get__(None, cls)(tz)
    return cls.fromtimestamp(micros / _MILLION, tz)


def _utcnow(cls: Any) -> Any:
    micros = _read()
    if micros is None:
        return _NOW.utcnow.__get__(None, cls)()
    utc = _NOW.dt.timezone.utc
    return cls.fromtimestamp(micros / _MILLION, utc).replace(tzinfo=None)


def _put(name: str, value: Any) -> None:
    """Set an attribute of a class that Python does not let be changed."""
    kind = _NOW.dt.datetime
    space: Any = gc.get_referents(kind.__dict__)[0]
    space[name] = value
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
