"""What an earlier version answered to the very same call is the right answer to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mendloop.core.validate.cases import Exactly
from mendloop.core.validate.earlier import earlier_answers
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.value import Encoded

START = datetime(2026, 1, 1, tzinfo=UTC)


def call(name: str, minute: int, version: str | None, result: Encoded = 7) -> Execution:
    return Execution(
        id=ExecutionId(name),
        target=TargetName("quote"),
        at=START + timedelta(minutes=minute),
        seconds=0.001,
        args=(1, "a"),
        version=None if version is None else Digest(version),
        outcome=Outcome.OK,
        result=result,
    )


FAILED = replace(call("x-1", 9, "new", None), outcome=Outcome.ERROR)
PASSED = call("x-0", 1, "old")


def test_the_answer_of_an_earlier_version_is_wanted() -> None:
    assert earlier_answers([FAILED], [PASSED]) == {"x-1": Exactly(7)}


@pytest.mark.parametrize(
    "passed",
    [
        (),
        (replace(PASSED, args=(2, "a")),),
        (call("x-0", 1, "new"),),
        (call("x-0", 1, None),),
        (call("x-0", 10, "old"),),
        (PASSED, call("x-2", 2, "old", result=8)),
        (PASSED, call("x-2", 2, "new")),
        (replace(PASSED, whole=False),),
        (replace(PASSED, result={"$opaque": "a.B"}),),
    ],
)
def test_no_other_answer_is(passed: tuple[Execution, ...]) -> None:
    assert earlier_answers([FAILED], passed) == {}


def test_what_somebody_called_wrong_is_not_wanted_again() -> None:
    wrong = replace(FAILED, outcome=Outcome.WRONG, result=7)
    assert earlier_answers([wrong], [PASSED]) == {}
    assert earlier_answers([replace(wrong, result=8)], [PASSED]) == {"x-1": Exactly(7)}


def test_nothing_is_said_where_the_failing_version_is_unknown() -> None:
    assert earlier_answers([replace(FAILED, version=None)], [PASSED]) == {}
