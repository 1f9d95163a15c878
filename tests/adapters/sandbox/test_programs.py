"""Ordinary programs work: a sandbox that refuses everything proves nothing."""

import sys
from typing import Any

import anyio
import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from mendloop.app.ports import Program
from mendloop.model.execution import Frame
from mendloop.model.observation import Case, NotLoaded, NotRun, Raised, Returned
from tests.adapters.sandbox.calls import QUICK, not_loaded, program, returned, seen
from tests.worker.interpreters import interpreters

pytestmark = pytest.mark.anyio


async def test_files_may_be_written_in_a_fresh_folder_where_that_is_wanted(
    session: LinuxSession,
) -> None:
    source = """
import os, tempfile
def f(x):
    before = os.listdir(".")
    with open("out.txt", "w") as file:
        file.write("x" * x)
    with tempfile.TemporaryDirectory() as folder:
        os.rename("out.txt", folder + "/moved.txt")
        os.mkdir("kept")
        return [before, os.path.getsize(folder + "/moved.txt"), os.listdir(".") != []]
"""
    cases = [Case(id=str(number), args=(number,)) for number in range(4)]
    answer = await session.observe(program(source, writes_files=True), cases, limits=QUICK, chunk=1)
    assert isinstance(answer, tuple)
    assert [found.seen for found in answer] == [Returned([[], n, True]) for n in range(4)]


async def test_a_folder_for_writing_opens_no_other_folder(session: LinuxSession) -> None:
    source = """
import os
def f(places):
    done = []
    for place in (*places, os.path.dirname(__file__), "..", "../.."):
        try:
            open(place + "/new.txt", "w").close()
            done.append(place)
        except OSError:
            pass
    return done
"""
    assert await returned(session, source, ["/run", "/"], writes_files=True) == []


async def test_a_file_that_is_too_large_is_refused(session: LinuxSession) -> None:
    source = """
import signal
def f():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("big", "wb") as file:
        for _ in range(100):
            file.write(bytes(1 << 20))
"""
    answer = await seen(session, source, writes_files=True)
    assert isinstance(answer, Raised)
    assert answer.fault.type == "OSError"


async def test_neighbours_packages_and_data_of_the_tree_are_found(session: LinuxSession) -> None:
    files = {
        "tools/neighbour.py": b"RATE = 3\n",
        "tools/inner/__init__.py": b"",
        "tools/inner/deep.py": b"from ..neighbour import RATE\n",
        "lib/shared.py": b"def twice(x):\n    return x * 2\n",
        "data/rates.toml": b"[rate]\nlow = 7\n",
    }
    source = """
import os
import neighbour
from tools.inner import deep
from . import neighbour as relative
from lib.shared import twice
def f():
    with open("data/rates.toml") as file:
        text = file.read()
    here = os.path.dirname(os.path.dirname(__file__))
    with open(os.path.join(here, "data", "rates.toml")) as file:
        assert file.read() == text
    return [neighbour.RATE, deep.RATE, relative.RATE, twice(2), "low = 7" in text, __name__]
"""
    answer = await seen(session, source, files=files)
    assert answer == Returned([3, 3, 3, 4, True, "tools.candidate"])


@pytest.mark.parametrize("path", ["json.py", "my-tool.py", "lib/os.py", "no_package/a.py"])
async def test_a_file_is_found_whatever_its_name(session: LinuxSession, path: str) -> None:
    wanted = Program(overlay={path: b"def f(x):\n    return x\n"}, path=path, function="f")
    answer = await session.observe(wanted, [Case(id="1", args=(1,))], limits=QUICK)
    assert isinstance(answer, tuple)
    assert answer[0].seen == Returned(1)


@pytest.mark.parametrize(
    ("function", "expected"),
    [("Cart.total", 3), ("Cart.fixed", 4), ("Cart.made", "Cart"), ("Cart.Inner.deep", 5)],
)
async def test_methods_are_called_on_what_they_need(
    session: LinuxSession, function: str, expected: Any
) -> None:
    source = """
class Cart:
    def __init__(self): self.items = [1, 2]
    def total(self): return sum(self.items)
    @staticmethod
    def fixed(): return 4
    @classmethod
    def made(cls): return cls.__name__
    class Inner:
        def deep(self): return 5
"""
    answer = await session.observe(program(source, function=function), [Case(id="1")], limits=QUICK)
    assert isinstance(answer, tuple)
    assert answer[0].seen == Returned(expected)


async def test_a_method_of_an_object_that_cannot_be_made_is_not_loaded(
    session: LinuxSession,
) -> None:
    source = "class Cart:\n    def __init__(self, x): pass\n    def total(self): return 1\n"
    fault = await not_loaded(session, source, function="Cart.total")
    assert "Cart() cannot be made without arguments" in fault.message


async def test_a_fault_names_the_lines_of_the_tree_and_the_last_one_outside(
    session: LinuxSession,
) -> None:
    source = """
import json
def inner(x):
    return json.loads(x)
def f(x):
    return inner(x)
"""
    answer = await seen(session, source, "{")
    assert isinstance(answer, Raised)
    assert answer.fault.type == "JSONDecodeError"
    assert answer.fault.frames[:2] == (
        Frame(file="tools/candidate.py", line=6, function="f"),
        Frame(file="tools/candidate.py", line=4, function="inner"),
    )
    assert len(answer.fault.frames) == 3
    assert answer.fault.frames[2].file == "json/decoder.py"


async def test_random_numbers_depend_on_the_case_alone(session: LinuxSession) -> None:
    source = "import random\ndef f():\n    return [random.random(), hash('a')]\n"
    cases = [Case(id="a"), Case(id="b"), Case(id="a")]
    for chunk in (1, 3):
        answer = await session.observe(program(source), cases, limits=QUICK, chunk=chunk)
        assert isinstance(answer, tuple)
        first, second, again = (found.seen for found in answer)
        assert first == again != second


async def test_hashes_of_texts_are_the_same_in_every_sandbox(session: LinuxSession) -> None:
    command = [sys.executable, "-c", "print(hash('a'))"]
    known = (await anyio.run_process(command, env={"PYTHONHASHSEED": "0"})).stdout
    value = await returned(session, "def f():\n    return str(hash('a'))\n")
    assert value == known.decode().strip()


async def test_the_lines_that_ran_are_told(session: LinuxSession) -> None:
    source = "def f(x):\n    if x:\n        y = 1\n    else:\n        y = 2\n    return y\n"
    cases = [Case(id="1", args=(True,)), Case(id="2", args=(False,)), Case(id="3", args=(True,))]
    answer = await session.observe(program(source), cases, limits=QUICK, trace=True)
    assert isinstance(answer, tuple)
    lines = [set(found.lines) & {2, 3, 5, 6} for found in answer]
    assert lines == [{2, 3, 6}, {2, 5, 6}, {2, 3, 6}]


async def test_arguments_that_cannot_be_rebuilt_are_not_run(session: LinuxSession) -> None:
    source = "def f(x):\n    return 1\n"
    wrong: list[Any] = [{"$opaque": "a.B"}, {"$dataclass": ["subprocess.Popen", {}]}, {"$b": "zz"}]
    for bad in wrong:
        assert isinstance(await seen(session, source, bad), NotRun)


async def test_a_program_with_a_thread_of_its_own_is_forked_as_python_does_it(
    session: LinuxSession,
) -> None:
    source = """
import random, threading
held, end = threading.Lock(), threading.Event()
def work():
    with held:
        end.wait()
threading.Thread(target=work, daemon=True).start()
def f(x):
    made = threading.Thread(target=lambda: None)
    made.start()
    made.join()
    return [threading.active_count(), random.random() >= 0, x]
"""
    cases = [Case(id=str(number), args=(number,)) for number in range(6)]
    answer = await session.observe(program(source), cases, limits=QUICK, chunk=2)
    assert isinstance(answer, tuple)
    assert [found.seen for found in answer] == [Returned([1, True, n]) for n in range(6)]


async def test_no_cases_is_a_check_of_the_import(session: LinuxSession) -> None:
    assert await session.observe(program("def f(): pass\n"), [], limits=QUICK) == ()
    answer = await session.observe(program("1 / 0\n"), [], limits=QUICK)
    assert isinstance(answer, NotLoaded)


@pytest.mark.slow
@pytest.mark.parametrize("python", interpreters())
async def test_every_interpreter_of_this_machine_serves(python: str, tier: str) -> None:
    source = "import sys\ndef f(x):\n    y = x\n    return [sys.version_info >= (3, 9), y]\n"
    sandbox = LinuxSandbox(least_tier=tier, best_tier=tier)
    async with sandbox.open({"a.py": b""}, python=python) as up:
        assert (up.state.tier, up.state.missing) == (tier, ())
        cases = [Case(id=str(number), args=(number,)) for number in range(3)]
        answer = await up.observe(program(source), cases, limits=QUICK, trace=True, chunk=2)
        assert isinstance(answer, tuple)
        assert [found.seen for found in answer] == [Returned([True, n]) for n in range(3)]
        assert [set(found.lines) & {3, 4} for found in answer] == [{3, 4}] * 3
        assert await returned(up, "async def f():\n    yield 1\n") == [1]


async def test_the_interpreter_is_the_one_that_was_named(session: LinuxSession) -> None:
    version = list(sys.version_info[:2])
    assert await returned(session, "import sys\ndef f():\n    return sys.version_info[:2]\n") == {
        "$t": version
    }
