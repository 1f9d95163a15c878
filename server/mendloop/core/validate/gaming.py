"""Reads a change for the ways in which code passes a test without being right.

Each rule names places in a file; a place counts where the old file had none like it. These rules
see what is plain. What they miss, the replay of near-misses and lone calls is there for.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Final, TypeAlias

from mendloop.core.validate.gutting import gutted
from mendloop.core.validate.knowing import known_inputs
from mendloop.core.validate.looking import looks_around
from mendloop.core.validate.peeking import hides_data, reads_records
from mendloop.core.validate.sensing import senses_test
from mendloop.core.validate.site import Site, Subject, subject
from mendloop.core.validate.swallowing import swallowed_errors
from mendloop.core.validate.tampering import exits, lingers, patches, remembers
from mendloop.core.validate.tree import module, parsed
from mendloop.core.validate.wording import clean
from mendloop.model.proposal import StaticFinding
from mendloop.model.target import Target

Rule: TypeAlias = Callable[[Subject], Iterator[Site]]

RULES: Final[tuple[Rule, ...]] = (
    swallowed_errors,
    known_inputs,
    senses_test,
    looks_around,
    patches,
    remembers,
    exits,
    lingers,
    reads_records,
    hides_data,
)


def findings(
    target: Target, old: str | None, new: str, *, recorded: Collection[str] = ()
) -> tuple[StaticFinding, ...]:
    """What is new in a Python file that no honest change needs.

    Args:
        target: The function that the change is for; its selector may be empty.
        old: The file so far; ``None`` for a new one.
        new: The file as it would be. One that does not parse has no findings here.
        recorded: The canonical texts of the recorded calls that failed.

    Returns:
        The findings, in the order of their lines.
    """
    tree = parsed(new)
    if isinstance(tree, SyntaxError):
        return ()
    before = subject(module(old), target.selector, recorded)
    after = subject(tree, target.selector, recorded)
    sites = [*_new(before, after), *gutted(before, after)]
    return tuple(
        StaticFinding(
            rule=one.rule,
            message=clean(one.message),
            path=target.path,
            line=one.line,
            blocks=one.blocks,
        )
        for one in sorted(sites, key=lambda one: (one.line, one.rule))
    )


def _new(before: Subject, after: Subject) -> Iterator[Site]:
    """The places that the old file did not have, each rule in turn."""
    for rule in RULES:
        had = Counter(one.message for one in rule(before))
        for one in rule(after):
            if had[one.message]:
                had[one.message] -= 1
            else:
                yield one
