"""A person's key file, without loading what signs before somebody signs."""

from pathlib import Path

from mendloop.model.approval import NAMESPACE
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class Pen:
    """Makes keys and signs with them."""

    def make(self, path: Path, passphrase: str, comment: str) -> str:
        """Make a key, and return its public line.

        Raises:
            Conflict: There is such a file already.
            Unavailable: It cannot be written.
        """
        from mendloop.adapters.signing.private import (  # noqa: PLC0415  cryptography loads with it
            new_key,
        )

        return new_key(path, passphrase, comment)

    def locked(self, path: Path) -> bool:
        """Whether a key needs a passphrase.

        Raises:
            NotFound: There is no key.
            InvalidInput: It is no key that can sign here.
        """
        from mendloop.adapters.signing.private import locked  # noqa: PLC0415  as above

        return locked(path)

    def sign(self, path: Path, passphrase: str, text: str, namespace: str = NAMESPACE) -> str:
        """Sign a text for one purpose.

        Raises:
            NotFound: There is no key.
            InvalidInput: It is no key that can sign here, or the passphrase is wrong.
        """
        from mendloop.adapters.signing.private import signed  # noqa: PLC0415  as above

        return signed(path, passphrase, text.encode(), namespace)
