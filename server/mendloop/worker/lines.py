"""Which lines of one file run, noted as cheaply as the interpreter allows."""

import sys
import threading
import types
from typing import Any, Union

MOST_LINES = 20_000


class _ByTrace:
    """Up to Python 3.11: a trace function, in the frames of that file only."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: set[int] = set()

    def _local(self, frame: types.FrameType, event: str, _: Any) -> Any:
        if event == "line" and len(self._seen) < MOST_LINES:
            self._seen.add(frame.f_lineno)
        return self._local

    def _call(self, frame: types.FrameType, _event: str, _: Any) -> Any:
        return self._local if frame.f_code.co_filename == self._file else None

    def begin(self) -> None:
        """Note lines from now on."""
        self._seen = set()
        threading.settrace(self._call)
        sys.settrace(self._call)

    def end(self) -> list[int]:
        """Stop, and tell the lines."""
        sys.settrace(None)
        threading.settrace(None)
        return sorted(self._seen)


class _ByMonitoring:
    """From Python 3.12 on: an event the first time that each line runs (PEP 669)."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: set[int] = set()
        self._monitoring: Any = getattr(sys, "monitoring")  # noqa: B009  not there before 3.12
        tool = self._monitoring.COVERAGE_ID
        self._monitoring.use_tool_id(tool, "mendloop")
        self._monitoring.register_callback(tool, self._monitoring.events.LINE, self._line)

    def _line(self, code: types.CodeType, line: int) -> Any:
        if code.co_filename == self._file and len(self._seen) < MOST_LINES:
            self._seen.add(line)
        return self._monitoring.DISABLE

    def begin(self) -> None:
        """Note lines from now on."""
        self._seen = set()
        self._monitoring.restart_events()
        events = self._monitoring.events.LINE
        self._monitoring.set_events(self._monitoring.COVERAGE_ID, events)

    def end(self) -> list[int]:
        """Stop, and tell the lines."""
        self._monitoring.set_events(self._monitoring.COVERAGE_ID, 0)
        return sorted(self._seen)


def tracer(file: str) -> Union[_ByTrace, _ByMonitoring]:
    """What notes the lines of one file."""
    return _ByMonitoring(file) if hasattr(sys, "monitoring") else _ByTrace(file)
