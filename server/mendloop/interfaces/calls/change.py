"""The calls that make, test, deploy and take back changes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from mendloop.app.changes import Change, TextEdit, WholeFile
from mendloop.app.loop import Loop
from mendloop.app.ports import Progress, silent
from mendloop.app.propose import Why
from mendloop.errors import InvalidInput
from mendloop.interfaces.answers.arguments import FileEdit, NewFile
from mendloop.interfaces.answers.deploy import DeploymentAnswer, StopAnswer
from mendloop.interfaces.answers.repair import GenerateAnswer, ProposeAnswer
from mendloop.interfaces.answers.report import TestAnswer
from mendloop.interfaces.calls.check import one_of
from mendloop.model.ids import DeploymentId, ProposalId, TargetName
from mendloop.noun import dataclass

SEARCH_BUDGET: Final = timedelta(seconds=30)
"""How long a search takes at most, where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A change as it was sent: exactly one of the three."""

    files: Sequence[NewFile] | None = None
    edits: Sequence[FileEdit] | None = None
    diff: str | None = None

    def change(self) -> Change:
        """The change.

        Raises:
            InvalidInput: None of the three is given, or several are.
        """
        one_of(files=self.files, edits=self.edits, diff=self.diff)
        if self.files is not None:
            return tuple(WholeFile(path=each.path, content=each.content) for each in self.files)
        if self.edits is not None:
            return tuple(
                TextEdit(path=each.path, old=each.old, new=each.new) for each in self.edits
            )
        return self.diff or ""


async def generate_fix(
    loop: Loop,
    *,
    incident: str | None = None,
    target: str | None = None,
    strategy: str | None = None,
    budget: timedelta = SEARCH_BUDGET,
    progress: Progress = silent,
) -> GenerateAnswer:
    """Search for changes without a model.

    Raises:
        InvalidInput: Neither an incident nor a target is named, or both; no such strategy.
        NotFound: There is no such incident or target.
        Unavailable: The sandbox does not hold on this machine.
    """
    one_of(incident=incident, target=target)
    return GenerateAnswer.of(
        await loop.generator.generate(
            incident=incident,
            target=target,
            strategy=strategy,
            budget=budget,
            progress=progress,
        )
    )


async def propose_fix(
    loop: Loop,
    wanted: Wanted,
    *,
    rationale: str,
    target: str | None = None,
    incident: str | None = None,
) -> ProposeAnswer:
    """Take a change in. Nothing is run, and no file is touched.

    Raises:
        InvalidInput: It does not apply, does not parse, or touches what is no target.
        NotFound: There is no such target or incident.
    """
    why = Why(rationale=rationale, incident=incident)
    return ProposeAnswer.of(await loop.proposer.propose(wanted.change(), why, target=target))


async def test_fix(
    loop: Loop,
    *,
    proposal: str,
    modes: Sequence[str] | None = None,  # noqa: PT028  a tool, not a test
    progress: Progress = silent,  # noqa: PT028
) -> TestAnswer:
    """Test a change in the sandbox.

    Raises:
        NotFound: There is no such proposal.
        Refused: A person has turned it down.
        Conflict: The files have changed since it was proposed.
        Unavailable: The sandbox does not hold on this machine.
    """
    return TestAnswer.of(await loop.validator.test(proposal, modes=modes, progress=progress))


async def deploy_fix(
    loop: Loop, *, proposal: str, by: str = "agent", progress: Progress = silent
) -> DeploymentAnswer:
    """Put a tested change in place.

    Raises:
        NotFound: There is no such proposal.
        Refused: The policy asks for a person, or for time, or the loop is stopped.
        Conflict: The files are not those that were tested.
    """
    done = await loop.deployer.deploy(ProposalId(proposal), by=by, progress=progress)
    return DeploymentAnswer.of(done, await loop.reader.went_by(done.id))


async def rollback(
    loop: Loop,
    *,
    reason: str,
    deployment: str | None = None,
    target: str | None = None,
    version: int | None = None,
    by: str = "agent",
) -> DeploymentAnswer:
    """Take a deployment back, or bring back an earlier version of a target.

    Raises:
        InvalidInput: Neither a deployment nor a target is named, or both, or a version alone.
        NotFound: There is no such deployment, target or version.
        Conflict: Somebody has edited the files since; they are left alone.
    """
    one_of(deployment=deployment, target=target)
    if version is not None and target is None:
        raise InvalidInput(
            "`version` counts the versions of a target, so it needs `target`.",
            hint="Pass `target` with `version`, or `deployment` alone.",
        )
    return DeploymentAnswer.of(
        await loop.roller.rollback(
            deployment=None if deployment is None else DeploymentId(deployment),
            target=None if target is None else TargetName(target),
            version=version,
            reason=reason,
            by=by,
        )
    )


async def stop(loop: Loop, *, reason: str, by: str = "agent") -> StopAnswer:
    """Stop everything that changes something, until a person resumes.

    Raises:
        Unavailable: The database cannot be written.
    """
    return StopAnswer.of(await loop.stopper.stop(reason, by=by))
