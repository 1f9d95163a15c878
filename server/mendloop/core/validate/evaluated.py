"""What the user's own evaluation says of a change: its score on both versions.

An evaluation is a Python file of the workspace that prints a number, more for better. It runs as it
stands in the workspace, a few times on each version. The score is told by the process that ran it;
a proposal that changes the evaluation itself is refused.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from mendloop.core.validate.combine import Whole, with_checks
from mendloop.core.validate.evidence import Oracle
from mendloop.core.validate.wording import clean, seen_text
from mendloop.model.ids import TargetName, digest_of
from mendloop.model.observation import Case, NotRun, Observation, Returned
from mendloop.model.report import Check, Verdict
from mendloop.noun import dataclass

RUNS: Final = 3
"""Of each version. Where scores vary, all of one side have to lie above all of the other, which
happens by accident once in twenty times."""
MOST_TEXT: Final = 2_000
_NUMBER: Final = re.compile(
    r"(?:score\s*[:=]\s*)?([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)", re.IGNORECASE
)

SOURCE: Final = f"""\
import contextlib
import io
import os
import runpy
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))


def run(path, args):
    file = os.path.join(ROOT, path)
    os.chdir(ROOT)
    sys.argv = [file, *args]
    sys.path.insert(0, ROOT)
    sys.path.insert(0, os.path.dirname(file))
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said):
        try:
            runpy.run_path(file, run_name="__main__")
        except SystemExit as ended:
            code = ended.code
    if code is not None and not isinstance(code, int):
        code = 1
    return {{"code": int(code or 0), "said": said.getvalue()[-{MOST_TEXT}:]}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one run of an evaluation came to."""

    value: float | None = None
    why: str = ""
    """Why there is no score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What the evaluation of one target came to on both versions."""

    target: TargetName
    command: str
    base: tuple[Score, ...] = ()
    candidate: tuple[Score, ...] = ()
    touched: bool = False
    """Whether the proposal changes the evaluation itself; then nothing was run."""


def case_of(number: int, command: Sequence[str]) -> Case:
    """One run as one case."""
    path, *arguments = command
    return Case(id=str(number), args=(path, list(arguments)))


def score_of(observation: Observation) -> Score:
    """Read what one run told. All of it is untrusted."""
    match observation.seen:
        case Returned({"code": int() as code, "said": str() as said}):
            if code:
                return Score(why=f"it ended with status {code}: {_last(said)}")
            return _read(said)
        case Returned():
            return Score(why="it gave a malformed answer")
        case NotRun(why):
            return Score(why=f"the sandbox did not run it: {why}")
        case seen:
            return Score(why=seen_text(seen))


def with_scores(whole: Whole, scores: Sequence[Scores], *, alone: bool) -> Whole:
    """The verdict with what evaluations say.

    Args:
        whole: The verdict so far.
        scores: What each evaluation came to.
        alone: Whether nothing else could be run. Then a better score is what carries the verdict,
            unless reading the change speaks against it.
    """
    if not scores:
        return whole
    checks = [_check(each) for each in scores]
    if not alone or whole.judged.verdict is Verdict.FAILED:
        return with_checks(whole, *checks)
    read = tuple(each for each in whole.judged.checks if each.name != "replay")
    verdicts = {each.verdict for each in checks}
    fit = verdicts == {Verdict.PASSED}
    start = replace(
        whole,
        judged=replace(
            whole.judged,
            verdict=Verdict.PASSED,
            checks=read,
            oracle=Oracle.INVARIANT if fit else whole.judged.oracle,
        ),
        cases=digest_of("\n".join(each.command for each in scores).encode()),
    )
    return with_checks(start, *checks)


def _check(scores: Scores) -> Check:
    verdict, summary = _judged(scores)
    return Check(
        name="evaluate",
        verdict=verdict,
        summary=clean(f"{scores.target}: {summary}", 600),
        numbers=_numbers(scores),
    )


def _judged(scores: Scores) -> tuple[Verdict, str]:
    if scores.touched:
        return Verdict.FAILED, "the change touches the evaluation that has to judge it."
    base, why = _values(scores.base)
    if why or not base:
        return Verdict.BROKEN, f"{scores.command} gives no score on the current version: {why}."
    candidate, why = _values(scores.candidate)
    if why or not candidate:
        return Verdict.FAILED, f"{scores.command} gives no score on the change: {why}."
    verdict, word = _compared(base, candidate)
    told = f"{scores.command} scores {_told(candidate)}, before {_told(base)}"
    return verdict, f"{told}: {word}."


def _compared(base: Sequence[float], candidate: Sequence[float]) -> tuple[Verdict, str]:
    if max(candidate) < min(base):
        return Verdict.FAILED, "worse"
    if min(candidate) > max(base):
        return Verdict.PASSED, "better"
    if set(candidate) == set(base) and len(set(base)) == 1:
        return Verdict.INCONCLUSIVE, "neither better nor worse"
    return Verdict.INCONCLUSIVE, "the runs overlap, so that nothing is told apart"


def _values(scores: Sequence[Score]) -> tuple[list[float], str]:
    """All scores, or why one is missing."""
    missing = next((each.why for each in scores if each.value is None), "")
    return [each.value for each in scores if each.value is not None], missing


def _numbers(scores: Scores) -> Mapping[str, float]:
    named = {"before": _values(scores.base)[0], "after": _values(scores.candidate)[0]}
    numbers: dict[str, float] = {"runs": float(len(scores.base))}
    for name, values in named.items():
        if values:
            numbers |= {f"{name}_low": min(values), f"{name}_high": max(values)}
    return numbers


def _told(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def _read(said: str) -> Score:
    """The score on the last line: a number, ``score: 0.8``, or JSON with a ``score``."""
    last = _last(said)
    number = _NUMBER.fullmatch(last)
    value = float(number[1]) if number else _from_json(last)
    if value is None or not math.isfinite(value):
        return Score(why=f"the last line is no score: {last!r}")
    return Score(value=value)


def _from_json(text: str) -> float | None:
    try:
        read: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    score = cast("dict[str, object]", read).get("score") if isinstance(read, dict) else None
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    try:
        return float(score)
    except OverflowError:
        return None


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
