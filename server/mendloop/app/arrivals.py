"""See when what was handed over on a branch has come into the workspace: only then it is watched.

A person merges the branch and pulls; nobody tells the loop. So the files are compared with what was
handed over, by their bytes: a merge, a squash and a rebase all look the same.
"""

from dataclasses import replace
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Clock, Workspace
from mendloop.app.service import service
from mendloop.app.transact import Transactor
from mendloop.app.versions import keep_versions, steps_of
from mendloop.app.watching import Watching
from mendloop.errors import InvalidInput
from mendloop.model.deployment import Deployment, Progress
from mendloop.model.proposal import NO_FILE
from mendloop.store.state import State

_MOST: Final = 50
"""So many of the newest hand-overs are looked for."""


@service
class Arrivals:
    """Looks for what was handed over."""

    state: State
    workspace: Workspace
    transactor: Transactor
    watching: Watching
    clock: Clock

    async def look(self) -> tuple[Deployment, ...]:
        """Begin the watch over whatever has arrived.

        Returns:
            What has: each deployment whose files all hold its bytes now.

        Raises:
            Unavailable: The database or the disk does not work.
        """
        async with self.state.reading() as tables:
            waiting = await tables.deployments.handed_over(limit=_MOST)
        arrived = [each for each in waiting if await anyio.to_thread.run_sync(self._here, each)]
        if not arrived:
            return ()
        async with self.transactor.alone():
            done = [await self._begin(each) for each in arrived]
        return tuple(each for each in done if each is not None)

    def _here(self, deployment: Deployment) -> bool:
        try:
            return all(
                (self.workspace.digest(file.path) or NO_FILE) == file.new
                for file in deployment.files
            )
        except InvalidInput:
            return False  # a path that leads out of the workspace by now

    async def _begin(self, handed: Deployment) -> Deployment | None:
        """Put on record that it is in place, unless another process was faster."""
        try:
            manifest = await anyio.to_thread.run_sync(self.workspace.manifest)
        except InvalidInput:
            return None  # the manifest is being edited: the next look will read it
        now = self.clock.now()
        arrived = replace(handed, progress=Progress.COMMITTED)
        watches = await self.watching.prepare(manifest, arrived)
        steps = await anyio.to_thread.run_sync(steps_of, self.workspace, manifest, arrived)
        async with self.state.transaction() as tables:
            known = await tables.deployments.get(handed.id)
            if known.progress is not Progress.HANDED_OVER:
                return None
            await tables.deployments.update(arrived)
            await tables.files.wrote(arrived.files, at=now)
            await keep_versions(tables, steps, replace(arrived, at=now))
            await self.watching.begin(tables, watches, at=now)
            await tables.audit.append("deploy_arrived", {"deployment": handed.id}, at=now)
        return arrived
