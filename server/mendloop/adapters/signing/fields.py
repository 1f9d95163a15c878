"""The length-prefixed fields of SSH's formats (RFC 4251, section 5)."""

from struct import Struct
from typing import Final

from mendloop.noun import dataclass

_LENGTH: Final = Struct(">I")
_MOST: Final = 65_536


class Malformed(ValueError):
    """The bytes are not what they should be."""


def packed(*fields: bytes) -> bytes:
    """Fields one after another, each behind its length."""
    return b"".join(_LENGTH.pack(len(field)) + field for field in fields)


@dataclass(slots=True)
class Fields:
    """Reads one field after another."""

    data: bytes
    at: int = 0

    def next(self) -> bytes:
        """The next field.

        Raises:
            Malformed: It is longer than what is left.
        """
        length = int.from_bytes(self.raw(_LENGTH.size), "big")
        if length > _MOST:
            raise Malformed("a field is too long")
        return self.raw(length)

    def raw(self, length: int) -> bytes:
        """So many bytes, without a length before them.

        Raises:
            Malformed: There are fewer.
        """
        end = self.at + length
        if end > len(self.data):
            raise Malformed("it ends too early")
        taken, self.at = self.data[self.at : end], end
        return taken

    def done(self) -> None:
        """Say that nothing may follow.

        Raises:
            Malformed: Something does.
        """
        if self.at != len(self.data):
            raise Malformed("something follows its end")
