"""The sandbox's tier, which takes a fifth of a second to find out."""

from typing import Final

from mendloop.app.read import Reader

_NONE: Final = "none"


class Probed:
    """Asks once, and remembers a sandbox that holds.

    Only ``status`` reads this. Whatever runs code probes anew, and fails closed; and a sandbox that
    does not hold is asked again, so that one that was mended is seen at once.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._tier = _NONE

    async def tier(self) -> str:
        """``A``, ``B``, or ``none``."""
        if self._tier == _NONE:
            self._tier = (await self._reader.sandbox_state()).tier
        return self._tier
