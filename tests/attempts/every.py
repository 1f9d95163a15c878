"""All attempts: whoever imports this has the table filled."""

from typing import Final

from tests.attempts import beyond, doors, programs, records, signatures
from tests.attempts.attempt import TABLE, Attempt, Ends

MODULES: Final = (signatures, records, doors, programs, beyond)
ALL: Final[tuple[Attempt, ...]] = tuple(TABLE.values())
STOPPED: Final = tuple(each for each in ALL if each.ends is not Ends.THROUGH)
NOT_STOPPED: Final = tuple(each for each in ALL if each.ends is Ends.THROUGH)
