"""Kill real work at one of its steps, recover in another process, and look at what is left.

Run as a program, so that it can fork: it has no thread of its own.

    python -m tests.app.crashes FOLDER VERB EVERY     kill before every EVERYth step of VERB
    python -m tests.app.crashes FOLDER VERB prepare   lay a workspace out at FOLDER for VERB
    python -m tests.app.crashes FOLDER VERB act       only do VERB, in the workspace at FOLDER
    python -m tests.app.crashes FOLDER VERB check     only recover at FOLDER, and look
"""

import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import anyio

from mendloop.core.monitor.watch import begin
from mendloop.errors import MendloopError
from mendloop.model.deployment import Deployment, Progress
from mendloop.model.execution import Tally
from mendloop.model.ids import TargetName, digest_of
from mendloop.model.in_git import GitMode, GitState
from tests.app.repositories import Repository
from tests.app.repositories import begin as begin_repository
from tests.app.rig import FILES, RULE, Rig, lay_out, rigged
from tests.interrupt import interrupted

REPLY, EXTRA = "prompts/reply.md", "prompts/extra.md"
BEFORE = FILES
GIT = {"commit": GitMode.COMMIT, "revert": GitMode.COMMIT, "branch": GitMode.BRANCH}
AFTER = {**FILES, REPLY: b"Answer at length.\n", EXTRA: b"New.\n"}
EDITED = {**AFTER, REPLY: b"Edited by somebody.\n"}
TARGET = TargetName("reply")
DRIFTS = frozenset({"adopt", "restore"})


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, 12, tzinfo=UTC)


async def prepare(folder: Path, verb: str) -> None:
    """Bring a workspace to where the verb begins."""
    lay_out(folder)
    if verb in GIT:
        begin_repository(folder / "workspace")
    async with opened(folder, verb) as rig:
        wanted = await rig.propose({REPLY: AFTER[REPLY], EXTRA: AFTER[EXTRA]}, targets=(TARGET,))
        if verb in {"rollback", "revert", *DRIFTS}:
            await rig.deployer.deploy(wanted)
        if verb in DRIFTS:
            await rig.warden.look()
            (rig.root / REPLY).write_bytes(EDITED[REPLY])
            await rig.warden.look()


async def act(folder: Path, verb: str) -> None:
    """Do what may be killed."""
    async with opened(folder, verb) as rig:
        match verb:
            case "deploy" | "commit" | "branch":
                async with rig.state.reading() as tables:
                    [proposal] = await tables.proposals.page(limit=2)
                await rig.deployer.deploy(proposal.id)
            case "adopt":
                await rig.accepter.adopt([TARGET], by="anna")
            case "restore":
                await rig.accepter.restore([TARGET], reason="not ours", by="anna")
            case "rollback" | "revert":
                await rig.roller.rollback(target=TARGET, reason="worse", by="monitor")
            case _:
                await rig.recoverer.recover()


async def check(folder: Path, verb: str) -> None:
    """Recover, then see that files and records agree, and that nothing is left lying about."""
    async with opened(folder, verb) as rig:
        await rig.recoverer.recover()
        assert await rig.recoverer.recover() == ()
        if verb in DRIFTS:
            await _told(rig, verb)
            return
        files = {path: content for path, content in rig.files().items() if ".git/" not in path}
        deployments = await rig.deployments()
        if verb in GIT:
            _committed(Repository(rig.root), files, deployments)
        if verb != "branch":
            await _agree(rig, verb, files, deployments)


def opened(folder: Path, verb: str) -> AbstractAsyncContextManager[Rig]:
    """The workspace, as it is set for a verb."""
    return rigged(folder, Noon(), git=GIT.get(verb, GitMode.OFF))


def _committed(
    repository: Repository, files: dict[str, bytes], deployments: list[Deployment]
) -> None:
    """See that the repository agrees with the files and the records, once for each deployment."""
    made = [each.git for each in deployments if each.git and each.git.state is GitState.MADE]
    commits = repository.git("rev-list", "--branches", "--min-parents=1").splitlines()
    assert sorted(each.commit for each in made) == sorted(commits)
    assert {each.progress for each in deployments} <= {
        Progress.COMMITTED, Progress.UNDONE, Progress.ABORTED, Progress.HANDED_OVER
    }  # fmt: skip
    assert repository.status() == []
    assert {path: repository.held(path) for path in files} == files
    assert len(made) == len(
        [
            each
            for each in deployments
            if each.progress in {Progress.COMMITTED, Progress.HANDED_OVER}
        ]
    )
    repository.sound()


async def _agree(
    rig: Rig, verb: str, files: dict[str, bytes], deployments: list[Deployment]
) -> None:
    assert files in (BEFORE, AFTER), f"half done: {sorted(files)}"
    assert not [each for each in deployments if each.progress.unfinished or each.conflicts]
    committed = [each for each in deployments if each.progress is Progress.COMMITTED]
    assert files == (AFTER if len(committed) == 1 else BEFORE), (verb, committed)
    versions = await rig.versions(TARGET)
    assert len(versions) == (len(committed) + 1 if committed else 0)
    assert not versions or versions[-1].digest == digest_of(files[REPLY])
    async with rig.state.reading() as tables:
        assert len(await tables.watches.active()) == (len(committed) == 1)
    events = await rig.events()
    assert events.count("deploy_committed") + events.count("rollback_committed") == len(committed)
    assert not list(rig.root.rglob(".mendloop-*"))
    for version in versions:
        assert rig.blobs.get(version.digest)


async def _told(rig: Rig, verb: str) -> None:
    """See that an edit is either still one, or kept or undone, wholly."""
    files, versions = rig.files(), await rig.versions(TARGET)
    drifted = [file.path for file in await rig.warden.look()]
    async with rig.state.reading() as tables:
        watched = len(await tables.watches.active())
    assert files in (EDITED, AFTER if verb == "restore" else EDITED), f"half done: {sorted(files)}"
    if drifted:
        assert (drifted, files, len(versions), watched) == ([REPLY], EDITED, 2, 1)
    else:
        made = {"adopt": ["person"], "restore": ["unknown", "anna"]}[verb]
        assert [version.by for version in versions[2:]] == made
        assert versions[-1].digest == digest_of(files[REPLY])
        assert watched == (verb == "restore")
    assert not list(rig.root.rglob(".mendloop-*"))
    for version in versions:
        assert rig.blobs.get(version.digest)


def kill(_: str) -> None:
    """Die as by a power cut, as far as this process is concerned."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], Awaitable[None]], step: int = 0) -> tuple[bool, str]:
    """Work in a process of its own, killed before a step.

    Returns:
        Whether it was killed, and what went wrong otherwise.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        wrong = b""
        try:
            with interrupted({step: kill}, threads=True):
                anyio.run(work)
        except BaseException as error:  # noqa: BLE001  told to the parent, which judges
            wrong = f"{type(error).__name__}: {error}".encode()
        os.write(writing, wrong)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return os.WIFSIGNALED(status), pipe.read().decode()


def sweep(folder: Path, verb: str, every: int) -> int:
    """Kill at every so many steps.

    Returns:
        At how many.
    """
    begin(Tally(calls=0, failures=0), RULE)  # remembered by every child
    template = folder / "template"
    template.mkdir()
    before = "deploy" if verb == "recover" else verb
    _expect(in_child(partial(prepare, template, before)))
    if verb == "recover":
        # half of the files are in place when the first life ends
        killed, _ = in_child(partial(act, template, "deploy"), step=_middle(folder, template))
        assert killed
    points = 0
    step = 1
    while True:
        here = folder / f"{verb}-{step}"
        shutil.copytree(template, here)
        killed, wrong = in_child(partial(act, here, verb), step=step)
        if not killed:
            _expect((killed, wrong))
        _, wrong = in_child(partial(check, here, verb))
        if wrong:
            raise AssertionError(f"{verb} killed before step {step}: {wrong}")
        shutil.rmtree(here)
        if not killed:
            return points
        points += 1
        step += every


def _middle(folder: Path, template: Path) -> int:
    """A step of a deployment at which the first of its files is in place and the second is not."""
    for step in range(1, 1000):
        here = folder / f"middle-{step}"
        shutil.copytree(template, here)
        in_child(partial(act, here, "deploy"), step=step)
        state = {path.name for path in (here / "workspace" / "prompts").iterdir()}
        reply = (here / "workspace" / REPLY).read_bytes()
        shutil.rmtree(here)
        if reply == AFTER[REPLY] and "extra.md" not in state:
            return step
    raise AssertionError("no such step")


def _expect(result: tuple[bool, str]) -> None:
    killed, wrong = result
    if killed or wrong:
        raise AssertionError(wrong or "killed")


def main(folder: str, verb: str, how: str) -> None:
    """Do what the command line says."""
    where = Path(folder)
    match how:
        case "act":
            try:
                anyio.run(act, where, verb)
            except MendloopError as error:
                sys.exit(f"{error.code}: {error}")
        case "check":
            anyio.run(check, where, verb)
        case "prepare":
            anyio.run(prepare, where, verb)
        case _:
            print(sweep(where, verb, int(how)), "points")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
