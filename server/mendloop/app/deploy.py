"""Stage 6: put a tested change in place, with every old byte kept."""

import anyio.to_thread

from mendloop.app.fresh import FreshCheck
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Blobs, Clock, Ids, Progress, Workspace, silent
from mendloop.app.service import service
from mendloop.app.targets import find_target
from mendloop.app.transact import Transactor
from mendloop.app.versions import keep_versions, steps_of
from mendloop.app.watching import Watching
from mendloop.errors import Conflict, NotFound
from mendloop.model.deployment import Deployment, DeploymentKind
from mendloop.model.deployment import Progress as Far
from mendloop.model.ids import DeploymentId, Digest, ProposalId
from mendloop.model.proposal import FileChange, Proposal
from mendloop.model.value import Encoded
from mendloop.store.state import State, Tables

_STEPS = 4


@service
class Deployer:
    """The deploy stage."""

    state: State
    workspace: Workspace
    blobs: Blobs
    transactor: Transactor
    fresh: FreshCheck
    watching: Watching
    clock: Clock
    ids: Ids
    observer: Observer = SILENT

    @observed(Act.DEPLOY)
    async def deploy(
        self, wanted: ProposalId, *, by: str = "agent", progress: Progress = silent
    ) -> Deployment:
        """Deploy one proposal: exactly the bytes that were tested, or nothing.

        Args:
            wanted: The proposal.
            by: ``agent`` or ``person``.
            progress: Told of each step.

        Returns:
            The committed deployment, whose watch has begun; or one that was handed over on a
            branch, where the settings say so.

        Raises:
            NotFound: There is no such proposal, or its target is declared no more.
            Conflict: A file has changed since the proposal was made, or cannot be imported with
                the change in place. Nothing of the change is left.
            Refused: The policy does not allow it now.
            Unavailable: The disk or the sandbox does not work. Nothing of the change is left.
        """
        await progress(0, _STEPS, "waiting for other deployments")
        async with self.transactor.alone():
            async with self.state.reading() as tables:
                proposal = await tables.proposals.get(wanted)
            manifest = await anyio.to_thread.run_sync(self.workspace.manifest)
            for name in proposal.targets:
                find_target(manifest, name)
            await anyio.to_thread.run_sync(self._keep_bytes, proposal)
            prepared = self._prepared(proposal, by)
            if self.transactor.committer.hands_over(prepared):
                await progress(3, _STEPS, "making a branch")
                return await self.transactor.hand_over(prepared)
            async with self.fresh.ahead(manifest, prepared) as look:
                await progress(1, _STEPS, "counting how it was before")
                watches = await self.watching.prepare(manifest, prepared)
                steps = await anyio.to_thread.run_sync(steps_of, self.workspace, manifest, prepared)

                async def check() -> dict[str, Encoded]:
                    await progress(2, _STEPS, "importing it in a fresh interpreter")
                    tier = await look()
                    await progress(3, _STEPS, "committing")
                    return {"sandbox": tier}

                async def keep(tables: Tables, committed: Deployment) -> None:
                    await keep_versions(tables, steps, committed)
                    await self.watching.begin(tables, watches, at=self.clock.now())

                return await self.transactor.run(prepared, check=check, keep=keep)

    def _prepared(self, proposal: Proposal, by: str) -> Deployment:
        return Deployment(
            id=DeploymentId(self.ids.new("d")),
            kind=DeploymentKind.DEPLOY,
            targets=proposal.targets,
            files=proposal.files,
            proposal=proposal.id,
            undoes=None,
            progress=Far.PREPARED,
            at=self.clock.now(),
            by=by,
            reason=proposal.rationale,
        )

    def _keep_bytes(self, proposal: Proposal) -> None:
        """Make sure that the old and the new bytes of every file can be had after a crash."""
        held: dict[str, Digest | None] = {}
        for file in proposal.files:
            held[file.path] = self._keep_old(file)
            self.blobs.get(file.new)
        if all(held[file.path] == file.new for file in proposal.files):
            raise Conflict(
                f"{proposal.id} is in place already.", hint="Look at it with `mendloop versions`."
            )
        for file in proposal.files:
            if held[file.path] != file.old:
                raise Conflict(
                    f"{file.path} has changed since {proposal.id} was proposed and tested.",
                    hint="Call propose_fix again for the file as it stands, then test_fix.",
                )

    def _keep_old(self, file: FileChange) -> Digest | None:
        try:
            return self.blobs.put(self.workspace.read(file.path))
        except NotFound:
            return None
