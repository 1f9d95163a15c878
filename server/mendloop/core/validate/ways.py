"""Near-misses by the way in which each differs from its parent.

Many of one way, such as other elements of a list, do not hide that those of another, such as
another length, are left as they were.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mendloop.core.stats.words import calls
from mendloop.core.validate.evidence import Evidence
from mendloop.core.validate.kin import replaced_word, spelled_texts, spelled_words
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.rows import Row
from mendloop.core.validate.wants import Deliberate, clear_error
from mendloop.model.observation import Returned
from mendloop.model.report import Verdict
from mendloop.model.value import Encoded, canonical

FEW: Final = 3
"""Fewer near-misses of one way do not speak against a change."""
_ENOUGH: Final = 6
_WORD: Final = "word:"
_ONLY_NEAR: Final = "it looks as if only the neighbourhood of the recorded inputs were mended."


def by_way(
    failing: Sequence[Row], mends: Mapping[str, Row], evidence: Evidence
) -> Iterator[Sequence[Row]]:
    """Near-misses that differ from their parents in the same way, and those that lie far away.

    Many of one way, such as other elements of a list, do not hide that those of another, such as
    another length, are left as they were. Another word counts where the change spells the one that
    was recorded; others may be words that a library knows.
    """
    fresh = _fresh(evidence)
    ways: dict[str, list[Row]] = {}
    for row in failing:
        ways.setdefault(_way(row, mends[row.case.parent]), []).append(row)
    for way, some in ways.items():
        word = way.removeprefix(_WORD).casefold()
        if not way.startswith(_WORD) or any(part in word for part in fresh):
            yield some


def _way(row: Row, parent: Row) -> str:
    """In what a near-miss differs from its parent."""
    if row.case.far:
        if word := replaced_word(parent.case.text, row.case.text):
            return f"{_WORD}{word}"
        return f"far:{len(row.case.text) == len(parent.case.text)}"
    return _place(row, parent)


def _place(row: Row, parent: Row) -> str:
    """The argument in which a near-miss differs, and whether it is as long as it was."""
    one, other = row.case.case, parent.case.case
    pairs = [*enumerate(zip(one.args, other.args, strict=False))]
    named = [(name, (value, other.kwargs.get(name))) for name, value in one.kwargs.items()]
    for place, (left, right) in (*pairs, *named):
        if canonical(left) != canonical(right):
            return f"{place}:{_length(left) == _length(right)}"
    return "world"


def _length(value: Encoded) -> int:
    return len(value) if isinstance(value, list) else -1


def of_a_way(failing: Sequence[Row], errors: Deliberate) -> Counted | None:
    """Judge those of one way; ``None`` where most of them are mended."""
    still = [row for row in failing if row.unchanged and not clear_error(row, errors)]
    if len(failing) < FEW or len(still) * 2 <= len(failing):
        return None
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=f"{len(still)} of {calls(len(failing))} that failed like the mended ones, and"
        f" differ from them {'more' if failing[0].case.far else 'in one way'}, still fail"
        f" in the same way: {_ONLY_NEAR}",
        numbers={"alike": float(len(failing)), "still_failing": float(len(still))},
        against=_still(still),
    )


def of_wrong_ways(
    wrong: Sequence[Row], mends: Mapping[str, Row], evidence: Evidence, errors: Deliberate
) -> Counted | None:
    """Judge near-misses of calls that were answered wrongly; ``None`` where nothing is to be said.

    Where a word that the change spells is put for another, the answer was as wrong before. Where
    many lists are of another length, some were.
    """
    for some in by_way(wrong, mends, evidence):
        worded = _way(some[0], mends[some[0].case.parent]).startswith(_WORD)
        if worded and (one := of_a_way(some, errors)) is not None:
            return one
    lengths: dict[str, list[Row]] = {}
    for row in wrong:
        way = _place(row, mends[row.case.parent])
        if way.endswith(":False"):
            lengths.setdefault(way, []).append(row)
    for some in lengths.values():
        changed = [row for row in some if isinstance(row.after, Returned) and not row.unchanged]
        if len(some) >= _ENOUGH and not changed:
            return Counted(
                verdict=Verdict.INCONCLUSIVE,
                summary=f"None of {calls(len(some))} with a list of another length than that of a"
                f" mended one is answered otherwise: {_ONLY_NEAR}",
                numbers={"of_another_length": float(len(some))},
                against=_still(some[:FEW]),
            )
    return None


def _still(rows: Sequence[Row]) -> tuple[Against, ...]:
    return tuple(Against(row, row.after, "a call of the same make is as before") for row in rows)


def _fresh(evidence: Evidence) -> frozenset[str]:
    """The words in the texts of a change that its file did not spell before."""
    return spelled_texts(evidence.source) - spelled_words(evidence.base_source)
