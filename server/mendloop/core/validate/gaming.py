"""Reads a change for the ways in which code passes a test without being right.

Each rule names places in a file; a place counts where the old file had none like it. These rules
see what is plain. What they miss, the replay of near-misses and lone calls is there for.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from mendloop.core.validate.focus import focused
from mendloop.core.validate.gutting import gutted
from mendloop.core.validate.knowing import known_inputs
from mendloop.core.validate.looking import looks_around
from mendloop.core.validate.peeking import hides_data, reads_records
from mendloop.core.validate.sensing import senses_test
from mendloop.core.validate.site import Site, Subject, subject
from mendloop.core.validate.swallowing import swallowed_errors
from mendloop.core.validate.tampering import exits, lingers, patches, remembers
from mendloop.core.validate.tree import parsed
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
_BY_INPUTS: Final[frozenset[Rule]] = frozenset({known_inputs})
"""The rules that ask what the recorded inputs are."""


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
    known = frozenset(recorded)
    before = _File((old or "", new), 0, target.selector, known)
    after = _File((old or "", new), 1, target.selector, known)
    sites = [*_new(before, after), *gutted(before.subject, after.subject)]
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


class _File(NamedTuple):
    """One version of a file, which is read more than once in a test."""

    versions: tuple[str, str]
    which: int
    selector: str
    recorded: frozenset[str]

    @property
    def subject(self) -> Subject:
        """As the rules see it."""
        tree = focused(*self.versions, self.selector)[self.which]
        return subject(tree, self.selector, self.recorded)

    def sites(self, rule: Rule) -> tuple[Site, ...]:
        """What a rule says of it."""
        return _sites(self if rule in _BY_INPUTS else self._replace(recorded=frozenset()), rule)


@lru_cache(maxsize=80)
def _sites(file: _File, rule: Rule) -> tuple[Site, ...]:
    return tuple(rule(file.subject))


def _new(before: _File, after: _File) -> Iterator[Site]:
    """The places that the old file did not have, each rule in turn."""
    for rule in RULES:
        had = Counter(one.message for one in before.sites(rule))
        for one in after.sites(rule):
            if had[one.message]:
                had[one.message] -= 1
            else:
                yield one
