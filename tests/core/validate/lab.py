"""Runs plain functions as a sandbox would, for the judge to judge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mendloop.core.validate.cases import TestCase, of_execution
from mendloop.core.validate.evidence import Evidence, JudgeRule
from mendloop.core.validate.perturb import perturbed
from mendloop.model.execution import Execution, Fault, Frame, Outcome
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.observation import Observation, Raised, Returned
from mendloop.model.target import Target, TargetKind
from mendloop.model.value import Encoded

TARGET = Target(
    name=TargetName("quote"),
    kind=TargetKind.FUNCTION,
    path="tools/pricing.py",
    selector="quote",
    idempotent=True,
)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RULE = JudgeRule(regression_bound=0.05, slower_factor=2.0)
ENOUGH = 59
"""Clean calls that hold the share of regressions under 5 %, with 95 % confidence."""
Tool = Callable[..., Encoded]


def loaded(source: str) -> Tool:
    """The function ``quote`` of a source that a test has written."""
    space: dict[str, Any] = {}
    exec(compile(source, "tools/pricing.py", "exec"), space)  # noqa: S102  the test's own text
    tool: Tool = space["quote"]
    return tool


def observed(
    tool: Tool, cases: Sequence[TestCase], seconds: float = 0.001
) -> tuple[Observation, ...]:
    """What a function does on every case."""
    return tuple(
        Observation(case=one.case.id, seen=_seen(tool, one), seconds=seconds) for one in cases
    )


def _seen(tool: Tool, one: TestCase) -> Returned | Raised:
    try:
        return Returned(tool(*one.case.args, **one.case.kwargs))
    except Exception as error:  # noqa: BLE001  whatever the function raises is what is seen
        trace = error.__traceback__
        frames: list[Frame] = []
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename == "tools/pricing.py":
                frames.append(
                    Frame(file=code.co_filename, line=trace.tb_lineno, function=code.co_name)
                )
            trace = trace.tb_next
        return Raised(Fault(type=type(error).__name__, message=str(error), frames=tuple(frames)))


def recorded(
    tool: Tool,
    calls: Sequence[tuple[Encoded, ...]],
    *,
    expected: Sequence[Encoded] | None = None,
    first: int = 1,
) -> tuple[Execution, ...]:
    """Recorded calls of a function; with ``expected`` given they are wrong ones."""
    made: list[Execution] = []
    for place, args in enumerate(calls):
        number = place + first
        bare = execution(number, args)
        seen = _seen(tool, of_execution(bare))
        match seen:
            case Returned(value):
                wanted = expected[place] if expected else None
                outcome = Outcome.WRONG if expected else Outcome.OK
                made.append(execution(number, args, outcome=outcome, result=value, expected=wanted))
            case Raised(fault):
                made.append(execution(number, args, outcome=Outcome.ERROR, error=fault))
    return tuple(made)


def execution(number: int, args: tuple[Encoded, ...], **more: Any) -> Execution:
    """One recorded call."""
    error: Fault | None = more.get("error")
    settings: dict[str, Any] = {"outcome": Outcome.OK, **more}
    return Execution(
        id=ExecutionId(f"e-{number}"),
        target=TARGET.name,
        at=EPOCH,
        seconds=0.001,
        args=args,
        fingerprint=f"f-{error.type}" if error else "",
        **settings,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Two versions of one function, and calls of it."""

    old: str
    new: str
    passing: Sequence[tuple[Encoded, ...]] = ()
    failing: Sequence[tuple[Encoded, ...]] = ()
    wrong: Sequence[tuple[tuple[Encoded, ...], Encoded]] = ()
    synthetic: Sequence[TestCase] = ()
    target: Target = TARGET
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    def evidence(self) -> Evidence:
        """What a sandbox would have seen of them."""
        before, after = loaded(self.old), loaded(self.new)
        executions = (
            *recorded(before, self.passing),
            *recorded(before, self.failing, first=1001),
            *recorded(
                before,
                [args for args, _ in self.wrong],
                expected=[right for _, right in self.wrong],
                first=2001,
            ),
        )
        cases = (*(of_execution(one) for one in executions), *self.synthetic)
        near = perturbed(cases, most=80)
        every = (*cases, *near)
        given: dict[str, Any] = {
            "target": self.target,
            "source": self.new,
            "base_source": self.old,
            "cases": cases,
            "perturbed": near,
            "base": (observed(before, every), observed(before, every)),
            "candidate": (observed(after, every),),
            "solo": observed(after, cases),
            **self.more,
        }
        return Evidence(**given)
