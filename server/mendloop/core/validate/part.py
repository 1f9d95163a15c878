"""One check's result, with the calls that speak against it."""

from dataclasses import field

from mendloop.core.validate.rows import Row
from mendloop.core.validate.wording import disagreement
from mendloop.model.observation import Seen
from mendloop.model.report import Check, Disagreement, Verdict
from mendloop.noun import dataclass

MOST_KEPT = 400
"""Of a function with more calls against it than this, no more are told apart."""


@dataclass(frozen=True, slots=True)
class Against:
    """One call that speaks against a change."""

    row: Row
    got: Seen
    why: str


@dataclass(frozen=True, slots=True)
class Part:
    """A check, and the calls that speak against it."""

    check: Check
    against: tuple[Against, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How a check came out, before it has a name."""

    verdict: Verdict
    summary: str
    numbers: dict[str, float] = field(default_factory=dict[str, float])
    against: tuple[Against, ...] = ()

    def named(self, name: str) -> Part:
        """The check under its name."""
        check = Check(
            name=name, verdict=self.verdict, summary=self.summary, numbers=dict(self.numbers)
        )
        return Part(check, self.against)


def shown(parts: tuple[Part, ...]) -> tuple[Disagreement, ...]:
    """The calls that speak against a change: smallest first, each once."""
    every = [against for part in parts for against in part.against]
    ordered = sorted(every, key=lambda one: (len(one.row.case.text), one.row.case.text))
    first = {one.row.case.text: one for one in reversed(ordered)}
    few = sorted(first.values(), key=lambda one: (len(one.row.case.text), one.row.case.text))
    return tuple(
        disagreement(one.row.case, one.row.before, one.got, one.why) for one in few[:MOST_KEPT]
    )
