from datetime import UTC, datetime
from typing import Any

from mendloop.core.investigate.clusters import cluster, last_own
from mendloop.model.execution import Execution, Fault, Frame, Outcome
from mendloop.model.ids import ExecutionId, TargetName

OWN = Frame(file="tools/pricing.py", line=41, function="quote")
LIBRARY = Frame(file=".venv/lib/python3.12/site-packages/yaml/x.py", line=7, function="load")


def failed(number: int, fingerprint: str, args: tuple[Any, ...] = (), **more: Any) -> Execution:
    settings: dict[str, Any] = {
        "outcome": Outcome.ERROR,
        "error": Fault(type="KeyError", message="'abc' at 17", frames=(OWN, LIBRARY)),
        **more,
    }
    return Execution(
        id=ExecutionId(f"e-{number}"),
        target=TargetName("quote"),
        at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=0.1,
        args=args,
        fingerprint=fingerprint,
        **settings,
    )


def test_failures_are_sorted_into_kinds_the_most_frequent_first() -> None:
    calls = [
        failed(1, "b"),
        failed(2, "a", ([1, 2, 3],)),
        failed(3, "a", (1,)),
        failed(4, "c"),
        failed(5, "", outcome=Outcome.OK, error=None),
    ]
    found = cluster(calls)
    assert [(one.fingerprint, one.calls) for one in found] == [("a", 2), ("b", 1), ("c", 1)]
    assert found[0].example == "e-3"
    assert found[0].error == "KeyError: 'abc' at 17"
    assert found[0].where == "tools/pricing.py:41 in quote"


def test_an_example_can_be_repeated_if_any_can() -> None:
    (found,) = cluster([failed(1, "a", (1,), whole=False), failed(2, "a", ("a longer one",))])
    assert found.example == "e-2"


def test_calls_without_an_error_say_how_they_failed() -> None:
    slow = failed(1, "a", outcome=Outcome.TIMEOUT, error=None)
    wrong = failed(2, "b", outcome=Outcome.WRONG, error=None)
    assert [one.error for one in cluster([slow, wrong])] == [
        "took too long",
        "gave a wrong answer, such as null",
    ]
    assert {one.where for one in cluster([slow, wrong])} == {""}


def test_a_wrong_answer_stands_beside_the_right_one() -> None:
    known = failed(1, "b", outcome=Outcome.WRONG, error=None, result=950, expected=995.0)
    (found,) = cluster([known])
    assert found.error == "gave a wrong answer, such as 950 where 995.0 is right"
    long = failed(1, "b", outcome=Outcome.WRONG, error=None, result="x" * 999, expected="y")
    (found,) = cluster([long])
    assert len(found.error) < 150
    assert found.error.endswith('... where "y" is right')


def test_texts_are_bounded_and_made_harmless() -> None:
    fault = Fault(type="E", message="\x1b[2J\u202e" + "x" * 999)
    (found,) = cluster([failed(1, "a", error=fault)])
    assert found.error.startswith("E: \\u001b[2J\\u202ex")
    assert len(found.error) <= 220


def test_no_failure_makes_no_cluster() -> None:
    assert cluster([]) == ()


def test_the_last_own_frame_is_not_of_a_library() -> None:
    assert last_own((OWN, LIBRARY)) == OWN
    assert last_own((LIBRARY,)) is None
