"""What a change goes through: proposed, admitted, put in place, committed, taken back."""

from functools import partial

from mendloop.adapters.merge import GitMerger
from mendloop.adapters.signing.signers import SignersFile
from mendloop.app.arrivals import Arrivals
from mendloop.app.believed import Believed
from mendloop.app.changes import Changes
from mendloop.app.committing import Committer
from mendloop.app.drift import Warden
from mendloop.app.gate import Gate
from mendloop.app.learn import Learner
from mendloop.app.propose import Proposer
from mendloop.app.repository import Repository
from mendloop.app.returns import Returns
from mendloop.app.rollback import Roller
from mendloop.app.standing import StandingLeave
from mendloop.app.transact import Transactor
from mendloop.app.untangle import Untangler
from mendloop.app.watching import Watching
from mendloop.bootstrap.ground import Ground
from mendloop.core.monitor.rule import WatchRule
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """The parts of it that others need."""

    signers: SignersFile
    believed: Believed
    leave: StandingLeave
    warden: Warden
    proposer: Proposer
    transactor: Transactor
    watching: Watching
    arrivals: Arrivals
    learner: Learner
    roller: Roller


def changing(ground: Ground) -> Changing:
    """Tie it together."""
    state, workspace, blobs = ground.state, ground.workspace, ground.blobs
    policy, clock, observer = ground.policy, ground.clock, ground.watchers.observer
    signers = SignersFile(ground.settings.signers)
    believed = Believed(workspace=workspace, blobs=blobs, signers=signers, policy=policy)
    leave = StandingLeave(signers=signers, policy=policy)
    gate = Gate(
        state=state,
        workspace=workspace,
        policy=policy,
        believed=believed,
        leave=leave,
        clock=clock,
    )
    committer = Committer(
        state=state,
        gate=gate,
        repository=partial(_repository, ground),
        mode=ground.settings.defaults.deploy.git,
        clock=clock,
    )
    transactor = Transactor(
        state=state, workspace=workspace, gate=gate, committer=committer, clock=clock
    )
    watching = Watching(
        state=state,
        history=ground.history,
        workspace=workspace,
        rule=WatchRule(**ground.settings.defaults.watch.model_dump()),
    )
    proposer = Proposer(
        state=state,
        history=ground.history,
        workspace=workspace,
        changes=Changes(workspace=workspace),
        blobs=blobs,
        policy=policy,
        budgets=ground.budgets,
        clock=clock,
        ids=ground.ids,
        observer=observer,
    )
    learner = Learner(clock=clock)
    return Changing(
        signers=signers,
        believed=believed,
        leave=leave,
        warden=Warden(state=state, workspace=workspace, blobs=blobs, clock=clock),
        proposer=proposer,
        transactor=transactor,
        watching=watching,
        arrivals=Arrivals(
            state=state, workspace=workspace, transactor=transactor, watching=watching, clock=clock
        ),
        learner=learner,
        roller=_roller(ground, transactor, proposer, learner),
    )


def _roller(ground: Ground, transactor: Transactor, proposer: Proposer, learner: Learner) -> Roller:
    returns = Returns(state=ground.state, workspace=ground.workspace)
    return Roller(
        state=ground.state,
        workspace=ground.workspace,
        blobs=ground.blobs,
        transactor=transactor,
        returns=returns,
        untangler=Untangler(
            state=ground.state,
            workspace=ground.workspace,
            blobs=ground.blobs,
            merger=GitMerger(),
            proposer=proposer,
            returns=returns,
        ),
        learner=learner,
        clock=ground.clock,
        ids=ground.ids,
        observer=ground.watchers.observer,
    )


def _repository(ground: Ground) -> Repository:
    from mendloop.adapters.git_commit import GitRepository  # noqa: PLC0415  only where it is used

    return GitRepository(
        ground.settings.workspace,
        ground.settings.state / "git",
        bytes_of=ground.blobs.get,
        real=ground.workspace.real,
        patience=ground.patience,
    )
