"""Stage 8: keep what came of a fix."""

from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.model.deployment import Watch
from mendloop.model.execution import Tally
from mendloop.model.lesson import Lesson
from mendloop.store.state import Tables


@service
class Learner:
    """The learn stage."""

    clock: Clock

    async def note(self, tables: Tables, watch: Watch, *, rolled_back: bool) -> Lesson | None:
        """Keep one lesson, in the transaction that ends the watch.

        Returns:
            The lesson; ``None`` where the deployment was of no proposal.
        """
        from mendloop.core.learn.outcomes import outcome  # noqa: PLC0415  numpy loads with the work

        deployment = await tables.deployments.get(watch.deployment)
        if deployment.proposal is None:
            return None
        proposal = await tables.proposals.get(deployment.proposal)
        before = Tally(calls=watch.baseline_calls, failures=watch.baseline_failures)
        after = Tally(calls=watch.calls, failures=watch.failures)
        fingerprints: tuple[str, ...] = ()
        if proposal.incident is not None:
            fingerprints = (await tables.incidents.get(proposal.incident)).finding.fingerprints
        lesson = Lesson(
            deployment=watch.deployment,
            target=watch.target,
            fingerprints=fingerprints,
            origin=proposal.origin,
            outcome=outcome(before, after, rolled_back=rolled_back),
            before=before.rate,
            after=after.rate,
            at=self.clock.now(),
        )
        await tables.lessons.add(lesson)
        return lesson
