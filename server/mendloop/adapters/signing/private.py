"""A person's own key: made, kept under a passphrase, and used."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mendloop.adapters.signing.signature import sign
from mendloop.errors import Conflict, InvalidInput, NotFound, Unavailable
from mendloop.model.approval import NAMESPACE


def new_key(path: Path, passphrase: str, comment: str) -> str:
    """Make an Ed25519 key in OpenSSH's form, and its ``.pub`` beside it.

    Args:
        path: Where it is kept; only its owner can read it.
        passphrase: What it is kept under; empty for nothing.
        comment: What its public line ends with.

    Returns:
        The public line.

    Raises:
        Conflict: There is such a file already.
        Unavailable: It cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    how = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, how
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    line = f"{public.decode()} {comment}"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123  has no mode
            file.write(private)
        path.with_name(f"{path.name}.pub").write_text(f"{line}\n", encoding="utf-8")
    except FileExistsError:
        raise Conflict(
            f"There is a key at {path} already.",
            hint="Use it, or name another place with --key.",
        ) from None
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written: {error.strerror}.", hint="Name another place with --key."
        ) from error
    return line


def locked(path: Path) -> bool:
    """Whether a key needs a passphrase.

    Raises:
        NotFound: There is no key.
        InvalidInput: It is no key that can sign here.
    """
    try:
        _load(_read(path), None)
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable(path) from error
    return False


def signed(path: Path, passphrase: str, message: bytes, namespace: str = NAMESPACE) -> str:
    """Sign a message for one purpose.

    Raises:
        NotFound: There is no key.
        InvalidInput: It is no key that can sign here, or the passphrase is wrong.
    """
    try:
        key = _load(_read(path), passphrase.encode() if passphrase else None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        if passphrase:
            raise InvalidInput(
                "The passphrase does not open the key.", hint="Nothing was signed. Try again."
            ) from error
        raise _unusable(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(path)
    return sign(key, message, namespace)


def _load(data: bytes, passphrase: bytes | None) -> object:
    return serialization.load_ssh_private_key(data, passphrase)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"There is no key at {path}.",
            hint="Make one with `mendloop keys new`, or name yours with --key.",
        ) from None
    except OSError as error:
        raise NotFound(
            f"The key {path} cannot be read: {error.strerror}.", hint="Name another with --key."
        ) from error


def _unusable(path: Path) -> InvalidInput:
    return InvalidInput(
        f"{path} is no Ed25519 key of OpenSSH.",
        hint="`mendloop keys new` makes one. A security key signs with `mendloop approve "
        "--manifest FILE` and ssh-keygen.",
    )
