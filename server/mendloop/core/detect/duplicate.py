"""Do several targets do the same: by their code, or by their answers?

Code is compared by a digest of each function's tree, and answers by what they have in common, so
that the cost follows the number of targets and not of pairs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final, TypeAlias

from mendloop.model.ids import TargetName, digest_of
from mendloop.model.incident import Finding, IncidentKind

LEAST_COMMON: Final = 20
"""Distinct inputs that two targets must have answered alike."""
_LEAST_DIFFERENT: Final = 3
"""Distinct results among them: that both say nothing, or yes, is no likeness."""
_MOST_ALIKE: Final = 50
"""An answer that more targets than this give to an input tells nothing about any two of them."""
_DIGITS: Final = 16
_MOST_NAMED: Final = 3

Answers: TypeAlias = "Mapping[str, str]"
"""What a target gave to each distinct input, both in canonical JSON."""


def same_code(shapes: Mapping[TargetName, str]) -> tuple[Finding, ...]:
    """The targets whose functions have one shape, as ``shape.shapes`` tells it.

    Args:
        shapes: The shape of each target's function; those too small to tell are left out.
    """
    alike: dict[str, list[TargetName]] = defaultdict(list)
    for name, found in shapes.items():
        alike[found].append(name)
    return tuple(
        _finding(sorted(names), "have the same code", f"code {found[:_DIGITS]}", {})
        for found, names in sorted(alike.items())
        if len(names) > 1
    )


def same_answers(
    answers: Mapping[TargetName, Answers], known: Iterable[Sequence[TargetName]] = ()
) -> tuple[Finding, ...]:
    """The targets that answered alike whatever both were asked, without a counterexample.

    Args:
        answers: What each target gave; only of targets that may be called again at will.
        known: Targets that are known to have the same code: they are not named again.
    """
    together = {pair for names in known for pair in combinations(sorted(names), 2)}
    found: dict[tuple[TargetName, TargetName], int] = {}
    for (one, other), common in sorted(_agreeing(answers).items()):
        if common < LEAST_COMMON or (one, other) in together:
            continue
        if _alike(answers[one], answers[other]):
            found[one, other] = common
    return tuple(
        _finding(
            [one, other],
            f"gave the same answers on {common} inputs",
            f"answers {digest_of(f'{one} {other}'.encode())[:_DIGITS]}",
            {"inputs": float(common)},
        )
        for (one, other), common in found.items()
    )


def _agreeing(answers: Mapping[TargetName, Answers]) -> Counter[tuple[TargetName, TargetName]]:
    """On how many inputs each two targets agree, of those that agree on any."""
    gave: dict[tuple[str, str], list[TargetName]] = defaultdict(list)
    for name in sorted(answers):
        for asked, given in answers[name].items():
            gave[asked, given].append(name)
    pairs: Counter[tuple[TargetName, TargetName]] = Counter()
    for names in gave.values():
        if 1 < len(names) <= _MOST_ALIKE:
            pairs.update(combinations(names, 2))
    return pairs


def _alike(one: Answers, other: Answers) -> bool:
    common = one.keys() & other.keys()
    if any(one[asked] != other[asked] for asked in common):
        return False
    return len({one[asked] for asked in common}) >= _LEAST_DIFFERENT


def _finding(
    names: Sequence[TargetName], how: str, key: str, numbers: Mapping[str, float]
) -> Finding:
    listed = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return Finding(
        kind=IncidentKind.DUPLICATE,
        target=names[0],
        others=tuple(names[1:]),
        key=key,
        summary=f"{listed}{more} {how}. It hurts no call; a fix of one may be missed in the other.",
        priority=0.0,
        numbers={"targets": float(len(names)), **numbers},
    )
