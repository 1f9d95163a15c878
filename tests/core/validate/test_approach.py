from dataclasses import replace

import pytest

from mendloop.core.validate.approach import Approach, Means, approach, approach_check, repeatable
from mendloop.core.validate.measured import Recorded
from mendloop.core.validate.repeated import account
from mendloop.core.validate.rows import rows_of
from mendloop.model.observation import NotLoaded, NotRun, Returned
from mendloop.model.report import Verdict
from mendloop.model.target import SideEffect, TargetKind
from tests.core.validate.lab import TARGET, Trial

SOME = Means(recorded=9, written=2)
LOOKS = replace(TARGET, side_effects=frozenset({SideEffect.READS_FILES, SideEffect.CLOCK}))
WRITES = replace(TARGET, side_effects=frozenset({SideEffect.CLOCK, SideEffect.SUBPROCESS}))
ASKS = replace(TARGET, side_effects=frozenset({SideEffect.NETWORK}))


@pytest.mark.parametrize(
    ("target", "means", "wanted", "why"),
    [
        (TARGET, SOME, Approach.SHADOW, "without side effects"),
        (LOOKS, SOME, Approach.REPLAY, "only looks at the world (clock, reads_files)"),
        (WRITES, SOME, Approach.SYNTHETIC, "do more than answer (subprocess)"),
        (ASKS, SOME, Approach.REPLAY, "only looks at the world (network)"),
        (ASKS, Means(), Approach.MANUAL, "no recorded call"),
        (WRITES, Means(recorded=9), Approach.MANUAL, "nobody has written"),
        (replace(TARGET, idempotent=False), SOME, Approach.SYNTHETIC, "not declared idempotent"),
        (TARGET, Means(written=1), Approach.SYNTHETIC, "no recorded call"),
        (TARGET, Means(), Approach.MANUAL, "no recorded call"),
        (replace(TARGET, kind=TargetKind.TEXT), SOME, Approach.MANUAL, "a text cannot be called"),
    ],
)
def test_the_class_follows_from_what_is_declared_and_recorded(
    target: object, means: Means, wanted: Approach, why: str
) -> None:
    found, said = approach(target, means)  # type: ignore[arg-type]
    assert found is wanted
    assert why in said


def test_only_what_nobody_can_run_is_inconclusive() -> None:
    assert approach_check(TARGET, SOME).summary.startswith("SHADOW: ")
    assert approach_check(TARGET, SOME).verdict is Verdict.PASSED
    assert approach_check(WRITES, Means()).verdict is Verdict.INCONCLUSIVE
    assert repeatable(LOOKS)
    assert not repeatable(WRITES)


@pytest.mark.promise("verdict/not-replayable-is-counted")
def test_every_call_that_does_not_count_is_counted_under_its_reason() -> None:
    source = "def quote(x):\n    return {'$opaque': 'Money'} if x > 7 else x\n"
    evidence = Trial(old=source, new=source, passing=[(n,) for n in range(10)]).evidence()
    first, second = (list(run) for run in evidence.base if not isinstance(run, NotLoaded))
    second[1] = replace(second[1], seen=Returned(-1))
    first[2], second[2] = (replace(run[2], seen=Returned(-2)) for run in (first, second))
    first[3] = replace(first[3], seen=NotRun("no time"))
    rows = rows_of(replace(evidence, base=(tuple(first), tuple(second))), evidence.cases)
    counted = account(TARGET, Recorded(looked_at=20, cut=4), rows)
    assert counted is not None
    assert counted.numbers == {
        "looked_at": 20,
        "tried": 10,
        "counting": 5,
        "impure": 0,
        "cut": 4,
        "unsteady": 1,
        "changed": 1,
        "partial": 2,
        "not_run": 1,
        "unanswered": 0,
        "not_recorded": 0,
    }
    assert counted.verdict is Verdict.PASSED
    assert counted.summary.count("; ") == 4


@pytest.mark.promise("verdict/not-replayable-is-counted")
def test_a_target_of_which_nothing_can_be_replayed_does_not_pass() -> None:
    counted = account(WRITES, Recorded(looked_at=20, cut=4), ())
    assert counted is not None
    assert (counted.verdict, counted.numbers["impure"]) == (Verdict.INCONCLUSIVE, 16)
    assert account(TARGET, Recorded(), ()) is None
