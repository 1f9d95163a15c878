"""Whose approvals count."""

import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from mendloop.bootstrap import House
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.person import account, refuse_agents, refuse_without_terminal
from mendloop.interfaces.cli.render.console import head, say
from mendloop.interfaces.cli.render.words import counted
from mendloop.interfaces.cli.shell import Shell
from mendloop.interfaces.cli.signing import KeyOption, key_path, new_passphrase, read_text
from mendloop.model.approval import Signer

commands: Final = typer.Typer()


class KeyAction(StrEnum):
    """What to do with the keys."""

    LIST = "list"
    NEW = "new"
    ADD = "add"
    REMOVE = "remove"


@command(commands, "keys")
def keys(
    shell: Shell,
    action: Annotated[
        KeyAction,
        typer.Argument(
            help="list: whose approvals count. new: make a key, and register it. add: register a "
            "public key. remove: let one count no more."
        ),
    ] = KeyAction.LIST,
    what: Annotated[
        str | None,
        typer.Argument(metavar="WHAT", help="add: the .pub file. remove: a name or fingerprint."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Whose key it is; by default the account's."),
    ] = None,
    key: KeyOption = None,
    no_passphrase: Annotated[  # noqa: FBT002  Typer makes a flag of it
        bool,
        typer.Option("--no-passphrase", help="new: keep the key open to all that runs as you."),
    ] = False,
) -> None:
    """Say whose signatures count as approvals, or change that.

    A key is OpenSSH's, Ed25519, and is best kept for this alone, under a passphrase, out of
    ssh-agent: what an agent runs can use an agent's keys.
    """
    match action:
        case KeyAction.LIST:
            _list(shell)
        case KeyAction.NEW:
            _new(shell, key_path(key), name or account(), bare=no_passphrase)
        case KeyAction.ADD:
            _add(shell, _wanted(what, "the .pub file"), name or account())
        case KeyAction.REMOVE:
            _remove(shell, _wanted(what, "its name or fingerprint"))


def _list(shell: Shell) -> None:
    async def read(house: House) -> tuple[tuple[Signer, ...], Path]:
        return house.desk.keys.register.all(), house.desk.keys.register.path

    known, path = shell.work(lambda house, _: read(house))
    shell.tell(
        {"register": str(path), "keys": [asdict(each) for each in known]},
        lambda: say(
            head(counted(len(known), "key"), f"in {path}")
            if known
            else head("no keys", "make one with `mendloop keys new`"),
            *(head(f"  {each.name}", each.key) for each in known),
        ),
    )


def _new(shell: Shell, path: Path, name: str, *, bare: bool) -> None:
    refuse_agents(os.environ)
    passphrase = "" if bare else new_passphrase()

    async def make(house: House) -> Signer:
        public = house.desk.pen.make(path, passphrase, f"mendloop-approval {name}")
        return await house.desk.keys.add(name, public, by=account())

    _tell(shell, shell.work(lambda house, _: make(house)), f"made {path} and registered it")


def _add(shell: Shell, what: str, name: str) -> None:
    refuse_agents(os.environ)
    public = read_text(Path(what), "a public key")
    refuse_without_terminal("")
    signer = shell.work(lambda house, _: house.desk.keys.add(name, public, by=account()))
    _tell(shell, signer, "registered")


def _remove(shell: Shell, what: str) -> None:
    refuse_agents(os.environ)
    refuse_without_terminal("")
    signer = shell.work(lambda house, _: house.desk.keys.remove(what, by=account()))
    _tell(shell, signer, "removed")


def _wanted(what: str | None, which: str) -> str:
    if what is None:
        raise typer.BadParameter(f"name {which}")
    return what


def _tell(shell: Shell, signer: Signer, done: str) -> None:
    shell.tell(asdict(signer), lambda: say(head(f"{done}: {signer.name}", signer.key)))
