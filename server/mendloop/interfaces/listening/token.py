"""The one secret that opens an HTTP face: a bearer token."""

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Final

from mendloop.errors import InvalidInput

LEAST_TOKEN: Final = 16
"""Characters of a token."""
_MOST_TOKEN: Final = 4096


class Bearer:
    """Knows the token again."""

    def __init__(self, token: str) -> None:
        self._wanted = _digest(token)

    def in_header(self, header: str) -> bool:
        """Whether the value of a header bears it. Takes as long whatever was given."""
        scheme, _, given = header.strip().partition(" ")
        return self.same(given.strip()) and scheme.lower() == "bearer"

    def same(self, given: str) -> bool:
        """Whether this is the token. Takes as long whatever was given."""
        # digests, so that the comparison takes as long for every length
        return compare_digest(_digest(given), self._wanted)


def read_token(file: Path | None, environment: Mapping[str, str], variable: str) -> str | None:
    """What requests must bear, where anything is set: the file counts before the environment.

    Raises:
        InvalidInput: The file cannot be read, or is empty.
    """
    if file is None:
        return environment.get(variable) or None
    try:
        with file.open(encoding="utf-8") as opened:
            token = opened.read(_MOST_TOKEN).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The token file {file} cannot be read.",
            hint="Name a text file that holds the token and nothing else.",
        ) from error
    if not token:
        raise InvalidInput(
            f"The token file {file} is empty.", hint="Make a token with `openssl rand -hex 32`."
        )
    return token


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()
