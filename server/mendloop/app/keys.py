"""Whose approvals count, and what a person signs them with."""

from pathlib import Path
from typing import Protocol

from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.model.approval import NAMESPACE, Signer
from mendloop.store.state import State


class Register(Protocol):
    """The public keys that count."""

    @property
    def path(self) -> Path:
        """Where they are written down."""
        ...

    @property
    def guarded(self) -> bool:
        """Whether another account than this one's says whose keys count."""
        ...

    def all(self) -> tuple[Signer, ...]:
        """Everybody whose signature counts."""
        ...

    def add(self, name: str, public: str) -> Signer:
        """Let a key count.

        Raises:
            InvalidInput: The name or the key is not acceptable.
            Conflict: The key counts already.
            Unavailable: The register cannot be written.
        """
        ...

    def remove(self, wanted: str) -> Signer:
        """Let a key, by its name or fingerprint, count no more.

        Raises:
            NotFound: There is none, or several have that name.
            Unavailable: The register cannot be written.
        """
        ...


class Pen(Protocol):
    """What signs."""

    def make(self, path: Path, passphrase: str, comment: str) -> str:
        """Make a key, and return its public line.

        Raises:
            Conflict: There is such a file already.
            Unavailable: It cannot be written.
        """
        ...

    def locked(self, path: Path) -> bool:
        """Whether a key needs a passphrase.

        Raises:
            NotFound: There is no key.
            InvalidInput: It is no key that can sign here.
        """
        ...

    def sign(self, path: Path, passphrase: str, text: str, namespace: str = NAMESPACE) -> str:
        """Sign a text for one purpose.

        Raises:
            NotFound: There is no key.
            InvalidInput: It is no key that can sign here, or the passphrase is wrong.
        """
        ...


@service
class Keys:
    """Keeps the register, and the audit log of it."""

    state: State
    register: Register
    clock: Clock

    async def add(self, name: str, public: str, *, by: str) -> Signer:
        """Let a key count.

        Raises:
            InvalidInput: The name or the key is not acceptable.
            Conflict: The key counts already.
            Unavailable: The register cannot be written.
        """
        signer = self.register.add(name, public)
        await self._note("key_added", signer, by)
        return signer

    async def remove(self, wanted: str, *, by: str) -> Signer:
        """Let a key count no more; what it has signed and is not yet used counts no more either.

        Raises:
            NotFound: There is none, or several have that name.
            Unavailable: The register cannot be written.
        """
        signer = self.register.remove(wanted)
        await self._note("key_removed", signer, by)
        return signer

    async def _note(self, event: str, signer: Signer, by: str) -> None:
        async with self.state.transaction() as tables:
            await tables.audit.append(
                event, {"name": signer.name, "key": signer.key, "by": by}, at=self.clock.now()
            )
