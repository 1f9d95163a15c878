"""What ``doctor`` tries."""

import platform
import stat
from pathlib import Path
from typing import Final

from mendloop.app.ports import Workspace
from mendloop.bootstrap import House
from mendloop.core.investigate.source import extent
from mendloop.errors import MendloopError, Unavailable
from mendloop.interfaces.cli.checked import Checked
from mendloop.interfaces.cli.render.words import counted
from mendloop.interfaces.cli.shell import Shell
from mendloop.interfaces.cli.signing import key_path
from mendloop.model.observation import SandboxState
from mendloop.model.target import Target, TargetKind
from mendloop.settings import MANIFEST, Settings
from mendloop.store.sqlite import library_version

_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_BARE: Final = "; {} has no passphrase: what runs as you can approve with it"
_GUARD_KEY: Final = "Give the key a passphrase: ssh-keygen -p -f {}"
_TIER: Final = "tier "
"""How the name of a layer begins that is a better tier, tried and not held."""


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
        found=f"{counted(chain.entries, 'entry', 'entries')}, none was changed"
        if chain.broken_at is None
        else f"broken at entry {chain.broken_at}",
        mend="" if chain.broken_at is None else "Compare it with a copy: `mendloop audit export`.",
        needed=False,
    )
    sandbox = await house.loop.reader.sandbox_state()
    return (
        Checked(name="databases", ok=True, found=str(settings.state)),
        audit,
        _keys(house),
        await _standing(house),
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


def _keys(house: House) -> Checked:
    """Whose approvals count, and who says so."""
    register = house.desk.keys.register
    known = len(register.all())
    key = key_path(None)
    bare = key.is_file() and not _locked(house, key)
    guard = (
        "another account keeps the register"
        if register.guarded
        else "this account keeps the register: what runs as you can add a key"
    )
    return Checked(
        name="approvals",
        ok=known > 0 and not bare,
        found=f"keys that count: {known}; {guard}{_BARE.format(key) if bare else ''}",
        mend=_GUARD_KEY.format(key)
        if bare
        else ""
        if known
        else "`mendloop keys new` makes one; without it nothing can be approved.",
        needed=False,
    )


def _locked(house: House, key: Path) -> bool:
    """Whether a key has a passphrase; one that cannot be read tempts nobody."""
    try:
        return house.desk.pen.locked(key)
    except MendloopError:
        return True


async def _standing(house: House) -> Checked:
    """What people have let through beforehand."""
    live = await house.loop.reader.standing()
    found = "; ".join(f"{each.given.id} by {each.by}, {each.left} left now" for each in live)
    return Checked(name="standing approvals", ok=True, found=found or "none in force", needed=False)


def _tools(house: House) -> tuple[Checked, ...]:
    """The manifest as it reads, and the interpreter that it names."""
    workspace = house.loop.reader.workspace
    try:
        targets = workspace.manifest().targets
        gone = [name for name, target in targets.items() if not _there(workspace, target)]
        python = workspace.python()
    except MendloopError as error:
        return (Checked(name="targets", ok=False, found=error.message, mend=error.hint),)
    return (
        Checked(
            name="targets",
            ok=not gone,
            found=f"{len(targets)} declared" + (f"; not there: {', '.join(gone)}" if gone else ""),
            mend="Put right what mendloop.toml says of them, or take them out." if gone else "",
            needed=False,
        ),
        Checked(name="interpreter", ok=True, found=f"{python} runs the tools"),
    )


def _there(workspace: Workspace, target: Target) -> bool:
    """Whether a target's file is there, and its function in it."""
    try:
        text = workspace.read(target.path).decode(errors="replace")
    except MendloopError:
        return False
    return target.kind is not TargetKind.FUNCTION or extent(text, target.selector) is not None


def _layers(sandbox: SandboxState) -> tuple[Checked, ...]:
    """The tier, what would make it a better one, and every layer as it was found."""
    held = not sandbox.missing
    tier = Checked(
        name="sandbox",
        ok=held,
        found=f"tier {sandbox.tier}" if held else "; ".join(sandbox.missing),
        mend="" if held else " ".join(sandbox.hints),
    )
    better = sandbox.hints if held else ()
    layers = (
        Checked(
            name=f"sandbox: {name}",
            ok=name not in sandbox.missing and not (better and name.startswith(_TIER)),
            found=seen,
            mend=" ".join(better) if name.startswith(_TIER) else "",
            needed=not name.startswith(_TIER),
        )
        for name, seen in sandbox.layers.items()
    )
    return (tier, *layers)
