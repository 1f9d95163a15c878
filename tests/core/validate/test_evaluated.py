from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.combine import Whole
from mendloop.core.validate.evaluated import Score, Scores, score_of, with_scores
from mendloop.core.validate.evidence import Judged, Oracle
from mendloop.model.ids import TargetName, digest_of
from mendloop.model.observation import Crashed, Observation, Returned, Seen, TimedOut
from mendloop.model.report import Check, Verdict

STATIC = Check(name="static", verdict=Verdict.PASSED, summary="", numbers={})
REPLAY = Check(name="replay", verdict=Verdict.INCONCLUSIVE, summary="", numbers={})
READ = Whole(
    judged=Judged(
        verdict=Verdict.INCONCLUSIVE,
        checks=(STATIC, REPLAY),
        disagreements=(),
        regression_bound=None,
        oracle=Oracle.STRUCTURE,
    ),
    cases=digest_of(b""),
)


def seen(seen_: Seen) -> Score:
    return score_of(Observation(case="0", seen=seen_, seconds=0.1))


def said(text: str, code: int = 0) -> Score:
    return seen(Returned({"code": code, "said": text}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5\n", 0.5),
        ("talk 3\nscore: -1e2\n\n", -100.0),
        ("SCORE=7", 7.0),
        ('{"score": 0.25, "n": 4}', 0.25),
    ],
)
def test_the_score_is_on_the_last_line(text: str, value: float) -> None:
    assert said(text).value == value


@pytest.mark.parametrize(
    "text", ["", "done", "nan", "inf", "1e999", '{"score": true}', '{"score": NaN}', "[" * 9999]
)
def test_what_is_no_number_is_no_score(text: str) -> None:
    assert said(text).value is None


@pytest.mark.parametrize(
    "other",
    [TimedOut(30.0), Crashed("signal 9"), Returned(None), Returned({"code": 1, "said": "9"})],
)
def test_a_run_that_fails_has_no_score_and_says_why(other: Seen) -> None:
    assert (seen(other).value, bool(seen(other).why)) == (None, True)


def whole(base: list[float], candidate: list[float], start: Whole = READ) -> Whole:
    scores = Scores(
        target=TargetName("reply"),
        command="python evals/reply.py",
        base=tuple(Score(value=each) for each in base),
        candidate=tuple(Score(value=each) for each in candidate),
    )
    return with_scores(start, [scores], alone=True)


@pytest.mark.parametrize(
    ("base", "candidate", "verdict"),
    [
        ([1, 1, 1], [2, 2, 2], Verdict.PASSED),
        ([2, 2, 2], [1, 1, 1], Verdict.FAILED),
        ([1, 1, 1], [1, 1, 1], Verdict.INCONCLUSIVE),
        ([1, 2, 3], [3, 4, 5], Verdict.INCONCLUSIVE),
    ],
)
def test_only_a_score_that_is_clearly_better_passes(
    base: list[float], candidate: list[float], verdict: Verdict
) -> None:
    got = whole(base, candidate).judged
    assert got.verdict is verdict
    assert got.oracle is (Oracle.INVARIANT if verdict is Verdict.PASSED else Oracle.STRUCTURE)
    assert [each.name for each in got.checks] == ["static", "evaluate"]


@given(st.lists(st.floats(-9, 9), min_size=1), st.lists(st.floats(-9, 9), min_size=1))
def test_a_change_and_its_opposite_never_both_pass(one: list[float], two: list[float]) -> None:
    verdicts = {whole(one, two).judged.verdict, whole(two, one).judged.verdict}
    assert verdicts in ({Verdict.PASSED, Verdict.FAILED}, {Verdict.INCONCLUSIVE})


def test_reading_that_speaks_against_a_change_outweighs_its_score() -> None:
    against = replace(READ, judged=replace(READ.judged, verdict=Verdict.FAILED))
    assert whole([1], [2], against).judged.verdict is Verdict.FAILED


def test_a_change_of_the_evaluation_itself_fails() -> None:
    scores = Scores(target=TargetName("reply"), command="python e.py", touched=True)
    assert with_scores(READ, [scores], alone=True).judged.verdict is Verdict.FAILED


def test_an_evaluation_that_does_not_work_is_broken_and_not_the_changes_fault() -> None:
    scores = Scores(
        target=TargetName("reply"),
        command="python e.py",
        base=(Score(why="it crashed"),),
        candidate=(Score(value=1.0),),
    )
    got = with_scores(READ, [scores], alone=True).judged
    assert got.verdict is Verdict.BROKEN
    assert "it crashed" in got.checks[-1].summary
