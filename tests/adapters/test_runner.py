"""Tools are called for real: as they stand on disk, one call at a time, and never for ever."""

import os
import select
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from mendloop.adapters.runners.local import LocalRunner
from mendloop.app.ports import Ran
from mendloop.errors import InvalidInput, Unavailable
from mendloop.model.execution import Frame
from mendloop.model.ids import TargetName, digest_of
from mendloop.model.target import Target, TargetKind
from mendloop.model.value import Encoded

pytestmark = pytest.mark.anyio

_TOOL = """
import os, sys, subprocess, asyncio
import neighbour
COUNT = 0
def add(x, y=1):
    return x + y + neighbour.RATE
def who():
    global COUNT
    COUNT += 1
    return [os.getpid(), COUNT]
def noisy():
    print("to standard output")
    sys.stderr.write("to standard error")
    os.write(1, b"raw")
    return sys.stdin.read()
def where():
    return os.getcwd()
def environment():
    return sorted(os.environ)
def bad():
    return {}["x"]
def leave():
    sys.exit(4)
def die():
    os._exit(5)
def hang(place):
    with open(place, "w") as file:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1e6)"])
        file.write(f"{os.getpid()} {child.pid}")
    while True:
        pass
async def later():
    await asyncio.sleep(0)
    return 7
def many(n):
    yield from range(n)
def large():
    return "x" * 10 ** 7
class Cart:
    def total(self):
        return 9
"""


def target(function: str, *, path: str = "tools/tool.py", seconds: float = 20) -> Target:
    return Target(
        name=TargetName(function),
        kind=TargetKind.FUNCTION,
        path=path,
        selector=function,
        timeout=timedelta(seconds=seconds),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "tool.py").write_text(_TOOL, encoding="utf-8")
    (tmp_path / "tools" / "neighbour.py").write_text("RATE = 100\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
async def runner(root: Path) -> AsyncIterator[LocalRunner]:
    made = LocalRunner(root, lambda: sys.executable)
    yield made
    await made.aclose()


async def _value(runner: LocalRunner, function: str, *arguments: int) -> object:
    ran = await runner.call(target(function), arguments, {})
    assert ran.fault is None, ran
    return ran.result


async def test_a_call_answers_and_names_the_version_that_ran(
    runner: LocalRunner, root: Path
) -> None:
    ran = await runner.call(target("add"), [1], {"y": 2})
    assert (ran.result, ran.fault, ran.timed_out) == (103, None, False)
    assert ran.version == digest_of((root / "tools" / "tool.py").read_bytes())
    assert ran.seconds > 0


async def test_the_worker_is_kept_between_calls(runner: LocalRunner) -> None:
    first, second = await _value(runner, "who"), await _value(runner, "who")
    assert isinstance(first, list)
    assert second == [first[0], 2]


@pytest.mark.parametrize("file", ["tool.py", "neighbour.py"])
async def test_a_changed_file_is_picked_up_by_the_next_call(
    runner: LocalRunner, root: Path, file: str
) -> None:
    assert await _value(runner, "add", 1) == 102
    changed = root / "tools" / file
    text = changed.read_text(encoding="utf-8")
    before = changed.stat()
    changed.write_text(
        text.replace("RATE = 100", "RATE = 200").replace("x + y +", "x - y +"), encoding="utf-8"
    )
    # Same size and same time: a compiled copy would still seem to be up to date.
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert await _value(runner, "add", 1) == {"tool.py": 100, "neighbour.py": 202}[file]


async def test_the_tool_s_own_output_does_not_reach_the_client(
    runner: LocalRunner, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await _value(runner, "noisy") == ""
    assert await _value(runner, "add", 0) == 101
    told = capfd.readouterr()
    assert told.out == ""
    assert "to standard output" in told.err
    assert "to standard error" in told.err


async def test_a_tool_runs_in_the_workspace_without_the_agent_s_secrets(
    runner: LocalRunner, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "CLAUDE_CODE_SESSION", "MENDLOOP_DATA_DIR", "MY_TOOLS_OWN"):
        monkeypatch.setenv(name, "x")
    assert await _value(runner, "where") == str(root.resolve())
    names = str(await _value(runner, "environment"))
    assert "'MY_TOOLS_OWN'" in names
    for name in ("ANTHROPIC", "CLAUDE", "MENDLOOP_DATA_DIR"):
        assert name not in names


async def test_what_a_tool_raises_is_told(runner: LocalRunner) -> None:
    ran = await runner.call(target("bad"), [], {})
    assert ran.fault is not None
    assert (ran.fault.type, ran.fault.message) == ("KeyError", "'x'")
    assert ran.fault.frames[-1].file == "tools/tool.py"
    left = await runner.call(target("leave"), [], {})
    assert left.fault is not None
    assert left.fault.type == "SystemExit"


async def test_a_worker_that_dies_is_a_fault_and_is_replaced(runner: LocalRunner) -> None:
    ran = await runner.call(target("die"), [], {})
    assert ran.fault is not None
    assert ran.fault.message == "the worker of tools/tool.py ended: exit status 5"
    assert await _value(runner, "add", 1) == 102


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        ("later", [], 7),
        ("many", [3], [0, 1, 2]),
        ("large", [], {"$opaque": "builtins.str"}),
        ("Cart.total", [], 9),
    ],
)
async def test_every_kind_of_function_can_be_called(
    runner: LocalRunner, function: str, arguments: list[int], expected: object
) -> None:
    assert await _value(runner, function, *arguments) == expected


async def test_a_call_that_takes_too_long_is_ended_with_all_it_started(
    runner: LocalRunner, root: Path
) -> None:
    place = root / "pids"
    ran = list[Ran]()
    watched: list[int] = []

    async def work() -> None:
        ran.append(await runner.call(target("hang", seconds=1), [str(place)], {}))

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        watched += await _watched(place)
    assert ran[0].timed_out
    assert (ran[0].result, ran[0].fault) == (None, None)
    _all_ended(watched)
    assert await _value(runner, "add", 1) == 102


async def test_a_cancelled_call_is_ended(runner: LocalRunner, root: Path) -> None:
    place = root / "pids"
    watched: list[int] = []
    async with anyio.create_task_group() as group:
        kwargs = dict[str, Encoded]()
        group.start_soon(runner.call, target("hang"), [str(place)], kwargs)
        watched += await _watched(place)
        group.cancel_scope.cancel()
    _all_ended(watched)
    assert await _value(runner, "add", 1) == 102


async def _watched(place: Path) -> list[int]:
    """Descriptors that tell when the processes of a hanging call end."""
    with anyio.fail_after(10):
        while not place.exists() or not place.read_text(encoding="utf-8"):
            await anyio.lowlevel.checkpoint()
    return [os.pidfd_open(int(pid)) for pid in place.read_text(encoding="utf-8").split()]


def _all_ended(watched: list[int]) -> None:
    for process in watched:
        assert select.select([process], [], [], 5)[0]
        os.close(process)


async def test_closing_ends_every_worker(root: Path) -> None:
    runner = LocalRunner(root, lambda: sys.executable)
    ran = await runner.call(target("who"), [], {})
    assert isinstance(ran.result, list)
    process = os.pidfd_open(int(str(ran.result[0])))
    await runner.aclose()
    _all_ended([process])


async def test_calls_of_one_file_queue_and_those_of_others_run_beside(
    runner: LocalRunner, root: Path
) -> None:
    names = [f"tools/t{number}.py" for number in range(6)]
    for name in names:
        (root / name).write_text(_TOOL, encoding="utf-8")
    results: list[object] = []

    async def work(path: str) -> None:
        results.append((await runner.call(target("add", path=path), [1], {})).result)

    async with anyio.create_task_group() as group:
        for name in names * 3:
            group.start_soon(work, name)
    assert results == [102] * 18


async def test_a_file_that_does_not_import_is_a_fault_with_its_line(
    runner: LocalRunner, root: Path
) -> None:
    broken = root / "tools" / "broken.py"
    broken.write_text("x = 1\n1 / 0\n", encoding="utf-8")
    ran = await runner.call(target("f", path="tools/broken.py"), [], {})
    assert ran.fault is not None
    assert ran.fault.type == "ZeroDivisionError"
    assert ran.fault.frames == (Frame(file="tools/broken.py", line=2, function="<module>"),)
    assert ran.version == digest_of(broken.read_bytes())
    broken.write_text("def f():\n    return 1\n", encoding="utf-8")
    assert (await runner.call(target("f", path="tools/broken.py"), [], {})).result == 1


async def test_a_function_that_is_not_there_is_a_fault(runner: LocalRunner) -> None:
    ran = await runner.call(target("nothing"), [], {})
    assert ran.fault is not None
    assert ran.fault.message == "nothing is not there, or cannot be called"


async def test_arguments_that_cannot_be_rebuilt_are_refused(runner: LocalRunner) -> None:
    with pytest.raises(InvalidInput, match="could not be kept"):
        await runner.call(target("add"), [{"$opaque": "a.B"}], {})


async def test_an_interpreter_that_is_not_there_is_unavailable(root: Path) -> None:
    runner = LocalRunner(root, lambda: "/nonexistent/python")
    with pytest.raises(Unavailable, match="could not be started"):
        await runner.call(target("add"), [1], {})
