"""Run the user's own evaluation of a target on both versions, in the sandbox."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from mendloop.app.ports import Limits, Program, Progress, SandboxSession
from mendloop.app.replay import Replayer
from mendloop.app.service import service
from mendloop.core.validate.evaluated import RUNS, SOURCE, Score, Scores, case_of, score_of
from mendloop.core.validate.harness import free_name
from mendloop.model.observation import NotLoaded
from mendloop.model.proposal import Proposal
from mendloop.model.target import Target

_RUN: Final = timedelta(seconds=30)
_ALL: Final = timedelta(seconds=90)
MODE: Final = "unit"
"""An evaluation is one of the project's own tests."""


@service
class Evaluations:
    """Runs evaluations. It judges nothing."""

    replayer: Replayer

    async def run(
        self,
        session: SandboxSession,
        proposal: Proposal,
        overlay: Mapping[str, bytes],
        *,
        modes: Collection[str],
        progress: Progress,
    ) -> tuple[Scores, ...]:
        """Run the evaluations that the targets of a change name.

        Args:
            session: A sandbox that holds the workspace as it stands.
            proposal: What is tested.
            overlay: Its new files.
            modes: What is asked for.
            progress: Told before each.
        """
        if MODE not in modes:
            return ()
        targets = self.replayer.workspace.manifest().targets
        wanted = [
            targets[name] for name in proposal.targets if name in targets and targets[name].evaluate
        ]
        found: list[Scores] = []
        for target in wanted:
            await progress(0, 1, f"{target.name}: the evaluation")
            found.append(await self._both(session, target, overlay))
        return tuple(found)

    async def _both(
        self, session: SandboxSession, target: Target, overlay: Mapping[str, bytes]
    ) -> Scores:
        scores = Scores(target=target.name, command=" ".join(("python", *target.evaluate)))
        if target.evaluate[0] in overlay:
            return Scores(target=target.name, command=scores.command, touched=True)
        return Scores(
            target=target.name,
            command=scores.command,
            base=await self._scored(session, target, {}),
            candidate=await self._scored(session, target, overlay),
        )

    async def _scored(
        self, session: SandboxSession, target: Target, overlay: Mapping[str, bytes]
    ) -> tuple[Score, ...]:
        """A few runs of one version, each in a process of its own."""
        harness = free_name({*overlay})
        run = await session.observe(
            Program(
                overlay={**overlay, harness: SOURCE.encode()},
                path=harness,
                function="run",
                writes_files=True,
            ),
            [case_of(number, target.evaluate) for number in range(RUNS)],
            limits=Limits(
                case_timeout=_RUN, total_timeout=_ALL, memory_bytes=self.replayer.memory_bytes
            ),
            chunk=1,
        )
        if isinstance(run, NotLoaded):
            return (Score(why=f"it does not load: {run.fault.type}"),)
        return tuple(score_of(one) for one in run)
