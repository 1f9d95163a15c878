"""Tell whoever watches what the loop does: which action, how it ended, how long it took.

Of an action its name and its outcome are told, both out of closed sets; never an argument, a name
of the user's, or the text of an error.
"""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from enum import StrEnum
from functools import wraps
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from mendloop.errors import MendloopError
from mendloop.noun import dataclass

P = ParamSpec("P")
T = TypeVar("T")


DONE: Final = "done"
"""The outcome of an action that ended as it should, whatever it found."""


class Act(StrEnum):
    """Every action of the loop."""

    APPROVE = "approve"
    DEPLOY = "deploy"
    DETECT = "detect"
    GENERATE = "generate"
    INVESTIGATE = "investigate"
    PROPOSE = "propose"
    RECORD = "record"
    RECOVER = "recover"
    REJECT = "reject"
    RESUME = "resume"
    ROLLBACK = "rollback"
    RUN_TOOL = "run_tool"
    STOP = "stop"
    TEST = "test"


class Ending(Protocol):
    """Where the outcome of one action is told."""

    def ended(self, outcome: str) -> None:
        """Say how it ended: ``done``, the code of an error, ``fault`` or ``cancelled``."""
        ...


class Observer(Protocol):
    """Watches actions; it must not fail, whatever becomes of what it tells."""

    def acting(self, act: Act) -> AbstractContextManager[Ending]:
        """Watch one action, for as long as the block lasts."""
        ...


class Several:
    """Watches with several observers."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    @contextmanager
    def acting(self, act: Act) -> Generator[Ending]:
        """Watch one action with each."""
        with ExitStack() as stack:
            yield _Endings([stack.enter_context(each.acting(act)) for each in self._observers])


@dataclass(frozen=True, slots=True)
class _Endings:
    endings: Sequence[Ending]

    def ended(self, outcome: str) -> None:
        """Tell each."""
        for each in self.endings:
            each.ended(outcome)


class Silent:
    """Watches nothing."""

    def acting(self, act: Act) -> AbstractContextManager[Ending]:
        """Nothing."""
        del act
        return _NOTHING

    def ended(self, outcome: str) -> None:
        """Nothing."""


SILENT = Silent()
_NOTHING = nullcontext(SILENT)


class Observed(Protocol):
    """A service whose actions are watched."""

    @property
    def observer(self) -> Observer:
        """Who watches."""
        ...


S = TypeVar("S", bound=Observed)


def observed(
    act: Act,
) -> Callable[
    [Callable[Concatenate[S, P], Awaitable[T]]], Callable[Concatenate[S, P], Awaitable[T]]
]:
    """Let an action be watched by the ``observer`` of its service."""

    def around(
        method: Callable[Concatenate[S, P], Awaitable[T]],
    ) -> Callable[Concatenate[S, P], Awaitable[T]]:
        @wraps(method)
        async def watched(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with self.observer.acting(act) as ending:
                try:
                    result = await method(self, *args, **kwargs)
                except BaseException as error:
                    ending.ended(_outcome(error))
                    raise
                ending.ended(DONE)
                return result

        return watched

    return around


def _outcome(error: BaseException) -> str:
    match error:
        case MendloopError():
            return error.code
        case Exception():
            return "fault"
        case _:
            return "cancelled"
