"""After a crash: end what was left half done, before anything else is done."""

from mendloop.app.arrivals import Arrivals
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.service import service
from mendloop.app.transact import Transactor
from mendloop.model.deployment import Deployment
from mendloop.store.state import State


@service
class Recoverer:
    """Called at every start. Idempotent; it may itself be cut off."""

    state: State
    transactor: Transactor
    arrivals: Arrivals
    observer: Observer = SILENT

    async def recover(self) -> tuple[Deployment, ...]:
        """End every unfinished deployment: what had begun to change files is undone.

        What is in place and was to be committed in the repository is committed now. And what was
        handed over on a branch, and has come into the workspace since, is watched from now on.

        Returns:
            What there was to end, as it ended; with the files that somebody else has changed
            meanwhile, which are left alone.

        Raises:
            Unavailable: The disk does not work, or another deployment takes too long.
        """
        async with self.state.reading() as tables:
            left = await tables.deployments.unfinished()
            uncommitted = await tables.deployments.uncommitted()
        # where there is nothing, nobody has to wait for a deployment that is under way elsewhere
        ended = await self._end() if left or uncommitted else ()
        await self.arrivals.look()
        return ended

    @observed(Act.RECOVER)
    async def _end(self) -> tuple[Deployment, ...]:
        async with self.transactor.alone() as ended:
            return ended
