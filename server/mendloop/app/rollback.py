"""Take a change back: put earlier bytes in place, by the same road as a deployment."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import anyio.to_thread

from mendloop.app.learn import Learner
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Blobs, Clock, Ids, Workspace
from mendloop.app.returns import Buried, Plan, Returns
from mendloop.app.service import service
from mendloop.app.transact import Transactor
from mendloop.app.untangle import Untangler
from mendloop.app.versions import keep_versions, steps_of
from mendloop.core.deploy.versions import Step
from mendloop.errors import InvalidInput, NotFound
from mendloop.model.deployment import Deployment, DeploymentKind, Progress, WatchState
from mendloop.model.ids import DeploymentId, TargetName
from mendloop.model.proposal import NO_FILE
from mendloop.model.target import Manifest, Target, TargetKind
from mendloop.store.state import State, Tables

_MOST_REASON: Final = 1000


@service
class Roller:
    """Takes deployments back. No limit, tier or stop holds it up."""

    state: State
    workspace: Workspace
    blobs: Blobs
    transactor: Transactor
    returns: Returns
    untangler: Untangler
    learner: Learner
    clock: Clock
    ids: Ids
    observer: Observer = SILENT

    @observed(Act.ROLLBACK)
    async def rollback(
        self,
        *,
        deployment: DeploymentId | None = None,
        target: TargetName | None = None,
        version: int | None = None,
        reason: str,
        by: str,
    ) -> Deployment:
        """Take one deployment back, or give one target an earlier version.

        Args:
            deployment: What to take back, whole.
            target: Whose newest deployment to take back, or whose file to give another version.
            version: The number of a version of the target; for an agent one that the version in
                force was built upon.
            reason: Why.
            by: ``agent``, ``monitor``, or a person.

        Returns:
            The deployment that restored it; the earlier one where that was done before.

        Raises:
            InvalidInput: Not exactly one of ``deployment`` and ``target`` is named, or the
                deployment is itself a rollback.
            NotFound: There is no such deployment, target or version, or nothing to take back.
            Conflict: A file holds something else than was deployed. It is left as it is; where
                later deployments have changed it, a proposal may have been made (the message says
                so) that would take this one alone back.
            Refused: The version was itself taken back, and it is no person that asks.
            Unavailable: The disk does not work. Nothing was changed.
        """
        async with self.transactor.alone():
            match (deployment, target, version):
                case (str(), None, None):
                    plan = await self.returns.of_deployment(deployment)
                case (None, str(), None):
                    plan = await self.returns.of_target(target)
                case (None, str(), int()):
                    plan = await self.returns.of_version(target, version, by)
                case _:
                    raise InvalidInput(
                        "A rollback is of one deployment, or of one target.",
                        hint="Name `deployment`, or `target` and, if you like, its `version`.",
                    )
            match plan:
                case Deployment():
                    return plan
                case Buried():
                    raise await self.untangler.told(plan, reason=reason)
                case Plan():
                    return await self.put_back(plan, reason, by)

    async def put_back(self, plan: Plan, reason: str, by: str) -> Deployment:
        """Carry a plan out, inside ``transactor.alone``.

        Raises:
            NotFound: Bytes that it needs are not kept.
            Conflict: A file holds something else by now. It is left as it is.
            Unavailable: The disk does not work. Nothing was changed.
        """
        prepared = Deployment(
            id=DeploymentId(self.ids.new("d")),
            kind=DeploymentKind.ROLLBACK,
            targets=plan.targets,
            files=plan.files,
            proposal=None,
            undoes=plan.undoes,
            progress=Progress.PREPARED,
            at=self.clock.now(),
            by=by,
            reason=reason[:_MOST_REASON],
        )
        manifest = await self._manifest(plan)
        await anyio.to_thread.run_sync(self._keep_bytes, plan)
        steps = await anyio.to_thread.run_sync(steps_of, self.workspace, manifest, prepared)

        async def keep(tables: Tables, committed: Deployment) -> None:
            await keep_versions(tables, steps, committed)
            await self._end_watches(tables, committed, steps)

        return await self.transactor.run(prepared, check=_good_before, keep=keep)

    async def _manifest(self, plan: Plan) -> Manifest:
        """What is declared now; a target that is not, as it was when it was last deployed."""
        try:
            manifest = await anyio.to_thread.run_sync(self.workspace.manifest)
        except InvalidInput:
            manifest = Manifest()  # a slip of the pen in it must not hold a rollback up
        known = dict(manifest.targets)
        async with self.state.reading() as tables:
            for name in plan.targets:
                version = await tables.versions.current(name)
                if name not in known and version is not None:
                    known[name] = Target(name=name, kind=TargetKind.TEXT, path=version.path)
        return replace(manifest, targets=known)

    def _keep_bytes(self, plan: Plan) -> None:
        """Make sure that what is there now, and what comes, can be had after a crash."""
        for file in plan.files:
            if file.new != NO_FILE:
                self.blobs.get(file.new)
            try:
                self.blobs.put(self.workspace.read(file.path))
            except NotFound:
                continue

    async def _end_watches(
        self, tables: Tables, rollback: Deployment, steps: Sequence[Step]
    ) -> None:
        if rollback.undoes is not None:
            for watch in await tables.watches.of(rollback.undoes):
                if watch.state not in {WatchState.WATCHING, WatchState.ROLLED_BACK}:
                    continue
                summary = f"Taken back by {rollback.by}: {rollback.reason}"
                if watch.state is WatchState.ROLLED_BACK:
                    summary = watch.summary  # the monitor has said why
                ended = replace(watch, state=WatchState.ROLLED_BACK, summary=summary)
                await tables.watches.update(ended)
                await self.learner.note(tables, ended, rolled_back=True)
        for step in steps:
            other = await tables.watches.active_for(step.target)
            if other is not None and other.version != step.new:
                summary = f"Another version was put in place by {rollback.id}."
                await tables.watches.update(replace(other, state=WatchState.ENDED, summary=summary))


async def _good_before() -> None:
    """Ask nothing of bytes that were in place before: nothing may stand in the way of a return."""
