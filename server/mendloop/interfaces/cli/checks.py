"""What ``doctor`` tries."""

import platform
import stat
from pathlib import Path
from typing import Final

from mendloop.bootstrap import House
from mendloop.errors import MendloopError, Unavailable
from mendloop.interfaces.cli.checked import Checked
from mendloop.interfaces.cli.shell import Shell
from mendloop.model.observation import SandboxState
from mendloop.settings import MANIFEST, Settings
from mendloop.store.sqlite import library_version

_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_SANDBOX: Final = (
    "Linux 5.19 or later with Landlock is needed (`cat /sys/kernel/security/lsm` names it), on "
    "x86_64 or aarch64; a container needs a seccomp profile that allows landlock_* and seccomp."
)


def examined(shell: Shell) -> tuple[Checked, ...]:
    """Try everything; what does not work is found, not raised.

    Raises:
        InvalidInput: The settings cannot be read, so that nothing can be tried.
    """
    settings = shell.settings()
    first = (
        Checked(name="python", ok=True, found=f"{platform.python_version()} runs mendloop"),
        Checked(name="SQLite", ok=True, found=library_version()),
        _manifest_file(settings),
        _private(settings.state),
    )
    try:
        rest = shell.work(lambda house, _: _inside(house, settings))
    except Unavailable as error:
        rest = (Checked(name="databases", ok=False, found=error.message, mend=error.hint),)
    return (*first, *rest)


async def _inside(house: House, settings: Settings) -> tuple[Checked, ...]:
    chain = await house.loop.reader.audit_check()
    audit = Checked(
        name="audit log",
        ok=chain.broken_at is None,
        found=f"{chain.entries} entries are sound",
        mend="" if chain.broken_at is None else "Compare it with a copy: `mendloop audit export`.",
        needed=False,
    )
    sandbox = await house.loop.reader.sandbox_state()
    return (
        Checked(name="databases", ok=True, found=str(settings.state)),
        audit,
        *_tools(house),
        *_layers(sandbox),
    )


def _manifest_file(settings: Settings) -> Checked:
    path = settings.workspace / MANIFEST
    there = path.is_file()
    return Checked(
        name="workspace",
        ok=there,
        found=str(path) if there else f"{settings.workspace} has no {MANIFEST}",
        mend="" if there else "`mendloop init > mendloop.toml` makes one; or name the folder: -w.",
        needed=False,
    )


def _private(folder: Path) -> Checked:
    mode = stat.S_IMODE(folder.stat().st_mode)
    private = not mode & _OPEN_TO_OTHERS
    return Checked(
        name="state folder",
        ok=private,
        found=f"{folder} has mode {mode:04o}",
        mend="" if private else f"Others can read what was recorded: chmod 700 {folder}",
        needed=False,
    )


def _tools(house: House) -> tuple[Checked, ...]:
    """The manifest as it reads, and the interpreter that it names."""
    workspace = house.loop.reader.workspace
    try:
        targets = len(workspace.manifest().targets)
        python = workspace.python()
    except MendloopError as error:
        return (Checked(name="targets", ok=False, found=error.message, mend=error.hint),)
    return (
        Checked(name="targets", ok=True, found=f"{targets} declared"),
        Checked(name="interpreter", ok=True, found=f"{python} runs the tools"),
    )


def _layers(sandbox: SandboxState) -> tuple[Checked, ...]:
    held = not sandbox.missing
    tier = Checked(
        name="sandbox",
        ok=held,
        found=f"tier {sandbox.tier}" if held else "; ".join(sandbox.missing),
        mend="" if held else _SANDBOX,
    )
    layers = (
        Checked(name=f"sandbox: {name}", ok=name not in sandbox.missing, found=seen)
        for name, seen in sandbox.layers.items()
    )
    return (tier, *layers)
