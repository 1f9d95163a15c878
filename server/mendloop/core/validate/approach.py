"""How a target can be tried, from what its owner declares of it and what its history allows.

SHADOW     both versions run side by side: on recorded calls, near-misses and made-up calls
REPLAY     as it only looks at the world: recorded calls that come out as they did, near-misses;
           whoever asks the network is answered as it was when the call was recorded
SYNTHETIC  only calls and tests that somebody wrote for it
MANUAL     nothing can be run: a person says
"""

from enum import StrEnum
from typing import Final

from mendloop.core.validate.part import Counted
from mendloop.model.execution import Execution
from mendloop.model.report import Verdict
from mendloop.model.target import SideEffect, Target, TargetKind
from mendloop.noun import dataclass

LOOKS: Final = frozenset({SideEffect.READS_FILES, SideEffect.CLOCK, SideEffect.RANDOM})
"""Effects that change nothing outside: a call may be repeated, though it may answer otherwise."""
ANSWERED: Final = frozenset({SideEffect.NETWORK})
"""Effects that a call may have where it is answered as it was when it was recorded."""


class Approach(StrEnum):
    """How a change to a target is tried, the most telling way first."""

    SHADOW = "shadow"
    REPLAY = "replay"
    SYNTHETIC = "synthetic"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What there is to try a change on."""

    recorded: int = 0
    """Recorded calls that can be made again."""
    written: int = 0
    """Declared cases, and test files of the project that reach the target."""


def repeatable(target: Target) -> bool:
    """Whether recorded calls may be made again at all; what they answer then is seen by trying."""
    looks = target.side_effects <= LOOKS | ANSWERED
    return target.kind is TargetKind.FUNCTION and target.idempotent and looks


def unanswered(target: Target, execution: Execution) -> str:
    """Why a recorded call of a repeatable target cannot be made again; empty where it can.

    Whoever asks the network must be answered as then, for there is none where it is tried. Whoever
    looks at the clock or at files may do so without: what it answers then is seen by trying.
    """
    world = execution.world
    if not target.side_effects & ANSWERED or (world and world.kept >= ANSWERED):
        return ""
    if world is None:
        return "recorded without what it saw of the world"
    lost = [world.lost[kind] for kind in sorted(ANSWERED) if kind in world.lost]
    return f"without the answers that it got ({lost[0]})" if lost else "without its answers"


def approach(target: Target, means: Means) -> tuple[Approach, str]:
    """The class that applies, and why, in a sentence."""
    if target.kind is not TargetKind.FUNCTION:
        return Approach.MANUAL, f"a {target.kind} cannot be called"
    if repeatable(target) and means.recorded:
        if target.side_effects:
            return Approach.REPLAY, (
                f"it is idempotent and only looks at the world ({_effects(target)}), so recorded"
                " calls are made again, answered as they were where that is kept, and none are"
                " made up"
            )
        return Approach.SHADOW, (
            "it is idempotent and without side effects, so both versions are run side by side"
        )
    why = _why_not(target)
    if means.written:
        return Approach.SYNTHETIC, f"{why}, so only what somebody wrote for it is run"
    return Approach.MANUAL, f"{why}, and nobody has written cases or tests for it"


def approach_check(target: Target, means: Means) -> Counted:
    """The class as a check: what cannot be run is inconclusive."""
    found, why = approach(target, means)
    return Counted(
        verdict=Verdict.INCONCLUSIVE if found is Approach.MANUAL else Verdict.PASSED,
        summary=f"{found.upper()}: {why}.",
        numbers={"recorded": float(means.recorded), "written": float(means.written)},
    )


def _why_not(target: Target) -> str:
    beyond = target.side_effects - LOOKS - ANSWERED
    if beyond:
        named = ", ".join(sorted(beyond))
        return f"its calls do more than answer ({named}), which must not be repeated"
    if not target.idempotent:
        return "it is not declared idempotent"
    return "no recorded call of it can be made again"


def _effects(target: Target) -> str:
    return ", ".join(sorted(target.side_effects))
