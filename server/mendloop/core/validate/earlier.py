"""Right answers that are on record: what an earlier version answered to a call that fails now."""

from collections.abc import Iterable, Mapping, Sequence

from mendloop.core.validate.cases import Exactly
from mendloop.model.execution import Execution, Outcome
from mendloop.model.value import call_text, canonical, opaque


def earlier_answers(
    failing: Iterable[Execution], passing: Iterable[Execution]
) -> Mapping[str, Exactly]:
    """What was answered to the very same calls before they failed.

    Args:
        failing: Calls that failed, or were called wrong.
        passing: Calls that went well.

    Returns:
        By the number of a failing call the answer to it. There is one where all that went well
        before it came to the same, and on other versions only: a call that one version answers
        now so and then not has no right answer on record.
    """
    by_call: dict[tuple[str, bytes], list[Execution]] = {}
    for one in passing:
        by_call.setdefault(_call(one), []).append(one)
    found = {one.id: _answer(one, by_call.get(_call(one), ())) for one in failing}
    return {name: answer for name, answer in found.items() if answer is not None}


def _call(execution: Execution) -> tuple[str, bytes]:
    text = call_text(execution.args, execution.kwargs)
    return text, execution.world.told if execution.world else b""


def _answer(failed: Execution, passed: Sequence[Execution]) -> Exactly | None:
    before = [one for one in passed if one.at < failed.at and one.whole]
    versions = {one.version for one in before}
    if failed.version is None or not versions.isdisjoint({None, failed.version}):
        return None
    texts = {canonical(one.result) for one in before}
    if len(texts) != 1 or opaque(before[0].result):
        return None
    wrong = failed.outcome is Outcome.WRONG and canonical(failed.result) in texts
    return None if wrong else Exactly(before[0].result)
