"""The power fails: of a copy of the disk, taken at any moment, files and records agree.

    python -m tests.torture.power [EVERY]

Workspace and state lie on an ext4 file system in a file, mounted so that the kernel writes nothing
by itself for ten minutes. The work is stopped before one of its steps, and the file is copied as it
stands: what was not synced is not in it. The copy is mounted in its place, and recovered. Only root
can mount.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mendloop.core.monitor.watch import begin
from mendloop.model.execution import Tally
from tests.app.crashes import AFTER, BEFORE, REPLY, act, check, in_child, prepare
from tests.app.rig import RULE
from tests.torture.faults import live

VERBS: Final = ("deploy", "rollback")
_SIZE: Final = "24M"
_OPTIONS: Final = "loop,commit=600,noauto_da_alloc"


def possible() -> str:
    """Why it cannot be tried here; empty where it can."""
    if os.geteuid() != 0:
        return "only root can mount"
    if shutil.which("mkfs.ext4") is None:
        return "mkfs.ext4 is missing"
    with TemporaryDirectory() as name, _disk(Path(name)) as mounted:
        return "" if mounted else "nothing can be mounted here"


@contextmanager
def _disk(folder: Path) -> Generator[bool]:
    """An empty disk, and whether it could be mounted."""
    image, place = folder / "image", folder / "place"
    place.mkdir(exist_ok=True)
    _run("truncate", "-s", _SIZE, str(image))
    _run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0", str(image))
    mounted = _mount(image, place)
    try:
        yield mounted
    finally:
        if mounted:
            _run("umount", str(place))


def cut(folder: Path, verb: str, every: int) -> Iterator[str]:
    """Cut the power before every so many steps of a verb; a line for each time that was wrong.

    The last line tells how many times it was cut.
    """
    template = folder / "template"
    template.mkdir()
    with _disk(template) as mounted:
        assert mounted
        ready = live(partial(prepare, template / "place", verb))
        assert ready.bug + ready.refused == ""
    points, step = 0, 1
    while True:
        killed, wrong = _cut_once(folder, template, verb, step)
        if wrong:
            yield f"{verb}, power cut before step {step}: {wrong}"
        points += 1
        if not killed:
            break
        step += every
    yield f"{points}"


def _cut_once(folder: Path, template: Path, verb: str, step: int) -> tuple[bool, str]:
    here = folder / f"{verb}-{step}"
    here.mkdir()
    # at the same place as before: the records name it
    place, before, after = template / "place", here / "before", here / "after"
    _run("cp", "--sparse=always", str(template / "image"), str(before))
    assert _mount(before, place)
    try:
        killed, bug = in_child(partial(act, place, verb), step=step)
        _run("cp", "--sparse=always", str(before), str(after))
    finally:
        _run("umount", str(place))
    if bug:
        return killed, bug
    assert _mount(after, place)
    try:
        reply = (place / "workspace" / REPLY).read_bytes()
        if not killed and reply != (AFTER if verb == "deploy" else BEFORE)[REPLY]:
            return killed, "it was answered for, and is not so"
        looked = live(partial(check, place, verb))
    finally:
        _run("umount", str(place))
    shutil.rmtree(here)
    return killed, looked.bug or looked.refused


def _mount(image: Path, place: Path) -> bool:
    command = ["mount", "-o", _OPTIONS, str(image), str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def main(every: str = "1") -> int:
    """Try, and tell."""
    begin(Tally(calls=0, failures=0), RULE)  # remembered by every child
    if reason := possible():
        sys.stdout.write(f"power cuts: not tried, {reason}\n")
        return 0
    wrong: list[str] = []
    for verb in VERBS:
        with TemporaryDirectory() as name:
            *told, points = cut(Path(name), verb, int(every))
        sys.stdout.write(f"power cuts, {verb}: {points}, {len(told)} wrong\n")
        wrong += told
    sys.stdout.writelines(f"  {each}\n" for each in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
