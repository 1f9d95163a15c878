"""New names, from the system's randomness."""

import secrets
from typing import Final

_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 8


class RandomIds:
    """Eight characters that are hard to misread: 39 bits, unique within any one workspace."""

    def new(self, prefix: str) -> str:
        """A name such as ``p-7k3f9q2m``."""
        return f"{prefix}-{''.join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))}"
