"""pytest's own view of a test run as executions: one for each test that ran.

Off unless somebody asks: ``--mendloop``, ``mendloop = true`` in pytest's ini, or
``MENDLOOP_PYTEST=1``. pytest loads the plugin of every package that is installed, so one that acted
unasked would record the tests of projects that never heard of mendloop. Until it is on, this module
imports nothing.

With pytest-xdist the workers write and the controller does not: only they have the exceptions.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any, Optional

import pytest

_MOST_PARAMS = 500
"""Characters of the ids of parameters."""
_MOST_TARGET = 160
_OFF = frozenset({"", "0", "off", "false", "no", "never"})
_NAME = "mendloop-recording"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two of the three ways to switch it on."""
    parser.getgroup("mendloop").addoption(
        "--mendloop", action="store_true", help="Record each test that runs, for mendloop."
    )
    parser.addini("mendloop", "Record each test that runs, for mendloop.", type="bool")


def pytest_configure(config: pytest.Config) -> None:
    """Start where it was asked for."""
    wanted = os.environ.get("MENDLOOP_PYTEST", "").strip().lower() not in _OFF
    if not (wanted or config.getoption("--mendloop") or config.getini("mendloop")):
        return
    recording = _Recording(config)
    if recording.open():
        config.pluginmanager.register(recording, _NAME)


class _Recording:
    """The tests of one process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._worker: Optional[dict[str, Any]] = getattr(config, "workerinput", None)
        self._session = ""
        self._root = ""
        self._spool: Any = None
        self._redactor: Any = None
        self._trouble = ""
        """What went wrong first; told once, at the end."""

    def open(self) -> bool:
        """Find the place to write to; nothing is made yet."""
        try:
            return self._open()
        except Exception as error:
            self._note(error)
            return True  # to tell

    def _open(self) -> bool:
        from mendloop.recorder import place  # noqa: PLC0415  nothing while it is off
        from mendloop.recorder.redact import Redactor  # noqa: PLC0415
        from mendloop.recorder.spool import Spool  # noqa: PLC0415

        if place.switched_off():
            return False
        root = place.workspace()
        state = place.state_folder(root)
        self._root = str(root)
        self._redactor = Redactor(place.secrets(), key=place.redaction_key(state))
        self._spool = Spool(state / place.SPOOL)
        run = (self._worker or {}).get("testrunuid")
        self._session = f"pytest-{run or os.urandom(8).hex()}"[:100]
        return True

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Look at what came of one phase of a test."""
        outcome = yield
        if outcome.excinfo is None:
            self._record(item, call, outcome.get_result())

    def pytest_sessionfinish(self) -> None:
        """No more will come."""
        try:
            if self._spool is not None:
                self._spool.close()
        except Exception as error:
            self._note(error)
        output: Optional[dict[str, Any]] = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_NAME] = self._trouble

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of pytest-xdist has ended; it says what troubled it."""
        self._trouble = self._trouble or getattr(node, "workeroutput", {}).get(_NAME, "")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what went wrong. The tests ran as they would have."""
        if self._trouble:
            terminalreporter.write_line(f"mendloop: not all was recorded ({self._trouble})")

    def _record(self, item: pytest.Item, call: Any, report: pytest.TestReport) -> None:
        if self._spool is None:
            return
        try:
            ended = self._ended(call, report)
            if ended is not None:
                line = self._line(item, call, {**ended, "when": report.when})
                self._spool.append([line], failures=ended["outcome"] != "ok")
        except Exception as error:
            self._note(error)

    def _ended(self, call: Any, report: pytest.TestReport) -> Optional[dict[str, Any]]:
        """Outcome and error of a phase, or nothing where it is none of ours."""
        if report.when == "call" and report.outcome == "passed":
            return {"outcome": "ok"}
        if report.outcome != "failed" or report.when not in ("setup", "call"):
            return None
        if call.excinfo is None:  # it passed, and should not have
            error: dict[str, Any] = {
                "type": "XPassStrict",
                "message": str(report.longrepr),
                "frames": [],
            }
            return {"outcome": "error", "error": self._clean(error)}
        from mendloop.recorder.fault import describe  # noqa: PLC0415  nothing while it is off

        raised = self._clean(describe(call.excinfo.value, self._root))
        return {"outcome": "timeout" if _timed_out(raised) else "error", "error": raised}

    def _clean(self, error: dict[str, Any]) -> dict[str, Any]:
        from mendloop.recorder.fault import MOST_MESSAGE  # noqa: PLC0415  nothing while it is off

        return {**error, "message": self._redactor.text(error["message"])[:MOST_MESSAGE]}

    def _line(self, item: pytest.Item, call: Any, ended: dict[str, Any]) -> bytes:
        import json  # noqa: PLC0415  nothing while it is off

        file, _, name = _plain_id(item).partition("::")
        kwargs: dict[str, Any] = {}
        params = getattr(getattr(item, "callspec", None), "id", None)
        if params is not None:
            kwargs["params"] = self._redactor.text(str(params))[:_MOST_PARAMS]
        if ended.pop("when") == "setup":
            kwargs["phase"] = "setup"
        record: dict[str, Any] = {
            "id": f"y-{os.urandom(10).hex()}",
            "target": _target(file, name),
            "at": _moment(call.start),
            "seconds": round(max(0.0, call.stop - call.start), 6),
            "args": [],
            "kwargs": kwargs,
            **ended,
            "caller": "pytest",
            "session": self._session,
            "source": "pytest",
            "function": f"{self._file(item, file)}:{name.replace('::', '.')}",
        }
        return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"

    def _file(self, item: pytest.Item, named: str) -> str:
        """The file, relative to the workspace; outside of it as pytest names it."""
        path = str(getattr(item, "path", ""))
        inside = path.startswith(self._root + os.sep)
        return path[len(self._root) + 1 :] if inside else named

    def _note(self, error: Exception) -> None:
        if not self._trouble:
            self._trouble = f"{type(error).__name__}: {error}"[:300]


def _plain_id(item: pytest.Item) -> str:
    """The id of a test without its parameters, which are in brackets at its end."""
    callspec = getattr(item, "callspec", None)
    ending = "" if callspec is None else f"[{callspec.id}]"
    return item.nodeid[: -len(ending)] if ending and item.nodeid.endswith(ending) else item.nodeid


def _target(file: str, name: str) -> str:
    import re  # noqa: PLC0415  nothing while it is off
    from hashlib import sha256  # noqa: PLC0415

    stem = file.removesuffix(".py")
    dotted = ".".join(part for part in (*re.split(r"[\\/]", stem), *name.split("::")) if part)
    target = "tests." + re.sub(r"[^\w.\-]", "_", dotted)
    if len(target) <= _MOST_TARGET:
        return target
    return f"{target[: _MOST_TARGET - 9]}-{sha256(target.encode()).hexdigest()[:8]}"


def _timed_out(error: dict[str, Any]) -> bool:
    """Whether pytest-timeout ended it: it fails the test with these words."""
    words = str(error["message"])
    return error["type"] == "Failed" and words.startswith(("Timeout >", "Timeout (>"))


def _moment(seconds: float) -> str:
    import datetime as dt  # noqa: PLC0415  nothing while it is off

    moment = dt.datetime.fromtimestamp(seconds, dt.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
