"""Every system call that changes something fails, or is the last one of its process.

    python -m tests.torture.syscalls VERB CALL [EVERY]

At each call of a two-file deployment, of its rollback and of its recovery: the process is killed;
the call fails once; it fails from then on. Then another process recovers, and files and records
must tell the same story, all old or all new. What was answered for must be so.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mendloop.core.monitor.watch import begin
from mendloop.model.execution import Tally
from tests.app.crashes import AFTER, BEFORE, REPLY, act, check, prepare
from tests.app.rig import RULE
from tests.torture.faults import Fault, Life, live

VERBS: Final = ("deploy", "rollback", "recover")
CALLS: Final = (
    "renameat2",
    "rename",
    "linkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fdatasync",
    "fchmod",
    "fchown",
    "utimensat",
    "flock",
)
"""That one of the verbs makes, and that change something or wait for somebody."""
ERRORS: Final = ("ENOSPC", "EIO", "EACCES", "EINVAL")
_MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Count:
    """What has been tried, and what was wrong."""

    kills: int
    errors: int
    wrong: tuple[str, ...]


def tried(folder: Path, verb: str, call: str, every: int) -> Count:
    """Let one call of a verb go wrong at every so many of the times that it is made."""
    begin(Tally(calls=0, failures=0), RULE)  # remembered by every child
    template = folder / "template"
    template.mkdir()
    _lay_out(template, verb)
    counts = {"kills": 0, "errors": 0}
    wrong: list[str] = []
    for what in ("signal=KILL", *(f"error={name}" for name in ERRORS)):
        for when in _times(what):
            for number in range(1, _MOST, every):
                fault = Fault(call=call, what=what, when=f"{number}{when}")
                here = folder / "here"
                shutil.copytree(template, here)
                life = live(partial(act, here, verb), fault, log=folder / "log")
                wrong += [f"{verb}, {fault.told}: {each}" for each in _wrong(here, verb, life)]
                shutil.rmtree(here)
                if not life.met:
                    break
                counts["kills" if life.killed else "errors"] += 1
    return Count(counts["kills"], counts["errors"], tuple(wrong))


def _times(what: str) -> tuple[str, ...]:
    return ("",) if what.startswith("signal") else ("", "+")


def _lay_out(template: Path, verb: str) -> None:
    """Bring a workspace to where the verb begins; recovery begins in the middle of a deployment."""
    ready = live(partial(prepare, template, "deploy" if verb == "recover" else verb))
    if verb == "recover":
        # the first file is in place, and the second is about to be
        fault = Fault(call="linkat", what="signal=KILL", when="1")
        ready = live(partial(act, template, "deploy"), fault, log=template.parent / "log")
        if not ready.killed:
            raise AssertionError("nothing is left to recover")
        return
    if ready.bug or ready.refused:
        raise AssertionError(ready.bug or ready.refused)


def _wrong(here: Path, verb: str, life: Life) -> Iterator[str]:
    if life.bug:
        yield f"an error that nobody is told how to mend: {life.bug}"
    reply = (here / "workspace" / REPLY).read_bytes()
    if not (life.killed or life.refused or life.bug):
        done = {"deploy": AFTER[REPLY], "rollback": BEFORE[REPLY], "recover": BEFORE[REPLY]}
        if reply != done[verb]:
            yield "it was answered for, and is not so"
    looked = live(partial(check, here, verb))
    if looked.bug or looked.refused:
        yield looked.bug or looked.refused


def fast() -> str | None:
    """A folder in memory: what fails here is not the disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  only named


def main(verb: str, call: str, every: str = "1") -> int:
    """Try, and tell."""
    with TemporaryDirectory(dir=fast()) as name:
        count = tried(Path(name), verb, call, int(every))
    sys.stdout.write(f"{count.kills} {count.errors}\n")
    sys.stdout.writelines(f"{each}\n" for each in count.wrong)
    return 1 if count.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
