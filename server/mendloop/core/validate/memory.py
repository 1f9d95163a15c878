"""The check on memory: does a change hold much more of it than what it replaces?"""

from collections.abc import Sequence
from typing import Final

from mendloop.core.stats.words import calls
from mendloop.core.validate.checks import replayed
from mendloop.core.validate.evidence import JudgeRule
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.rows import Row
from mendloop.model.observation import Returned
from mendloop.model.report import Verdict

UNNOTICED: Final = 32 << 20
"""Bytes that a process may hold more, whatever the ratio: a table, a cache, a library."""
_MEBI: Final = 1 << 20


def memory(rows: Sequence[Row], rule: JudgeRule) -> Counted | None:
    """Does its process hold many times the memory, on calls that both versions answer?

    What counts is all of the process, with the interpreter and what was imported: that is what the
    user's machine has to have. Of several runs of a call the current version's largest is compared
    with the change's smallest, because calls that share a process share its peak.

    Returns:
        What is to be said; nothing where the sandbox did not tell.
    """
    told = [row for row in replayed(rows) if _answered(row) and _before(row) and _after(row)]
    if not told:
        return None
    before, most = max(map(_before, told)), max(told, key=_after)
    after = _after(most)
    ratio = after / before
    numbers = {
        "calls": float(len(told)),
        "bytes_before": float(before),
        "bytes_after": float(after),
        "ratio": ratio,
        "limit": rule.memory_factor,
    }
    said = f"On {calls(len(told))} its process held up to {_text(after)}; it held {_text(before)}"
    if after - before < UNNOTICED or ratio <= rule.memory_factor:
        return Counted(verdict=Verdict.PASSED, summary=f"{said}.", numbers=numbers)
    why = f"its process holds {_text(after)} instead of {_text(before)}"
    return Counted(
        verdict=Verdict.FAILED,
        summary=f"{said}, so that it takes more than {rule.memory_factor:g} times as much.",
        numbers=numbers,
        against=(Against(most, most.after, why),),
    )


def _answered(row: Row) -> bool:
    """Whether both versions came to an answer: a call that fails early holds little."""
    return all(isinstance(one.seen, Returned) for one in (*row.base, *row.candidate))


def _before(row: Row) -> int:
    return max(one.peak_bytes for one in row.base)


def _after(row: Row) -> int:
    alone = () if row.solo is None else (row.solo,)
    return min((one.peak_bytes for one in (*row.candidate, *alone) if one.peak_bytes), default=0)


def _text(count: int) -> str:
    return f"{count / _MEBI:,.0f} MiB"
