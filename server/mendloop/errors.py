"""The five ways in which a call can fail, named by what the caller can do about it.

    MendloopError
      InvalidInput   change the arguments
      NotFound       name something that exists
      Refused        the policy says no: ask a person, or wait
      Conflict       the world moved on: read again
      Unavailable    something outside does not work: try later, or mend it

Expected outcomes are values, not errors: a fix that fails its test is a ``Report``. Any other
exception is a fault of ours.
"""

from typing import ClassVar


class MendloopError(Exception):
    """A failure that the caller can act on."""

    code: ClassVar[str]

    def __init__(self, message: str, *, hint: str) -> None:
        """Say what happened in one sentence, and what to do next in another."""
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint


class InvalidInput(MendloopError):
    """The arguments are not acceptable as they stand."""

    code = "invalid_input"


class NotFound(MendloopError):
    """What was named does not exist."""

    code = "not_found"


class Refused(MendloopError):
    """The policy does not allow this now."""

    code = "refused"


class Conflict(MendloopError):
    """What was true when the call was prepared is no longer true."""

    code = "conflict"


class Unavailable(MendloopError):
    """Something outside does not work."""

    code = "unavailable"
