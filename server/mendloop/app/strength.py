"""Look harder at a change that nothing speaks against: by stranger calls, and by small errors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mendloop.app.ports import Limits, SandboxSession
from mendloop.app.replay import Replayer, calls
from mendloop.core.validate.evidence import Evidence, Judged
from mendloop.core.validate.mutants import Mutant
from mendloop.core.validate.part import Part, shown
from mendloop.core.validate.rows import Row
from mendloop.model.ids import digest_of
from mendloop.model.observation import NotLoaded
from mendloop.model.report import Verdict
from mendloop.noun import dataclass

_PROBES: Final = 48
_EDGES: Final = 32
_CHUNK: Final = 48
_MUTANTS: Final = 20
_FIRST_CALLS: Final = 6
"""Most mutants are noticed by these: failing calls, and some that went well."""
_CALLS: Final = 96
_QUICK: Final = 0.05
"""So many seconds of calls are not worth being put off: to load a mutant twice takes longer."""
_SECONDS: Final = 4.0
"""So long all mutants together may keep a test waiting, in calls that were seen."""
_HANGING_PROBES: Final = 6
"""Nobody knows how long a call takes that was never made."""
_HANGING_CALLS: Final = 2
_SETTLED: Final = frozenset({Verdict.FAILED, Verdict.BROKEN})


@dataclass(frozen=True, slots=True)
class Strength:
    """Runs what the judge did not ask for, and adds what it shows."""

    session: SandboxSession
    replayer: Replayer
    overlay: Mapping[str, bytes]
    modes: Collection[str]

    async def weighed(self, evidence: Evidence, judged: Judged) -> Judged:
        """The verdict with more checks; it can only get worse.

        Args:
            evidence: What is known of one change to one function.
            judged: The verdict on it so far. One that has failed is left as it is.
        """
        from mendloop.core.validate.judge import WORST  # noqa: PLC0415  loads with the work

        if judged.verdict in _SETTLED or not evidence.cases:
            return judged
        parts = (*await self._hardened(evidence), *await self._mutated(evidence))
        return replace(
            judged,
            verdict=min((judged.verdict, *(part.check.verdict for part in parts)), key=WORST.index),
            checks=(*judged.checks, *(part.check for part in parts)),
            disagreements=(*judged.disagreements, *shown(parts)),
        )

    async def _hardened(self, evidence: Evidence) -> tuple[Part, ...]:
        from mendloop.core.validate.hardening import Probed, hardened  # noqa: PLC0415  as above
        from mendloop.core.validate.probes import edges, probes  # noqa: PLC0415  as above

        if "generated" not in self.modes:
            return hardened(evidence, Probed())
        # the seed is the change itself: nobody knows the calls before it is written
        seed = int(digest_of(evidence.source.encode())[:8], 16)
        asked = probes(evidence.cases, seed=seed, most=_PROBES)
        at_edges = edges(evidence.cases, seed=seed, most=_EDGES)
        limits = self._limits(evidence, most=_HANGING_PROBES)
        now: Mapping[str, bytes] = {}
        runs = [
            await self.session.observe(
                self.replayer.program(evidence.target, overlay, process=1),
                calls((*asked, *at_edges)),
                limits=limits,
                chunk=_CHUNK,
            )
            for overlay in (now, self.overlay)
        ]
        return hardened(
            evidence, Probed(cases=asked, edges=at_edges, base=runs[0], candidate=runs[1])
        )

    async def _mutated(self, evidence: Evidence) -> tuple[Part, ...]:
        """How many small errors in the changed lines the calls would notice."""
        from mendloop.core.validate import mutation  # noqa: PLC0415  as above
        from mendloop.core.validate.mutants import changed, mutants  # noqa: PLC0415  as above

        path = evidence.target.path
        if "replay" not in self.modes or path not in self.overlay or not path.endswith(".py"):
            return ()
        lines = changed(evidence.base_source, evidence.source)
        made = mutants(evidence.source, lines, most=_MUTANTS)
        rows = mutation.telling(evidence, most=_CALLS)
        if not rows:
            return ()
        tried: list[mutation.Tried] = []
        spent = 0.0
        for mutant in made:
            if spent > _SECONDS:
                break
            found, seconds = await self._noticed(evidence, mutant, rows)
            tried.append(mutation.Tried(mutant=mutant, noticed=found))
            spent += seconds
        counted = mutation.score(tried, left=len(made) - len(tried), calls=len(rows))
        return (counted.named("mutation"),)

    async def _noticed(
        self, evidence: Evidence, mutant: Mutant, rows: Sequence[Row]
    ) -> tuple[bool, float]:
        """Whether some call notices a mutant, and how long the calls have taken.

        Unless all are quick, a few calls come first: most mutants are noticed by them.
        """
        from mendloop.core.validate.mutation import noticed  # noqa: PLC0415  as above

        spent = 0.0
        quick = sum(row.base[0].seconds for row in rows) < _QUICK
        first = len(rows) if quick else _FIRST_CALLS
        for few in (rows[:first], rows[first:]):
            if not few:
                continue
            run = await self.session.observe(
                self.replayer.program(
                    evidence.target,
                    {**self.overlay, evidence.target.path: mutant.source.encode()},
                ),
                calls([row.case for row in few]),
                limits=self._limits(evidence, most=_HANGING_CALLS),
                chunk=_CHUNK,
            )
            spent += 0.0 if isinstance(run, NotLoaded) else sum(one.seconds for one in run)
            if noticed(evidence, mutant, few, run):
                return True, spent
        return False, spent

    def _limits(self, evidence: Evidence, *, most: int) -> Limits:
        """Those of a change, but no more than a few calls may hang."""
        given = self.replayer.limits(evidence.target, evidence.base[0])
        return replace(given, total_timeout=min(given.total_timeout, given.case_timeout * most))
