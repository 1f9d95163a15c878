"""Where a person's key lies, and the passphrase that opens it."""

import getpass
from pathlib import Path
from typing import Annotated, Final

import platformdirs
import typer

from mendloop.bootstrap import House
from mendloop.errors import InvalidInput
from mendloop.interfaces.cli.person import refuse_without_terminal
from mendloop.model.approval import NAMESPACE

KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        envvar="MENDLOOP_APPROVAL_KEY",
        help="The private key; by default approval_key in the user's configuration folder.",
    ),
]
_NAME: Final = "approval_key"


def key_path(named: Path | None) -> Path:
    """The file of a person's private key."""
    place = named or platformdirs.user_config_path("mendloop") / _NAME
    return place.expanduser().absolute()


def signature(house: House, path: Path, manifest: str, namespace: str = NAMESPACE) -> str:
    """Sign a text for one purpose, asking for the passphrase where there is one.

    Raises:
        NotFound: There is no key.
        InvalidInput: It is no key that can sign here, or the passphrase is wrong.
        Refused: A passphrase is needed, and there is no terminal to ask for it.
    """
    passphrase = ""
    if house.desk.pen.locked(path):
        refuse_without_terminal("sign with `ssh-keygen` what --manifest or --document writes")
        passphrase = getpass.getpass(f"Passphrase of {path}: ")
    return house.desk.pen.sign(path, passphrase, manifest, namespace)


def new_passphrase() -> str:
    """Ask twice for a passphrase.

    Raises:
        Refused: There is no terminal.
        InvalidInput: It is empty, or the two are not the same.
    """
    refuse_without_terminal("say --no-passphrase where you mean it")
    first = getpass.getpass("Passphrase for the new key: ")
    if not first:
        raise InvalidInput(
            "A key without a passphrase can be used by anything that runs as you.",
            hint="Give it one; or say --no-passphrase where you mean it.",
        )
    if getpass.getpass("The same once more: ") != first:
        raise InvalidInput("The two are not the same.", hint="Run the command again.")
    return first


def read_text(path: Path, what: str) -> str:
    """A small text file that the person named.

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read.", hint=f"Name the file of {what}.") from error
