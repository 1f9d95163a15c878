"""Search for the smallest arguments that still fail in the same way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from mendloop.app.ports import SandboxSession
from mendloop.app.replay import Replayer
from mendloop.app.service import service
from mendloop.app.trace import failed_again
from mendloop.core.investigate.shrink import reductions
from mendloop.model.diagnosis import SmallInput
from mendloop.model.execution import Execution, Outcome
from mendloop.model.observation import Case, NotLoaded
from mendloop.model.target import Target
from mendloop.model.value import Encoded, call_text

_ROUNDS: Final = 8
_WIDTH: Final = 48
"""Variants that are tried in a round."""


@service
class Shrinker:
    """Delta debugging in rounds (Zeller and Hildebrandt, 2002).

    A round is one pass in the sandbox; the smallest variant that still fails goes into the next.
    """

    session: SandboxSession
    replayer: Replayer
    target: Target

    async def smallest(self, failures: Sequence[Execution]) -> tuple[SmallInput, ...]:
        """The smallest recorded call of one kind of failure, and a smaller one where there is one.

        At least one execution is needed. The smaller one stands beside the recorded one: it fails
        in the same way, but perhaps for a simpler reason.
        """
        first = min(failures, key=_size)
        recorded = SmallInput(
            fingerprint=first.fingerprint,
            call=call_text(first.args, first.kwargs),
            from_execution=first.id,
            reduced=False,
        )
        if first.ended in {Outcome.WRONG, Outcome.TIMEOUT}:
            # a wrong answer has no sign by which a smaller input could be told to be answered
            # wrongly too; and of one that hangs each try would cost a whole time-out
            return (recorded,)
        args, kwargs = first.args, first.kwargs
        for _ in range(_ROUNDS):
            smaller = await self._round(args, kwargs, first)
            if smaller is None:
                break
            args, kwargs = smaller
        call = call_text(args, kwargs)
        if call == recorded.call:
            return (recorded,)
        return (recorded, replace(recorded, call=call, reduced=True))

    async def _round(
        self, args: tuple[Encoded, ...], kwargs: Mapping[str, Encoded], first: Execution
    ) -> tuple[tuple[Encoded, ...], Mapping[str, Encoded]] | None:
        variants = list(islice(reductions(args, kwargs), _WIDTH))
        if not variants:
            return None
        run = await self.session.observe(
            self.replayer.program(self.target, process=1),
            [
                Case(id=str(number), args=some, kwargs=named)
                for number, (some, named) in enumerate(variants)
            ],
            limits=self.replayer.limits(self.target),
        )
        if isinstance(run, NotLoaded):
            return None
        still = [
            variant
            for variant, seen in zip(variants, run, strict=True)
            if failed_again(first, seen.seen)
        ]
        return min(still, key=lambda one: len(call_text(*one)), default=None)


def _size(execution: Execution) -> tuple[int, str]:
    """The shorter call first; of equally long ones always the same."""
    text = call_text(execution.args, execution.kwargs)
    return len(text), text
