"""What runs versions against recorded calls: replay, investigation, search, test."""

from mendloop.adapters.git import GitPast
from mendloop.app.around import Lookout
from mendloop.app.certificate import Certifier
from mendloop.app.compare import Comparer
from mendloop.app.gather import Gatherer
from mendloop.app.generate import Generator
from mendloop.app.ideas import Ideas
from mendloop.app.investigate import Investigator
from mendloop.app.metered import MeteredSandbox
from mendloop.app.replay import Replayer
from mendloop.app.search import Means
from mendloop.app.shared import SharedSearch
from mendloop.app.twins import Twins
from mendloop.app.validate import Validator
from mendloop.bootstrap.changing import Changing
from mendloop.bootstrap.ground import Ground
from mendloop.core.validate.evidence import JudgeRule
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """The parts of it that others need."""

    investigator: Investigator
    generator: Generator
    validator: Validator
    comparer: Comparer


def study(ground: Ground, change: Changing) -> Study:
    """Tie it together."""
    replayer = Replayer(
        history=ground.history,
        workspace=ground.workspace,
        sandbox=MeteredSandbox(inner=ground.sandbox, budgets=ground.budgets),
        memory_bytes=ground.memory,
    )
    state, workspace, blobs = ground.state, ground.workspace, ground.blobs
    validator = _validator(ground, replayer)
    investigator = _investigator(ground, replayer)
    means = Means(
        workspace=workspace,
        replayer=replayer,
        ideas=Ideas(workspace=workspace, blobs=blobs),
        proposer=change.proposer,
        validator=validator,
        clock=ground.clock,
    )
    return Study(
        investigator=investigator,
        generator=Generator(
            state=state,
            investigator=investigator,
            means=means,
            shared=SharedSearch(
                means=means, twins=Twins(state=state, workspace=workspace, blobs=blobs)
            ),
            observer=ground.watchers.observer,
        ),
        validator=validator,
        comparer=Comparer(state=state, workspace=workspace, blobs=blobs, replayer=replayer),
    )


def _investigator(ground: Ground, replayer: Replayer) -> Investigator:
    chosen = ground.settings.defaults.investigate
    return Investigator(
        state=ground.state,
        history=ground.history,
        workspace=ground.workspace,
        replayer=replayer,
        lookout=Lookout(
            state=ground.state,
            history=ground.history,
            workspace=ground.workspace,
            past=GitPast(ground.settings.workspace),
        ),
        ideas=Ideas(workspace=ground.workspace, blobs=ground.blobs),
        clock=ground.clock,
        failures=chosen.failures,
        passes=chosen.passes,
        observer=ground.watchers.observer,
    )


def _validator(ground: Ground, replayer: Replayer) -> Validator:
    chosen = ground.settings.defaults.test
    state, workspace, blobs = ground.state, ground.workspace, ground.blobs
    return Validator(
        state=state,
        workspace=workspace,
        blobs=blobs,
        replayer=replayer,
        gatherer=Gatherer(replayer=replayer),
        clock=ground.clock,
        rule=JudgeRule(
            regression_bound=chosen.regression_bound,
            slower_factor=chosen.slower_factor,
            memory_factor=chosen.memory_factor,
        ),
        cases=chosen.cases,
        solo=chosen.solo,
        budgets=ground.budgets,
        certifier=Certifier(state=state, workspace=workspace, blobs=blobs, policy=ground.policy),
        key=ground.salt,
        observer=ground.watchers.observer,
    )
