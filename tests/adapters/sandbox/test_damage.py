"""Code that hangs, dies, floods or forges: it is blamed, and nobody else is."""

from datetime import timedelta
from functools import partial

import anyio
import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.app.ports import Limits
from mendloop.model.observation import Case, Crashed, NotRun, Raised, Returned, Seen, TimedOut
from tests.adapters.sandbox.calls import QUICK, not_loaded, program, returned, seen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("import os\ndef f():\n    os._exit(5)\n", "exit status 5"),
        ("import os\ndef f():\n    os.abort()\n", "signal SIGABRT"),
        ("import os, signal\ndef f():\n    os.kill(os.getpid(), 9)\n", "signal SIGKILL"),
        ("import ctypes\ndef f():\n    ctypes.string_at(0)\n", "signal SIGSEGV"),
        ("import os\ndef f():\n    os.closerange(0, 100)\n", "exit status 1"),
    ],
)
async def test_a_process_that_dies_is_told_with_how(
    session: LinuxSession, source: str, detail: str
) -> None:
    assert await seen(session, source) == Crashed(detail)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def f():\n    return bytearray(10 ** 10)\n", "MemoryError"),
        ("def f():\n    x = []\n    while True:\n        x.append(' ' * 10 ** 7)\n", "MemoryError"),
        ("def f():\n    return f()\n", "RecursionError"),
        ("import sys\ndef f():\n    sys.exit(3)\n", "SystemExit"),
        ("def f():\n    raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("import os\ndef f():\n    return [os.pipe() for _ in range(1000)]\n", "OSError"),
        (
            "class E(BaseException):\n    def __str__(self): return 1 / 0\ndef f():\n    raise E\n",
            "E",
        ),
        (
            """
import threading, time
def f():
    for _ in range(10 ** 5):
        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
""",
            "RuntimeError",
        ),
    ],
)
async def test_running_into_a_limit_is_an_ordinary_error(
    session: LinuxSession, source: str, kind: str
) -> None:
    answer = await seen(session, source)
    assert isinstance(answer, Raised)
    assert answer.fault.type == kind


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    return 'x' * 10 ** 8\n",
        "def f():\n    return b'x' * 10 ** 8\n",
        "def f():\n    x = []\n    for _ in range(60):\n        x = [x, x]\n    return x\n",
        "def f():\n    return list(range(10 ** 7))\n",
    ],
)
async def test_a_result_that_is_too_large_is_refused(session: LinuxSession, source: str) -> None:
    # time enough to walk half a million nodes on a busy machine
    patient = Limits(case_timeout=timedelta(seconds=25), total_timeout=timedelta(seconds=28))
    assert await seen(session, source, limits=patient) == Crashed("output too large")


async def test_a_result_nested_too_deep_is_opaque_at_the_bottom(session: LinuxSession) -> None:
    source = "def f():\n    x = 1\n    for _ in range(10 ** 5):\n        x = [x]\n    return x\n"
    value = await returned(session, source)
    depth = 0
    while isinstance(value, list):
        (value,) = value
        depth += 1
    assert (depth, value) == (200, {"$opaque": "builtins.list"})


async def test_a_result_that_holds_itself_is_a_graph(session: LinuxSession) -> None:
    source = "def f():\n    x = [1]\n    x.append(x)\n    return x\n"
    ring = {"$graph": [[], [["list", 1, {"$ref": 0}]], {"$ref": 0}]}
    assert await returned(session, source) == ring


async def test_objects_of_the_code_do_not_run_when_they_are_written_down(
    session: LinuxSession,
) -> None:
    source = """
class Evil(int):
    def __eq__(self, other): return True
    def __reduce__(self): return (print, ("x",))
    def __repr__(self): return "1"
    __hash__ = int.__hash__
class Text(str): pass
def f():
    return [Evil(3), Text("a"), {Evil(4): 1}, Evil]
"""
    assert await returned(session, source) == [
        {"$opaque": "tools.candidate.Evil"},
        {"$opaque": "tools.candidate.Text"},
        {"$d": [[{"$opaque": "tools.candidate.Evil"}, 1]]},
        {"$opaque": "builtins.type"},
    ]


async def test_standard_output_and_error_go_nowhere(session: LinuxSession) -> None:
    source = """
import os, sys
def f():
    for _ in range(1000):
        os.write(1, b"x" * 10000)
        print("x" * 10000, file=sys.stderr)
    return [sys.stdin.read(), 1]
"""
    assert await returned(session, source) == ["", 1]


async def test_an_answer_to_another_case_is_forged_and_ends_the_process(
    session: LinuxSession,
) -> None:
    source = """
import json, os, struct
def f(x):
    if x == 1:
        text = json.dumps({"i": 3, "k": "returned", "v": "forged", "s": 0.0}).encode()
        for fd in range(3, 64):
            try:
                os.write(fd, struct.pack("!I", len(text)) + text)
            except OSError:
                pass
    return x
"""
    cases = [Case(id=str(number), args=(number,)) for number in range(4)]
    answer = await session.observe(program(source), cases, limits=QUICK)
    assert isinstance(answer, tuple)
    assert [found.seen for found in answer] == [
        Returned(0),
        Crashed("malformed answer"),
        Returned(2),
        Returned(3),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"not JSON",
        b"[]",
        b'{"i": 0, "k": "returned", "v": NaN, "s": 0.0}',
        b'{"i": 0, "k": "returned", "v": 1e999, "s": 0.0}',
        b'{"i": 0, "k": "returned", "v": {"$pickle": "x"}, "s": 0.0}',
        b'{"i": 0, "k": "passed", "v": 1, "s": 0.0}',
        b'{"i": 0, "k": "returned", "v": 1, "s": -1}',
        b'{"i": 0, "k": "returned", "v": ' + b"[" * 5000 + b"]" * 5000 + b', "s": 0.0}',
    ],
)
async def test_a_forged_answer_that_is_no_answer_is_a_crash(
    session: LinuxSession, text: bytes
) -> None:
    source = f"""
import os, struct
def f():
    text = {text!r}
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack("!I", len(text)) + text)
        except OSError:
            pass
"""
    assert await seen(session, source) == Crashed("malformed answer")


async def test_an_answer_that_never_ends_is_cut_off(session: LinuxSession) -> None:
    source = """
import os
def f():
    while True:
        for fd in range(3, 64):
            try:
                os.write(fd, b"\\xff\\xff\\xff\\xff" * 1000)
            except OSError:
                pass
"""
    # time enough to walk half a million nodes on a busy machine
    patient = Limits(case_timeout=timedelta(seconds=25), total_timeout=timedelta(seconds=28))
    assert await seen(session, source, limits=patient) == Crashed("output too large")


async def test_a_thread_left_behind_ends_with_its_process(session: LinuxSession) -> None:
    source = """
import threading, time
def f():
    threading.Thread(target=time.sleep, args=(1e6,)).start()
    return "done"
"""
    assert await returned(session, source) == "done"


async def test_code_that_takes_the_tools_of_the_harness_away_hurts_only_itself(
    session: LinuxSession,
) -> None:
    source = """
import json, os, time, sys, codecs
json.dumps = json.loads = os.write = os.fork = os.waitpid = time.perf_counter_ns = None
def f():
    return 4
"""
    assert await returned(session, source) == 4
    assert await returned(session, "def f():\n    return 5\n") == 5


async def test_no_candidate_reads_the_files_of_another(session: LinuxSession) -> None:
    source = """
import os
def f():
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    stages = os.path.dirname(own)
    while True:
        for number in range(1, 2000):
            other = f"{stages}/{number}"
            if other == own or not os.path.exists(other + "/tools/candidate.py"):
                continue
            for way in (os.listdir, lambda place: open(place + "/tools/candidate.py")):
                try:
                    way(other)
                    return "read"
                except PermissionError:
                    pass
            return "denied"
"""
    prey = program("def f():\n    while True:\n        pass\n")
    async with anyio.create_task_group() as both:
        both.start_soon(partial(session.observe, prey, [Case(id="1")], limits=QUICK))
        assert await returned(session, source) == "denied"
        both.cancel_scope.cancel()


async def test_neither_the_tree_of_the_session_nor_its_canary_can_be_read(
    session: LinuxSession,
) -> None:
    source = """
import os
def f():
    here = os.path.abspath(__file__)
    for _ in range(4):
        here = os.path.dirname(here)
    reached = []
    for name in ("/tree/tools/__init__.py", "/canary", "/lock"):
        try:
            open(here + name)
            reached.append(name)
        except (PermissionError, FileNotFoundError):
            pass
    return reached
"""
    assert await returned(session, source) == []


async def test_an_import_that_hangs_is_ended(session: LinuxSession) -> None:
    limits = Limits(case_timeout=timedelta(seconds=1), total_timeout=timedelta(seconds=0.3))
    fault = await not_loaded(session, "while True:\n    pass\n", limits=limits)
    assert (fault.type, fault.message) == ("TimeoutError", "the import took longer than 0.3 s")


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import os\nos._exit(3)\n", "Crashed", "exit status 3"),
        ("import ctypes\nctypes.string_at(0)\n", "Crashed", "SIGSEGV"),
        ("import sys\nsys.exit('bye')\n", "SystemExit", "bye"),
        ("raise ValueError('no')\n", "ValueError", "no"),
        ("def f(:\n", "SyntaxError", "invalid syntax"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError", "nothing_of_this_name"),
        ("x = bytearray(10 ** 10)\n", "MemoryError", ""),
        ("f = 3\n", "NoSuchFunctionError", "f is not there, or cannot be called"),
        ("open(__file__, 'w')\n", "PermissionError", "denied"),
        ("import socket\nsocket.socket()\n", "PermissionError", "not permitted"),
    ],
)
async def test_an_import_that_fails_says_why(
    session: LinuxSession, source: str, kind: str, message: str
) -> None:
    fault = await not_loaded(session, source)
    assert fault.type == kind
    assert message in fault.message
    assert all(frame.file == "tools/candidate.py" for frame in fault.frames[:1])


@pytest.mark.slow
async def test_processes_without_end_at_the_import_are_counted_and_ended(
    session: LinuxSession,
) -> None:
    limits = Limits(total_timeout=timedelta(seconds=0.5))
    source = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
    fault = await not_loaded(session, source, limits=limits)
    assert fault.type == "TimeoutError"
    assert await returned(session, "def f():\n    return 1\n") == 1


async def test_a_program_that_ends_itself_after_its_import_is_given_up(
    session: LinuxSession,
) -> None:
    source = """
import os, threading, time
def leave():
    time.sleep(0.001)
    os._exit(0)
threading.Thread(target=leave, daemon=True).start()
def f():
    time.sleep(60)
"""
    limits = Limits(case_timeout=timedelta(seconds=5), total_timeout=timedelta(seconds=20))
    cases = [Case(id=str(number)) for number in range(20)]
    answer = await session.observe(program(source), cases, limits=limits, chunk=1)
    if isinstance(answer, tuple):
        # a call that outlives its template may also be stopped by the clock
        assert all(isinstance(found.seen, (Crashed, NotRun, TimedOut)) for found in answer)
    else:
        assert answer.fault.type == "Crashed"


@pytest.mark.slow
async def test_when_the_time_for_all_is_used_up_the_rest_is_not_run(
    session: LinuxSession,
) -> None:
    limits = Limits(case_timeout=timedelta(seconds=5), total_timeout=timedelta(seconds=2))
    source = "import time\ndef f(x):\n    time.sleep(60 if x else 0)\n    return x\n"
    cases = [Case(id=str(number), args=(number,)) for number in range(4)]
    answer = await session.observe(program(source), cases, limits=limits, chunk=1)
    assert isinstance(answer, tuple)
    late: Seen = NotRun("the time for all calls was used up")
    assert [found.seen for found in answer] == [Returned(0), late, late, late]
