"""Search for the smallest arguments that still fail in the same way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from mendloop.app.ports import SandboxSession
from mendloop.app.replay import Replayer
from mendloop.app.trace import kind_of
from mendloop.core.investigate.shrink import reductions
from mendloop.model.diagnosis import SmallInput
from mendloop.model.execution import Execution, Outcome
from mendloop.model.observation import Case, NotLoaded
from mendloop.model.target import Target
from mendloop.model.value import Encoded, call_text

_ROUNDS: Final = 8
_WIDTH: Final = 48
"""Variants that are tried in a round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinker:
    """Delta debugging in rounds (Zeller and Hildebrandt, 2002).

    A round is one pass in the sandbox; the smallest variant that still fails goes into the next.
    """

    session: SandboxSession
    replayer: Replayer
    target: Target

    async def smallest(self, failures: Sequence[Execution]) -> SmallInput:
        """The smallest call of one kind of failure; at least one execution is needed."""
        first = min(failures, key=lambda one: (len(call_text(one.args, one.kwargs)), one.id))
        args, kwargs = first.args, first.kwargs
        reduced = False
        # a wrong answer has no sign by which a smaller input could be told to be wrong too
        rounds = 0 if first.outcome is Outcome.WRONG else _ROUNDS
        for _ in range(rounds):
            smaller = await self._round(args, kwargs, first.fingerprint)
            if smaller is None:
                break
            args, kwargs = smaller
            reduced = True
        return SmallInput(
            fingerprint=first.fingerprint,
            call=call_text(args, kwargs),
            from_execution=first.id,
            reduced=reduced,
        )

    async def _round(
        self, args: tuple[Encoded, ...], kwargs: Mapping[str, Encoded], fingerprint: str
    ) -> tuple[tuple[Encoded, ...], Mapping[str, Encoded]] | None:
        variants = list(islice(reductions(args, kwargs), _WIDTH))
        if not variants:
            return None
        run = await self.session.observe(
            self.replayer.program(self.target),
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
            if kind_of(seen.seen) == fingerprint
        ]
        return min(still, key=lambda one: len(call_text(*one)), default=None)
