"""Stop everything: anybody may, and only a person may resume."""

from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.errors import InvalidInput
from mendloop.model.stop import Stopped
from mendloop.store.state import State

_MOST_REASON = 1000


@service
class Stopper:
    """The emergency stop."""

    state: State
    clock: Clock
    observer: Observer = SILENT

    @observed(Act.STOP)
    async def stop(self, reason: str, *, by: str = "agent") -> Stopped:
        """Let nothing change anything from now on; rollback still works.

        Returns:
            The stop in force: the first one, where there are several.

        Raises:
            InvalidInput: No reason is given.
        """
        if not reason.strip():
            raise InvalidInput(
                "A stop needs a reason.", hint="Say what is wrong: whoever resumes will read it."
            )
        wanted = Stopped(at=self.clock.now(), by=by, reason=reason.strip()[:_MOST_REASON])
        async with self.state.transaction() as tables:
            known = await tables.stop.current()
            if known is None:
                await tables.stop.set(wanted)
            await tables.audit.append("stopped", {"by": by, "reason": wanted.reason}, at=wanted.at)
        return known or wanted
