"""Whole programs: what is on record after they ended, however they did."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recorder.processes import SOURCE, Place, wait_for
from tests.worker.interpreters import interpreters

_TOOL = """
import mendloop, os, sys, threading, time

@mendloop.record
def double(number):
    if number < 0:
        raise ValueError("negative")
    return number * 2

def quietly(number):
    try:
        return double(number)
    except ValueError:
        pass
"""


def numbers(records: list[dict[str, Any]]) -> list[int]:
    return sorted(record["args"][0] for record in records)


def test_nothing_is_lost_when_a_program_ends(place: Place) -> None:
    records = place.good(_TOOL + "for number in range(-50, 3000): quietly(number)\n")

    assert numbers(records) == list(range(-50, 3000))
    assert {path.suffix for path in place.spool.iterdir()} == {".jsonl"}
    assert {record["target"] for record in records} == {"program.double"}
    assert {record["function"] for record in records} == {"program.py:double"}
    assert len({record["version"] for record in records}) == 1


def test_a_call_made_while_the_program_ends_is_kept(place: Place) -> None:
    code = "import atexit\n" + _TOOL
    records = place.good(
        code + "atexit.register(double, 1)\ndouble(2)\natexit.register(double, 3)\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), double(4))).start()\n"
    )

    assert numbers(records) == [1, 2, 3, 4]


def test_a_part_of_the_recorder_loads_without_the_rest(place: Place) -> None:
    done = place.run(
        "import sys, mendloop.recorder.place\n"
        "print(sorted(name for name in sys.modules if name.startswith('mendloop.')))\n"
    )

    assert done.stdout == "['mendloop.recorder', 'mendloop.recorder.place']\n"


def test_importing_the_package_loads_nothing(place: Place) -> None:
    done = place.run(
        "import sys; before = set(sys.modules); import mendloop\n"
        "print(sorted(set(sys.modules) - before)); mendloop.record; mendloop.instrument\n"
        "print([name for name in sys.modules if name.startswith('mendloop') and 'recorder' not in name])\n"
    )

    assert done.stdout == "['mendloop']\n['mendloop']\n"


@pytest.mark.slow
@pytest.mark.parametrize("python", interpreters())
def test_it_runs_under_every_python(place: Place, python: str) -> None:
    code = _TOOL + (
        "import asyncio\n"
        "@mendloop.record\n"
        "async def later(number):\n"
        "    await asyncio.sleep(0.0)\n"
        "    if number == 99: await asyncio.sleep(3600)\n"
        "    return number\n"
        "@mendloop.record\n"
        "def many(number): yield from range(number)\n"
        "class Shop:\n"
        "    @mendloop.record\n"
        "    @classmethod\n"
        "    def price(cls, number): return number\n"
        "@mendloop.record\n"
        "def keep(number, value): return {'rows': [{'a': [value, (1, 2.5)]}, {'b': None}]}\n"
        "async def given_up():\n"
        "    task = asyncio.ensure_future(later(99)); await asyncio.sleep(0); task.cancel()\n"
        "    await asyncio.wait([task])\n"
        "quietly(-1); double(1); asyncio.run(later(2)); list(many(3)); Shop.price(4)\n"
        "keep(5, {1: {2}, 'x' * 9: b'y'}); asyncio.run(given_up())\n"
    )
    path = f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n"
    records = place.good(path + code, flags=["-I"], python=python)

    assert numbers(records) == [-1, 1, 2, 3, 4, 5]


def test_threads_lose_nothing(place: Place) -> None:
    records = place.good(
        _TOOL + "def some(first):\n"
        "    for number in range(first, first + 1000): quietly(number)\n"
        "threads = [threading.Thread(target=some, args=(first,)) for first in range(-1000, 4000, 1000)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )

    assert numbers(records) == list(range(-1000, 4000))


_FORK = """
for number in range(100): quietly(number)   # some of these still wait
child = os.fork()
if child == 0:
    for number in range(1000, 1100): quietly(number)
    sys.exit(0)                             # as a program ends, not as os._exit does
for number in range(100, 200): quietly(number)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.promise("record/a-fork-writes-nothing-twice")
@pytest.mark.filterwarnings("ignore")
def test_a_fork_loses_nothing_and_writes_nothing_twice(place: Place) -> None:
    records = place.good(_TOOL + _FORK)

    assert numbers(records) == [*range(200), *range(1000, 1100)]
    writers = {path.name.split("-")[0] for path in place.spool.iterdir()}
    assert len(writers) == 2


@pytest.mark.slow
@pytest.mark.parametrize("python", interpreters())
def test_whoever_forks_is_not_warned_of_a_thread(place: Place, python: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n" + _TOOL
    records = place.good(code + _FORK, flags=["-I", "-W", "error"], python=python)

    assert numbers(records) == [*range(200), *range(1000, 1100)]


def test_a_fork_while_others_write_does_not_hang(place: Place) -> None:
    records = place.good(
        _TOOL + "stop = threading.Event()\n"
        "def keep_on():\n"
        "    while not stop.is_set(): quietly(-1)\n"
        "threads = [threading.Thread(target=keep_on) for _ in range(3)]\n"
        "for thread in threads: thread.start()\n"
        "for number in range(30):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        quietly(number); quietly(-2)\n"
        "        mendloop.recorder.flush(); os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "stop.set()\n"
        "for thread in threads: thread.join()\n"
    )

    found = numbers(records)
    assert [number for number in found if number >= 0] == list(range(30))
    assert found.count(-2) == 30


def test_a_fork_in_the_middle_of_the_first_call_of_another_thread_does_not_hang(
    place: Place,
) -> None:
    records = place.good(
        _TOOL + "from mendloop.recorder import writer\n"
        "bare, begun, forked = writer.workspace, threading.Event(), threading.Event()\n"
        "def slow():\n"
        "    begun.set(); forked.wait()\n"
        "    return bare()\n"
        "writer.workspace = slow\n"
        "other = threading.Thread(target=double, args=(1,)); other.start()\n"
        "begun.wait()\n"
        "child = os.fork(); forked.set()\n"
        "if child == 0: double(2); sys.exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "other.join()\n"
    )

    assert numbers(records) == [1, 2]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_lose_nothing(place: Place, method: str) -> None:
    records = place.good(
        "import multiprocessing\n" + _TOOL + "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    double(1000)\n"
        "    with context.Pool(2) as pool:\n"
        "        pool.map(double, range(100), chunksize=10)\n"
        "        pool.close(); pool.join()\n"
        "    child = context.Process(target=double, args=(2000,))\n"
        "    child.start(); child.join()\n"
    )

    assert numbers(records) == [*range(100), 1000, 2000]


def test_after_an_exec_there_is_nothing_twice(place: Place) -> None:
    code = _TOOL + (
        "if len(sys.argv) < 2:\n"
        "    double(1); mendloop.recorder.flush()\n"
        "    os.execv(sys.executable, [sys.executable, __file__, 'again'])\n"
        "double(2)\n"
    )

    assert numbers(place.good(code)) == [1, 2]


def test_a_signals_handler_may_record_too(place: Place) -> None:
    records = place.good(
        _TOOL + "import signal\n"
        "made = []\n"
        "def handler(*_):\n"
        "    made.append(1); quietly(-len(made)); double(10_000 + len(made))\n"
        "signal.signal(signal.SIGALRM, handler)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
        "for number in range(3000): quietly(number); quietly(-100_000 - number)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "made_up = 2 * len(made) + 6000\n"
        "mendloop.recorder.flush()\n"
        "assert mendloop.recorder.state().written == made_up, (mendloop.recorder.state(), made_up)\n"
    )

    assert numbers(records)[-1] > 10_000


def _started(place: Place, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", str(place.write(_TOOL + code))],
        cwd=place.workspace,
        env=place.environment(),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_a_program_that_is_terminated_has_written_what_is_older_than_a_moment(place: Place) -> None:
    with _started(place, "double(1); print('done')\ntime.sleep(60)\n") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        wait_for(lambda: len(place.records()) == 1)
        process.terminate()
        assert process.wait() == -signal.SIGTERM

    assert numbers(place.records()) == [1]


def test_a_failure_survives_a_kill_at_once(place: Place) -> None:
    with _started(place, "quietly(-1); os.kill(os.getpid(), 9)\n") as process:
        assert process.wait() == -signal.SIGKILL

    assert numbers(place.records()) == [-1]


def test_too_many_calls_at_once_are_waited_for(place: Place) -> None:
    records = place.good(
        _TOOL + "most = 0\n"
        "for number in range(30_000):\n"
        "    double(number)\n"
        "    if number % 100 == 0: most = max(most, mendloop.recorder.state().waiting)\n"
        "assert 0 < most <= 2048, most\n"
    )

    assert numbers(records) == list(range(30_000))


def test_large_values_do_not_pile_up(place: Place) -> None:
    records = place.good(
        "import resource\n" + _TOOL + "@mendloop.record\n"
        "def large(number): return ['x' * 4_000_000]\n"
        "for number in range(20): large(number)\n"
        "mendloop.recorder.flush()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for number in range(500): large(number)  # two gigabytes\n"
        "more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "assert more < 100_000, more\n"
    )

    assert len(records) == 520


def test_the_version_is_left_out_when_the_file_has_changed_meanwhile(place: Place) -> None:
    records = place.good(
        _TOOL + "path = os.path.abspath(__file__)\n"
        "with open(path, 'a') as file: file.write('# changed\\n')\n"
        "later = time.time() + 10; os.utime(path, (later, later))\n"
        "double(1)\n"
    )

    assert "version" not in records[0]


def test_a_file_outside_the_workspace_is_not_named(place: Place, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(_TOOL, encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport outside; outside.double(1)\n"
    records = place.good(code)

    assert records[0]["target"] == "outside.double"
    assert "function" not in records[0]


def test_a_child_without_a_recorder_leaves_the_parents_segment_alone(place: Place) -> None:
    place.good(_TOOL + "double(1)\nif os.fork() == 0: os._exit(0)\nos.wait(); double(2)\n")

    assert [path.suffix for path in place.spool.iterdir()] == [".jsonl"]
