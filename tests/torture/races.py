"""Several deploy the same change at once, while somebody saves one of its files.

    python -m tests.torture.races [ROUNDS] [SEED]

Of the deployments at most one goes through, and the others are told of it. What was saved is in the
file in the end, whoever came first. Then files and records tell the same story.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from mendloop.core.monitor.watch import begin
from mendloop.model.execution import Tally
from tests.app.crashes import AFTER, EXTRA, REPLY, Noon, act, check, prepare
from tests.app.rig import RULE, rigged
from tests.torture.faults import Life, Work, live

_AT_ONCE: Final = 4
_LONGEST: Final = 0.4
"""Seconds after which somebody saves at the latest."""
_SAVED: Final = b"Answer in verse.\n"


def raced(folder: Path, rounds: int, seed: int) -> Iterator[str]:
    """Let them race; a line for each time that was wrong."""
    chance = np.random.default_rng(seed)
    template = folder / "template"
    template.mkdir()
    live(partial(prepare, template, "deploy"))
    for number in range(rounds):
        here = folder / f"{number}"
        shutil.copytree(template, here)
        saves = [] if number % 2 else [partial(_save, here, chance.uniform(0, _LONGEST))]
        yield from (
            f"round {number}: {each}" for each in _wrong(here, bool(saves), _run(here, saves))
        )
        shutil.rmtree(here)


def _run(here: Path, saves: Sequence[Callable[[], None]]) -> list[Life]:
    """All at once, each in a process of its own."""
    children = [_forked(each) for each in saves]
    works = [
        _told(here / f"life-{place}", partial(act, here, "deploy")) for place in range(_AT_ONCE)
    ]
    children += [_forked(each) for each in works]
    for child in children:
        os.waitpid(child, 0)
    return [_read(here / f"life-{place}") for place in range(_AT_ONCE)]


def _told(path: Path, work: Work) -> Callable[[], None]:
    def tell() -> None:
        life = live(work)
        path.write_text(f"{life.refused}\n{life.bug}", encoding="utf-8")

    return tell


def _read(path: Path) -> Life:
    refused, bug = path.read_text(encoding="utf-8").split("\n", 1)
    return Life(killed=False, refused=refused, bug=bug, met=False)


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def _save(here: Path, after: float) -> None:
    """As editors do: a new file in the place of the old one."""
    time.sleep(after)
    draft = here / "workspace" / "prompts" / ".reply.md.swp"
    draft.write_bytes(_SAVED)
    draft.replace(here / "workspace" / REPLY)


def _wrong(here: Path, saved: bool, lives: list[Life]) -> Iterator[str]:  # noqa: FBT001
    yield from (life.bug for life in lives if life.bug)
    done = sum(not (life.refused or life.bug) for life in lives)
    reply = (here / "workspace" / REPLY).read_bytes()
    if done > 1:
        yield f"{done} deployed the same change"
    if saved:
        if reply != _SAVED:
            yield f"what was saved is gone: {reply!r}"
        looked = live(partial(_recovered, here))
    else:
        if done != 1 or reply != AFTER[REPLY]:
            yield f"{done} deployed it: {[life.refused for life in lives]}"
        looked = live(partial(check, here, "deploy"))
    if looked.bug or looked.refused:
        yield looked.bug or looked.refused


async def _recovered(here: Path) -> None:
    """Nothing is half done; what was added went with the rest, or came with it."""
    async with rigged(here, Noon()) as rig:
        await rig.recoverer.recover()
        deployments = await rig.deployments()
        assert not [each for each in deployments if each.progress.unfinished]
        committed = [each for each in deployments if each.progress.value == "committed"]
        assert (EXTRA in rig.files()) == (len(committed) == 1), committed


def main(rounds: str = "100", seed: str = "1") -> int:
    """Try, and tell."""
    begin(Tally(calls=0, failures=0), RULE)  # remembered by every child
    with TemporaryDirectory() as name:
        wrong = list(raced(Path(name), int(rounds), int(seed)))
    sys.stdout.write(
        f"races: {rounds} rounds of {_AT_ONCE} deployments at once, every second one"
        f" with somebody who saves; {len(wrong)} wrong\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
