"""Say in the workspace's own repository what was deployed, and by whose leave."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

import anyio.to_thread

from mendloop.app.gate import Gate
from mendloop.app.permit import Permit
from mendloop.app.ports import Clock
from mendloop.app.repository import Repository
from mendloop.app.service import service
from mendloop.core.deploy.commit_message import commit_message
from mendloop.errors import Conflict, MendloopError
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.ids import ProposalId
from mendloop.model.in_git import GitMode, GitRecord, GitState, Left, Made
from mendloop.model.proposal import change_digest
from mendloop.model.report import report_digest
from mendloop.store.state import State

_STATUS: Final = "Look at the file with `git status`, and commit or stash what is yours."


@service
class Committer:
    """Keeps the repository in step; what it cannot do is on record, and fails no deployment."""

    state: State
    gate: Gate
    repository: Callable[[], Repository]
    """Made when it is first used: most workspaces leave it alone."""
    mode: GitMode
    clock: Clock

    def begun(self, prepared: Deployment) -> Deployment:
        """A deployment with the commit that is wanted of it noted."""
        if self.mode is not GitMode.COMMIT:
            return prepared
        return replace(prepared, git=GitRecord(mode=GitMode.COMMIT))

    def hands_over(self, prepared: Deployment) -> bool:
        """Whether a deployment goes onto a branch instead; a rollback never waits for a merge."""
        return self.mode is GitMode.BRANCH and prepared.kind is DeploymentKind.DEPLOY

    async def keep(self, committed: Deployment) -> Deployment:
        """Commit what is in place, where that is wanted.

        Returns:
            The deployment, with what became of its commit. Where even that cannot be put on
            record, recovery does it again: a commit that is there already is found.
        """
        if committed.git is None or committed.git.state is not GitState.WANTED:
            return committed
        with suppress(MendloopError):  # it stays wanted, and shows as that until it is made
            permit = await self.gate.admit_commit(committed)
            message = await self._message(committed)
            done = await anyio.to_thread.run_sync(
                self.repository().commit, permit, committed, message
            )
            return await self._note(committed, done)
        return committed

    async def catch_up(self) -> tuple[Deployment, ...]:
        """Commit what a crash has left; call it only while the lock on deployments is held."""
        async with self.state.reading() as tables:
            left = await tables.deployments.uncommitted()
        return tuple([await self.keep(deployment) for deployment in left])

    async def to_hand_over(self, prepared: Deployment) -> Deployment:
        """A deployment with its branch noted, before anybody's leave is spent on it.

        Raises:
            Conflict: The repository does not hold what was tested, or the branch is there.
        """
        branch = branch_of(prepared.proposal)
        hindrance = await anyio.to_thread.run_sync(self.repository().hindrance, prepared, branch)
        if hindrance:
            raise Conflict(
                f"{prepared.proposal} cannot be handed over as a branch: {hindrance}",
                hint=f"Merge {branch} where that is there; one that is not wanted goes with "
                f"`git branch -D {branch}`. {_STATUS}",
            )
        return replace(prepared, git=GitRecord(mode=GitMode.BRANCH, branch=branch))

    async def hand_over(self, permit: Permit, prepared: Deployment) -> Deployment:
        """Make the branch.

        Raises:
            Conflict: It cannot be made; there is none then.
        """
        branch = branch_of(prepared.proposal)
        message = await self._message(prepared)
        done = await anyio.to_thread.run_sync(
            self.repository().hand_over, permit, prepared, message, branch
        )
        match done:
            case Left(why):
                raise Conflict(
                    f"{prepared.proposal} was not handed over as a branch: {why}", hint=_STATUS
                )
            case Made():
                return _handed_over(prepared, done)

    async def found(self, prepared: Deployment) -> Deployment | None:
        """The deployment as handed over, where its branch was made before a crash."""
        if prepared.git is None or prepared.git.mode is not GitMode.BRANCH:
            return None
        made = await anyio.to_thread.run_sync(
            self.repository().handed_over, prepared, prepared.git.branch
        )
        return None if made is None else _handed_over(prepared, made)

    async def _message(self, deployment: Deployment) -> str:
        report, reverts = None, ""
        async with self.state.reading() as tables:
            approvals = await tables.approvals.spent_on(deployment.id)
            if deployment.proposal is not None:
                report = await tables.reports.latest(deployment.proposal)
            if deployment.undoes is not None:
                undone = await tables.deployments.get(deployment.undoes)
                reverts = "" if undone.git is None else undone.git.commit
        if report is not None and report.change != change_digest(deployment.files):
            report = None
        return commit_message(
            deployment,
            report=None if report is None else report_digest(report),
            approved_by=[f"{each.by} ({each.key})" for each in approvals],
            reverts=reverts,
        )

    async def _note(self, deployment: Deployment, done: Made | Left) -> Deployment:
        git = _record(GitMode.COMMIT, done)
        noted = replace(deployment, git=git)
        async with self.state.transaction() as tables:
            await tables.deployments.update(noted)
            await tables.audit.append(
                "git_committed" if git.commit else "git_left",
                {
                    "deployment": deployment.id,
                    "branch": git.branch,
                    "commit": git.commit,
                    "why": git.why,
                },
                at=self.clock.now(),
            )
        return noted


def branch_of(proposal: ProposalId | None) -> str:
    """The branch that a proposal is handed over on."""
    return f"mendloop/{proposal}"


def _handed_over(prepared: Deployment, made: Made) -> Deployment:
    return replace(prepared, progress=Progress.HANDED_OVER, git=_record(GitMode.BRANCH, made))


def _record(mode: GitMode, done: Made | Left) -> GitRecord:
    match done:
        case Made(branch=branch, commit=commit):
            return GitRecord(mode=mode, state=GitState.MADE, branch=branch, commit=commit)
        case Left(why):
            return GitRecord(mode=mode, state=GitState.LEFT, why=why)
