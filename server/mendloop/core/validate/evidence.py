"""What a verdict is made from: the cases, and what each version did on them."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from mendloop.core.validate.cases import TestCase
from mendloop.core.validate.measured import Pace, Recorded
from mendloop.model.ids import Digest
from mendloop.model.observation import NotLoaded, Observation
from mendloop.model.proposal import StaticFinding
from mendloop.model.report import Check, Disagreement, Verdict
from mendloop.model.target import Target
from mendloop.noun import dataclass

Run: TypeAlias = tuple[Observation, ...] | NotLoaded
"""One pass over cases in the sandbox."""


class Oracle(StrEnum):
    """What speaks for a change, strongest first."""

    EXPECTED = "expected"
    """Somebody said what the answer should be, and it is."""
    RECORDED = "recorded"
    """An earlier version gave this answer."""
    INVARIANT = "invariant"
    """The answer keeps what must always hold."""
    NO_CRASH = "no_crash"
    """It no longer fails, and nobody knows whether the answer is right."""
    STRUCTURE = "structure"
    """It was read, and could not be run."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one change to one target."""

    target: Target
    source: str = ""
    """The new text of the target's file."""
    base_source: str = ""
    """Its current text; empty where there is none."""
    cases: tuple[TestCase, ...] = ()
    """Recorded and synthetic ones."""
    perturbed: tuple[TestCase, ...] = ()
    generated: tuple[TestCase, ...] = ()
    """Made-up calls that the current version answers, or refuses, in the same way twice."""
    stated: tuple[TestCase, ...] = ()
    """Calls whose answers are stated by tests of the project that newly pass."""
    recorded: Recorded | None = None
    """What the history holds; ``None`` where recorded calls were not asked for."""
    written: int = 0
    """Declared cases, and the project's test files, that there are for the target."""
    pace: Pace | None = None
    """Both versions measured in turns; ``None`` where that was not asked for."""
    base: tuple[Run, ...] = ()
    """The current version on all cases and near-misses, twice or more."""
    candidate: tuple[Run, ...] = ()
    """The change on the same, once or more."""
    solo: Run = ()
    """The change on some of the cases, each in a process of its own."""
    findings: tuple[StaticFinding, ...] = ()
    invariants: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """By case: whether what the change returned keeps every invariant of the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRule:
    """How much evidence a pass needs."""

    regression_bound: float
    """The share of calls that may still get worse."""
    slower_factor: float
    """How much longer a change may take than what it replaces."""
    memory_factor: float = 4.0
    """How many times the memory its process may hold."""
    alpha: float = 0.05
    """The chance of the true share of regressions lying above the bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, and what it rests on."""

    verdict: Verdict
    checks: tuple[Check, ...]
    disagreements: tuple[Disagreement, ...]
    regression_bound: float | None
    oracle: Oracle
    corroborated: frozenset[str] = frozenset()
    """Tests of the project that newly pass, and whose calls were seen to from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetJudged:
    """The verdict on one function that a change touches."""

    target: Target
    judged: Judged
    cases: Digest
