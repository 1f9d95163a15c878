"""Find out what to put back, so that something deployed is taken back."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import anyio.to_thread

from mendloop.app.actor import is_machine
from mendloop.app.ports import Workspace
from mendloop.app.service import service
from mendloop.core.deploy.cascade import Way, taken, way
from mendloop.core.deploy.reversal import Edited, in_force, reversal
from mendloop.core.deploy.versions import ancestors
from mendloop.errors import Conflict, InvalidInput, NotFound, Refused
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.ids import DeploymentId, Digest, TargetName
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.noun import dataclass
from mendloop.store.state import State, Tables

_LOOK_BACK: Final = 100
"""So many of a target's deployments are searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to put back."""

    targets: tuple[TargetName, ...]
    files: tuple[FileChange, ...]
    undoes: DeploymentId | None
    """The deployment that is taken back by it, whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """A deployment whose files others have changed since."""

    deployment: Deployment
    path: str
    """The first of these files."""
    held: Mapping[str, Digest | None]
    """What its files hold now."""


@service
class Returns:
    """Reads the records and the files; changes nothing."""

    state: State
    workspace: Workspace

    async def of_deployment(self, wanted: DeploymentId) -> Plan | Deployment | Buried:
        """The way back from a deployment, or the rollback that has gone it already.

        Raises:
            NotFound: There is no such deployment.
            InvalidInput: It is a rollback itself.
            Conflict: It has changed nothing.
        """
        async with self.state.reading() as tables:
            deployment = await tables.deployments.get(wanted)
            done = await _already(tables, deployment)
        _check(deployment)
        now = await self._held([file.path for file in deployment.files])
        changes = reversal(deployment, now)
        if isinstance(changes, Edited):
            return Buried(deployment=deployment, path=changes.path, held=now)
        if done is not None and all(change.old == change.new for change in changes):
            return done
        return Plan(targets=deployment.targets, files=changes, undoes=deployment.id)

    async def of_target(self, target: TargetName) -> Plan | Deployment | Buried:
        """The way back from the newest deployment of a target that is in place.

        Where it has changed other targets too, they are taken back with it.

        Raises:
            NotFound: There is none.
        """
        async with self.state.reading() as tables:
            deployments = await tables.deployments.page(target=target, limit=_LOOK_BACK)
            current = await tables.versions.current(target)
        now = await self._held([file.path for each in deployments for file in each.files])
        found = in_force(deployments, now)
        if found is None and current is not None:
            found = in_force(deployments, now, at=current.path)
        if found is None:
            raise NotFound(
                f"No deployment of {target} is in place as it was deployed.",
                hint=f"`mendloop versions {target}` lists what there was: name a version, or a "
                "deployment.",
            )
        return await self.of_deployment(found.id)

    async def of_version(self, target: TargetName, number: int, by: str) -> Plan:
        """The way to another version of a target's file, and of what was changed with it.

        Raises:
            NotFound: There is no such version.
            Refused: It was itself taken back, and it is no person that asks.
            Conflict: A file holds what nobody has deployed, or the target lived elsewhere then.
        """
        async with self.state.reading() as tables:
            known = await tables.versions.page(target)
            wanted = next((each for each in known if each.number == number), None)
            if wanted is None:
                raise NotFound(
                    f"{target} has no version {number}.",
                    hint=f"`mendloop versions {target}` lists {len(known)}.",
                )
            steps = way(known, wanted)
            made = {
                each.deployment: await tables.deployments.get(each.deployment)
                for each in (*steps.undone, *steps.redone)
                if each.deployment is not None
            }
        if wanted.path != known[0].path:
            raise Conflict(
                f"Version {number} of {target} is {wanted.path}, and it lives in {known[0].path} "
                "now.",
                hint="Propose the old text for the file as it stands: `mendloop diff "
                f"{target} {known[0].number} {number}` shows the two.",
            )
        if is_machine(by) and wanted not in (known[0], *ancestors(known)):
            raise Refused(
                f"The version in force of {target} is not built upon version {number}, which was "
                "taken back.",
                hint="Deploy its proposal again with deploy_fix; a person can roll to any version.",
            )
        paths = [file.path for each in made.values() for file in each.files]
        now = await self._held([wanted.path, *paths])
        held = now[wanted.path]
        if (held or NO_FILE) not in {known[0].digest, wanted.digest}:
            raise await self.edited(wanted.path, None)
        changes = taken(steps, made, now)
        if isinstance(changes, Edited):
            raise await self._together(target, changes.path)
        own = FileChange(path=wanted.path, old=held, new=wanted.digest)
        others = [each for each in changes if each.path != own.path and each.old != each.new]
        names = [name for each in made.values() if others for name in each.targets]
        return Plan(
            targets=tuple(dict.fromkeys((target, *names))),
            files=tuple(
                replace(each, old=None if each.old == NO_FILE else each.old)
                for each in (own, *others)
            ),
            undoes=_undone(steps, made),
        )

    async def _held(self, paths: Collection[str]) -> Mapping[str, Digest | None]:
        def read() -> Mapping[str, Digest | None]:
            return {path: self.workspace.digest(path) for path in dict.fromkeys(paths)}

        return await anyio.to_thread.run_sync(read)

    async def _together(self, target: TargetName, path: str) -> Conflict:
        async with self.state.reading() as tables:
            latest = await tables.deployments.latest_on(path)
        on_top = "" if latest is None else f" Or roll {latest.id} back first, if it is on top."
        return Conflict(
            f"{path} was changed together with {target}, and holds something else by now: they "
            "go back together or not at all.",
            hint=f"Roll back by deployment (`mendloop versions {target}` names them).{on_top}",
        )

    async def edited(self, path: str, deployment: Deployment | None) -> Conflict:
        """Say that a file holds what was not deployed to it."""
        async with self.state.reading() as tables:
            latest = await tables.deployments.latest_on(path)
        hint = (
            "Nothing was changed. A person can take the file back with `mendloop restore TARGET`, "
            "or keep it as it is with `mendloop adopt TARGET`."
        )
        if latest is not None and deployment is not None and latest.id != deployment.id:
            hint = f"Roll {latest.id} back first: it was deployed on top, or has edits upon it."
        return Conflict(
            f"{path} holds neither what was deployed nor what was there before.", hint=hint
        )


def _check(deployment: Deployment) -> None:
    if deployment.kind is DeploymentKind.ROLLBACK:
        raise InvalidInput(
            f"{deployment.id} is itself a rollback.",
            hint="Deploy the proposal again with deploy_fix, which asks the policy again.",
        )
    if deployment.progress is Progress.HANDED_OVER:
        branch = "" if deployment.git is None else deployment.git.branch
        raise Conflict(
            f"{deployment.id} is on a branch, and has not come into the workspace.",
            hint=f"A person can delete the branch: `git branch -D {branch}`.",
        )
    if deployment.progress is not Progress.COMMITTED:
        raise Conflict(
            f"{deployment.id} never took effect: it is {deployment.progress}.",
            hint="There is nothing to take back.",
        )


async def _already(tables: Tables, deployment: Deployment) -> Deployment | None:
    if not deployment.targets:
        return None
    for each in await tables.deployments.page(target=deployment.targets[0], limit=_LOOK_BACK):
        if each.undoes == deployment.id and each.progress is Progress.COMMITTED:
            return each
    return None


def _undone(steps: Way, made: Mapping[DeploymentId, Deployment]) -> DeploymentId | None:
    """The newest deployment that is taken back whole, where one is."""
    for version in steps.undone[:1]:
        deployment = None if version.deployment is None else made[version.deployment]
        if deployment is not None and deployment.kind is DeploymentKind.DEPLOY:
            return deployment.id
    return None
