"""Whatever is wrong with its surroundings, the tool does not notice."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.recorder.processes import Place

_TOOL = """
import mendloop, os, sys

@mendloop.record
def double(number):
    if number < 0:
        raise ValueError("negative")
    return number * 2

def use():
    for number in (1, 2, -1, 3):
        try:
            assert double(number) == number * 2
        except ValueError:
            assert number == -1
    mendloop.recorder.flush()
"""
_SHOW = "state = mendloop.recorder.state(); print(state.written, state.dropped)\n"
_WARNING = "Calls are not recorded"


def outcome(place: Place, code: str, **environment: str) -> tuple[str, int]:
    """What the program counted, and how often it was warned."""
    done = place.run(_TOOL + code + _SHOW, environment=place.environment(**environment))
    assert done.returncode == 0, done.stderr
    warnings = done.stderr.splitlines()
    assert all(_WARNING in line for line in warnings), done.stderr
    return done.stdout.strip(), len(warnings)


def test_where_all_is_well_nothing_is_said(place: Place) -> None:
    assert outcome(place, "use(); use()\n") == ("8 0", 0)


def test_a_state_folder_that_cannot_be_made(place: Place) -> None:
    place.data.write_text("a file stands here", encoding="utf-8")

    assert outcome(place, "use(); use()\n") == ("0 8", 1)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_state_folder_that_cannot_be_written(place: Place) -> None:
    place.data.mkdir(mode=0o755)

    assert outcome(place, "os.setgid(65534); os.setuid(65534); use(); use()\n") == ("0 8", 1)


def test_a_data_folder_inside_the_workspace(place: Place) -> None:
    inside = str(place.workspace / "state")

    assert outcome(place, "use()\n", MENDLOOP_DATA_DIR=inside) == ("0 4", 1)
    assert not (place.workspace / "state").exists()


def test_no_home_and_nothing_named(place: Place) -> None:
    environment = place.environment()
    del environment["MENDLOOP_DATA_DIR"]
    environment.pop("HOME", None)
    code = "import pwd\ndef none(_): raise KeyError('no such user')\npwd.getpwuid = none\n"
    done = place.run(code + _TOOL + "use()\n" + _SHOW, environment=environment)

    assert (done.returncode, done.stdout) == (0, "0 4\n")
    assert _WARNING in done.stderr


def test_a_working_directory_that_is_gone(place: Place) -> None:
    code = "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\nuse()\n"
    done = place.run(_TOOL + code + _SHOW)

    assert done.returncode == 0, done.stderr


def test_a_disk_that_is_full(place: Place) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))\n"
    counted, warnings = outcome(place, limit + "for _ in range(10): use()\n")
    written, dropped = map(int, counted.split())

    assert written + dropped == 40
    assert 0 < written < 40
    assert warnings == 1
    assert len(place.records()) == written


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_a_small_file_system_that_is_full(place: Place) -> None:
    place.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(place.data)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        counted, warnings = outcome(place, "for _ in range(30): use()\n")
        written, dropped = map(int, counted.split())
        assert (written + dropped, warnings) == (120, 1)
        assert 0 < written < 120
        assert len(place.records()) == written
    finally:
        subprocess.run(["umount", str(place.data)], check=True)


def test_a_spool_that_is_removed(place: Place) -> None:
    code = "import shutil\nuse(); shutil.rmtree(os.environ['MENDLOOP_DATA_DIR']); use()\n"

    assert outcome(place, code) == ("8 0", 0)
    assert len(place.records()) == 4


def test_a_spool_that_becomes_a_broken_link(place: Place) -> None:
    code = (
        "import shutil\nuse(); folder = mendloop.recorder.state().folder; shutil.rmtree(folder)\n"
        "os.symlink('nowhere', folder); use()\n"
    )

    assert outcome(place, code) == ("4 4", 1)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_spool_that_becomes_read_only(place: Place) -> None:
    code = (
        "os.setgid(65534); os.setuid(65534)\nuse(); folder = mendloop.recorder.state().folder\n"
        "[os.unlink(os.path.join(folder, name)) for name in os.listdir(folder)]\n"
        "os.chmod(folder, 0o500); use(); os.chmod(folder, 0o700); use()\n"
    )
    with TemporaryDirectory() as open_to_all:  # unlike all that is in ``tmp_path``
        Path(open_to_all).chmod(0o777)

        assert outcome(place, code, MENDLOOP_DATA_DIR=open_to_all) == ("8 4", 1)


@pytest.mark.promise("record/spool-is-bounded")
def test_a_spool_that_nobody_reads(place: Place) -> None:
    code = (
        "from mendloop.recorder import room\nroom.MOST_HELD = 2_000\nroom.MOST_HELD_OF_FAILURES = 4_000\n"
        "for _ in range(50): use()\n"
    )
    counted, warnings = outcome(place, code)
    written, dropped = map(int, counted.split())

    assert (written + dropped, warnings) == (200, 1)
    assert sum(path.stat().st_size for path in place.spool.iterdir()) <= 4_000
    outcomes = [record["outcome"] for record in place.records()]
    assert outcomes.count("error") > outcomes.count("ok") > 0


def test_no_descriptors_left(place: Place) -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))\n"
        "double(0); held = []\n"
        "try:\n"
        "    while True: held.append(os.dup(0))\n"
        "except OSError: pass\n"
        "use()\n"
        "for one in held: os.close(one)\n"
        "use()\n"
    )
    counted, warnings = outcome(place, code)

    assert warnings <= 1
    assert sum(map(int, counted.split())) == 9


def test_no_threads_left(place: Place) -> None:
    code = (
        "import threading\n"
        'def none(self): raise RuntimeError("can\'t start new thread")\n'
        "threading.Thread.start = none\n"
        "use()\n"
    )

    assert outcome(place, code) == ("4 0", 0)


def test_a_fault_of_the_recorders_own(place: Place) -> None:
    code = (
        "from mendloop.recorder import lines\n"
        "def wrong(self, call): raise ZeroDivisionError('a bug')\n"
        "lines.Scribe.line = wrong\n"
        "use()\n"
    )

    assert outcome(place, code) == ("0 4", 1)


def test_whoever_interrupts_the_recorder_is_obeyed_and_what_it_cost_is_counted(
    place: Place,
) -> None:
    code = (
        "from mendloop.recorder import lines\n"
        "bare = lines.Scribe.line\n"
        "def pressed(self, call): raise KeyboardInterrupt\n"
        "double(1); mendloop.recorder.flush()\n"
        "lines.Scribe.line = pressed\n"
        "from mendloop.recorder.writer import WRITER\n"
        "WRITER._idle = False  # the thread lets the caller do it\n"
        "double(2); double(3)\n"
        "try: mendloop.recorder.flush()\n"
        "except KeyboardInterrupt: lines.Scribe.line = bare\n"
        "WRITER._idle = True; double(4); mendloop.recorder.flush()\n"
    )

    assert outcome(place, code) == ("2 2", 0)


def test_a_call_from_the_last_finalizer_does_not_hang(place: Place) -> None:
    code = "class Last:\n    def __del__(self, double=double): double(7)\nlast = Last(); use()\n"

    assert outcome(place, code) == ("4 0", 0)
    assert len(place.records()) >= 4


def test_an_isolated_interpreter(place: Place) -> None:
    done = place.run(_TOOL + "use()\n" + _SHOW, flags=["-I"], python=sys.executable)

    assert (done.stdout, done.stderr) == ("4 0\n", "")
