"""After a crash: end what was left half done, before anything else is done."""

from mendloop.app.service import service
from mendloop.app.transact import Transactor
from mendloop.model.deployment import Deployment
from mendloop.store.state import State


@service
class Recoverer:
    """Called at every start. Idempotent; it may itself be cut off."""

    state: State
    transactor: Transactor

    async def recover(self) -> tuple[Deployment, ...]:
        """End every unfinished deployment: what had begun to change files is undone.

        Returns:
            What there was to end, as it ended; with the files that somebody else has changed
            meanwhile, which are left alone.

        Raises:
            Unavailable: The disk does not work, or another deployment takes too long.
        """
        async with self.state.reading() as tables:
            if not await tables.deployments.unfinished():
                return ()  # nobody has to wait for a deployment that is under way elsewhere
        async with self.transactor.alone() as ended:
            return ended
