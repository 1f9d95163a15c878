"""Whose keys count: a file in OpenSSH's form, ``allowed_signers`` (ssh-keygen(1))."""

import base64
import binascii
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from mendloop.errors import Conflict, InvalidInput, NotFound, Unavailable
from mendloop.model.approval import NAMESPACE, Signer
from mendloop.model.standing import STANDING
from mendloop.noun import dataclass

_LINE: Final = re.compile(
    r"(?P<names>\S+)\s+(?:(?P<options>(?:[^\s\"]|\"[^\"]*\")+)\s+)?"
    r"(?P<kind>ssh-ed25519|sk-ssh-ed25519@openssh\.com)\s+(?P<key>[A-Za-z0-9+/=]+)(?:\s.*)?"
)
_NAME: Final = re.compile(r"[\w.@+-]{1,100}")
_NAMESPACES: Final = re.compile(r'namespaces="([^"]*)"', re.IGNORECASE)
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SignersFile:
    """A file of public keys; what a line of it does not understand does not count."""

    path: Path

    def signer(self, message: bytes, signature: str, namespace: str = NAMESPACE) -> Signer | str:
        """Who has signed a message for one purpose, or why nobody who counts has."""
        from mendloop.adapters.signing.fields import (  # noqa: PLC0415  cryptography loads with it
            Malformed,
        )
        from mendloop.adapters.signing.signature import key_of  # noqa: PLC0415  as above

        try:
            key = key_of(message, signature, namespace)
        except Malformed as error:
            return f"The signature does not count: {error}."
        for name, known in self._known(namespace):
            if known == key:
                return Signer(name=name, key=fingerprint(key))
        for_this = "" if namespace == NAMESPACE else f" for {namespace}"
        return f"The key {fingerprint(key)} is not registered{for_this}."

    def all(self) -> tuple[Signer, ...]:
        """Everybody whose signature counts."""
        return tuple(Signer(name=name, key=fingerprint(key)) for name, key in self._known())

    def add(self, name: str, public: str) -> Signer:
        """Let a key count.

        Args:
            name: Whose it is.
            public: The line of a ``.pub`` file.

        Raises:
            InvalidInput: The name or the key is not acceptable.
            Conflict: The key counts already.
            Unavailable: The file cannot be written.
        """
        if _NAME.fullmatch(name) is None:
            raise InvalidInput(
                f"{name[:100]!r} is no name for a key.",
                hint="Use letters, digits and . @ + - _, such as ada@example.com.",
            )
        words = public.split()
        line = f'{name} namespaces="{NAMESPACE},{STANDING}" {" ".join(words[:2])}'
        found = _parsed(line)
        if len(words) < 2 or found is None:  # noqa: PLR2004  a kind and a key
            raise InvalidInput(
                "It is no public key of a kind that counts.",
                hint="Ed25519 is: `mendloop keys new`, or `ssh-keygen -t ed25519` (ed25519-sk).",
            )
        for known_name, known in self._known():
            if known == found[1]:
                raise Conflict(
                    f"The key is registered already, as {known_name}.",
                    hint="`mendloop keys` lists them.",
                )
        self._write([*self._lines(), line])
        return Signer(name=name, key=fingerprint(found[1]))

    def remove(self, wanted: str) -> Signer:
        """Let a key count no more.

        Args:
            wanted: Its name or its fingerprint.

        Raises:
            NotFound: There is none, or several have that name.
            Unavailable: The file cannot be written.
        """
        lines = self._lines()
        hits = [
            (line, Signer(name=found[0], key=fingerprint(found[1])))
            for line in lines
            if (found := _parsed(line)) is not None and wanted in {found[0], fingerprint(found[1])}
        ]
        if len(hits) != 1:
            how_many = "No key has" if not hits else f"{len(hits)} keys have"
            raise NotFound(
                f"{how_many} the name or fingerprint {wanted[:100]!r}.",
                hint="`mendloop keys` lists them; a fingerprint names exactly one.",
            )
        [(gone, signer)] = hits
        self._write([line for line in lines if line is not gone])
        return signer

    @property
    def guarded(self) -> bool:
        """Whether another account than this one's says whose keys count."""
        try:
            return self.path.stat().st_uid != os.getuid() and not os.access(self.path, os.W_OK)
        except FileNotFoundError:
            return False

    def _known(self, namespace: str = NAMESPACE) -> Iterator[tuple[str, bytes]]:
        for line in self._lines():
            found = _parsed(line, namespace)
            if found is not None:
                yield found

    def _lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                data = file.read(_LARGEST)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Unavailable(
                f"{self.path} cannot be read: {error.strerror}.",
                hint="It says whose approvals count; mend its permissions.",
            ) from error
        return data.decode(errors="replace").splitlines()

    def _write(self, lines: list[str]) -> None:
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  has no mode
                file.write("".join(f"{line}\n" for line in lines))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise Unavailable(
                f"{self.path} cannot be written: {error.strerror}.",
                hint="Where it belongs to an administrator, ask them to register the key.",
            ) from error


def fingerprint(key: bytes) -> str:
    """A public key's name for itself, as ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(sha256(key).digest()).decode().rstrip("=")


def _parsed(line: str, namespace: str = NAMESPACE) -> tuple[str, bytes] | None:
    """The first name and the key of one line that lets it sign for one purpose."""
    found = _LINE.fullmatch(line.strip())
    if found is None or line.lstrip().startswith("#"):
        return None
    options = found["options"] or ""
    rest = _NAMESPACES.sub("", options).strip(",")
    purposes = _NAMESPACES.search(options)
    # an option that is not understood could be a limit: the line then does not count
    if rest or (purposes is not None and namespace not in purposes[1].split(",")):
        return None
    try:
        return found["names"].split(",")[0], base64.b64decode(found["key"], validate=True)
    except binascii.Error:
        return None
