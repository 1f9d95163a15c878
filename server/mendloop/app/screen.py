"""A quick look at many changes, to find the few that are worth a whole test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mendloop.app.ideas import Idea
from mendloop.app.ports import SandboxSession
from mendloop.app.replay import Replayer, calls
from mendloop.core.validate.cases import Origin, TestCase
from mendloop.core.validate.evidence import Evidence, JudgeRule, Run
from mendloop.core.validate.rows import alike
from mendloop.model.observation import NotLoaded
from mendloop.model.report import Verdict
from mendloop.model.target import Target

_BAD: Final = 12
_DECLARED: Final = 12
_GOOD: Final = 12
_CHUNK: Final = 48
_LENIENT: Final = JudgeRule(regression_bound=0.99, slower_factor=100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A few telling calls, and what the current version does on them."""

    session: SandboxSession
    replayer: Replayer
    target: Target
    cases: tuple[TestCase, ...]
    base: tuple[Run, ...]
    source: str

    @classmethod
    async def of(
        cls, session: SandboxSession, replayer: Replayer, target: Target, source: str, *, most: int
    ) -> "Screen":
        """Choose the calls, and run the current version on them twice."""
        every = await replayer.cases(target, most=most, modes=("replay", "synthetic"))
        few = _few(every)
        program, limits = replayer.program(target), replayer.limits(target)
        base = [
            await session.observe(program, calls(order), limits=limits, chunk=_CHUNK)
            for order in (few, few[::-1])
        ]
        return cls(
            session=session,
            replayer=replayer,
            target=target,
            cases=tuple(few),
            base=tuple(base),
            source=source,
        )

    @property
    def flaky(self) -> bool:
        """Whether two runs of the current version differ on most calls."""
        first, second = self.base
        if isinstance(first, NotLoaded) or isinstance(second, NotLoaded):
            return False
        again = {one.case: one.seen for one in second}
        differing = sum(not alike(one.seen, again[one.case]) for one in first)
        return 2 * differing > len(first)

    async def passes(self, idea: Idea) -> bool:
        """Whether a change does what is wanted on the few calls."""
        from mendloop.core.validate.judge import judge  # noqa: PLC0415  loads with the work

        overlay = {idea.target.path: idea.content}
        run = await self.session.observe(
            self.replayer.program(self.target, overlay),
            calls(self.cases),
            limits=self.replayer.limits(self.target, self.base[0]),
            chunk=_CHUNK,
        )
        if isinstance(run, NotLoaded):
            return False
        own = idea.target.path == self.target.path
        evidence = Evidence(
            target=self.target,
            source=idea.content.decode(errors="replace") if own else self.source,
            base_source=self.source,
            cases=self.cases,
            base=self.base,
            candidate=(run,),
            solo=run,
        )
        return judge(evidence, _LENIENT).verdict not in {Verdict.FAILED, Verdict.BROKEN}


def _few(cases: Sequence[TestCase]) -> list[TestCase]:
    bad = [case for case in cases if case.origin in {Origin.FAILING, Origin.WRONG}]
    declared = [case for case in cases if case.origin is Origin.SYNTHETIC]
    good = [case for case in cases if case.origin is Origin.PASSING]
    return [*bad[:_BAD], *declared[:_DECLARED], *good[:_GOOD]]
