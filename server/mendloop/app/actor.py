"""Who a piece of work is done for, as the records name them.

The one context variable of the house. It decides nothing: what may be done is decided before, and
the gate is told by an argument. It says whose name goes into the audit, which every service writes
to, so that no service has to hand it on to the next.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from mendloop.model.token import Role

_WHO: Final = ContextVar("_WHO", default="agent")
_MACHINES: Final = frozenset({"agent", "monitor", "unknown"})
_ROLES: Final = frozenset(role.value for role in Role)


def actor() -> str:
    """Who; ``agent`` where nobody said, as over standard input and output."""
    return _WHO.get()


@contextmanager
def acting(who: str) -> Generator[None]:
    """Do the block for somebody."""
    token = _WHO.set(who)
    try:
        yield
    finally:
        _WHO.reset(token)


def is_machine(by: str) -> bool:
    """Whether a name in the records is no person's: ``monitor``, ``agent``, ``agent:ci-bot``.

    No account of a person has a colon in its name: the file that lists them is divided by colons.
    """
    name, colon, _ = by.casefold().partition(":")
    return name in (_ROLES if colon else _MACHINES)
