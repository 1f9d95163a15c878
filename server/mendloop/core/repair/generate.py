"""Candidates of all recipes for one function, the likeliest first."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Final

from mendloop.core.repair.candidate import Candidate, Place
from mendloop.core.repair.change import Change
from mendloop.core.repair.lines import BOM
from mendloop.core.repair.outline import Extent, outline
from mendloop.core.repair.reading import unit_of
from mendloop.core.repair.recipe import Hints, Recipe
from mendloop.core.repair.recipes.all import RECIPES
from mendloop.core.repair.shape import Shape, Shapes
from mendloop.core.repair.unit import Unit
from mendloop.core.repair.wide.all import WIDE
from mendloop.noun import dataclass

MOST_CANDIDATES: Final = 80_000
MOST_CHANGES: Final = 3_000
"""Of one usual recipe in one function."""
MOST_WIDE: Final = 12_000
"""Of one wide recipe in one function."""

_FITS: Final = 0.25
"""What the cost of a recipe shrinks by where it is for the exception that was raised."""
_MISFIT: Final = 3.0
"""What it grows by where it is for another, or nothing was raised."""
_RANK_STEP: Final = 0.15
_UNSUSPECTED: Final = 4.0
_HELPER: Final = 1.5
_MOST_HELPERS: Final = 3


class Space:
    """Every single change that some recipe sees in a function, cheapest first.

    First come those of the usual recipes; what they do not mend, the wide ones may, which put any
    name, condition, statement or expression anywhere. Those are looked for when they are reached.

    Cost is the recipe's own, times its fit to the exception, times how little the line is
    suspected. Each candidate compiles, differs from the source and from every earlier candidate
    in its syntax tree, and only inside the function, or inside another function of the file that
    holds a suspect line. A source that cannot be read has none.
    """

    def __init__(self, source: str, function: str, hints: Hints) -> None:
        """Look for all changes; none is made yet.

        Args:
            source: The file.
            function: The qualified name: ``quote``, ``Cart.total``, ``outer.inner``.
            hints: What is known of the failures.
        """
        self._bom = BOM if source.startswith(BOM) else ""
        self._asked = (source.removeprefix(BOM), function, hints)
        self._first = _priced(*self._asked, wide=False)
        self._more: list[_Priced] = []
        self._sieve = _Sieve(self._bom)

    @property
    def size(self) -> int:
        """How many changes are known so far, before those that mean the same are told apart."""
        return min(len(self._first) + len(self._more), MOST_CANDIDATES)

    def __iter__(self) -> Iterator[Candidate]:
        """The candidates, made one by one as they are asked for."""
        return islice(chain(self.usual(), self.wide()), MOST_CANDIDATES)

    def usual(self) -> Iterator[Candidate]:
        """Those of the usual recipes."""
        return self._sieve.distinct(self._first)

    def wide(self) -> Iterator[Candidate]:
        """Those of the wide recipes that no usual one has made."""
        self._more = _priced(*self._asked, wide=True)
        return islice(self._sieve.distinct(self._more), MOST_CANDIDATES)

    def sample(self, *, of_a_sort: int, of_a_line: int, most: int) -> Iterator[Candidate]:
        """A few of the usual changes of every line, the cheapest of each recipe.

        Args:
            of_a_sort: How many of one recipe on one line.
            of_a_line: How many on one line.
            most: How many in all.
        """
        by_sort: Counter[tuple[int, str]] = Counter()
        by_line: Counter[int] = Counter()
        chosen: list[_Priced] = []
        for one in self._first:
            line = one.change.line
            if by_line[line] < of_a_line and by_sort[line, one.recipe] < of_a_sort:
                by_sort[line, one.recipe] += 1
                by_line[line] += 1
                chosen.append(one)
        return _Sieve(self._bom).distinct(chosen[:most])


def candidates(source: str, function: str, hints: Hints) -> Iterator[Candidate]:
    """The candidates of a function's space."""
    return iter(Space(source, function, hints))


def changes(
    recipe: Recipe, unit: Unit, hints: Hints, *, most: int = MOST_CHANGES
) -> Iterator[Change]:
    """What one recipe would do in a unit, up to a bound."""
    return islice(recipe.edits(unit, hints), most)


def units(source: str, function: str, hints: Hints) -> Iterator[tuple[Unit, float]]:
    """The function, and the other functions with suspect lines, each with a factor for its cost."""
    read = outline(source)
    target = None if read is None else read.named(function)
    if read is None or target is None:
        return
    scopes: dict[range, Extent] = {target.lines: target}
    for line in hints.suspects:
        around = read.around(line)
        if around is not None and line not in target.lines and len(scopes) <= _MOST_HELPERS:
            scopes.setdefault(around.lines, around)
    for extent in scopes.values():
        unit = unit_of(
            source,
            whole=extent.outermost,
            scope=extent.lines,
            module_names=read.names,
            name=read.outermost(extent),
        )
        if unit is not None:
            yield unit, 1.0 if extent is target else _HELPER


@dataclass(frozen=True, slots=True)
class _Priced:
    """One change that could be made."""

    price: float
    unit: Unit
    recipe: str
    change: Change


def _priced(source: str, function: str, hints: Hints, *, wide: bool) -> list[_Priced]:
    """All changes, the cheapest first; equals in the order in which they were found."""
    suspects = tuple(sorted(hints.suspects))  # the order says what is likely, not what there is
    found = _found(source, function, suspects, hints.errors, hints.keys, wide=wide)
    priced = [
        _Priced(factor * _cost(recipe, change, hints), unit, recipe.name, change)
        for unit, factor, recipe, change in found
    ]
    return sorted(priced, key=lambda one: one.price)


@lru_cache(maxsize=3)
def _found(
    source: str,
    function: str,
    suspects: tuple[int, ...],
    errors: tuple[tuple[str, str, int], ...],
    keys: tuple[str, ...],
    *,
    wide: bool,
) -> tuple[tuple[Unit, float, Recipe, Change], ...]:
    """All changes of the usual or of the wide recipes; more than one asks for the same."""
    hints = Hints(function=function, suspects=suspects, errors=errors, keys=keys)
    return tuple(
        (unit, factor, recipe, change)
        for unit, factor in _units(source, function, suspects)
        for recipe in (WIDE if wide else RECIPES)
        for change in changes(recipe, unit, hints, most=MOST_WIDE if wide else MOST_CHANGES)
    )


@lru_cache(maxsize=2)
def _units(source: str, function: str, suspects: tuple[int, ...]) -> tuple[tuple[Unit, float], ...]:
    return tuple(units(source, function, Hints(function=function, suspects=suspects)))


class _Sieve:
    """Keeps one change of those that mean the same."""

    def __init__(self, bom: str) -> None:
        self._bom = bom
        self._shapes: dict[Unit, tuple[Shapes, Place]] = {}
        self._seen: set[tuple[Unit, str | Shape]] = set()

    def distinct(self, priced: Iterable[_Priced]) -> Iterator[Candidate]:
        """Those that compile and that nothing before has come to."""
        seen = self._seen
        for one in priced:
            unit, text = one.unit, one.change.of(one.unit.text)
            if (unit, text) in seen:
                continue
            seen.add((unit, text))
            if unit not in self._shapes:
                self._shapes[unit] = Shapes(unit), _place_of(unit, self._bom)
            known, place = self._shapes[unit]
            shape = known.of(text)
            if shape is None or (unit, shape) in seen:
                continue
            seen.add((unit, shape))
            yield Candidate(
                recipe=one.recipe,
                place=place,
                change=one.change,
                text=text,
                line=one.change.line,
                description=one.change.description,
                cost=round(one.price, 4),
                heading=known.reheaded(shape),
            )


def _place_of(unit: Unit, bom: str) -> Place:
    return Place(
        head=bom + unit.head,
        text=unit.text,
        tail=unit.tail,
        name=unit.name,
        holders=unit.holders,
        first_line=unit.first_line,
    )


def _cost(recipe: Recipe, change: Change, hints: Hints) -> float:
    trust = 0.5 + hints.trust.get(recipe.name, 0.5)
    fit = _fit(recipe, change, hints)
    return recipe.cost * change.weight * fit * _place(change, hints) / trust


def _fit(recipe: Recipe, change: Change, hints: Hints) -> float:
    if not recipe.fits:
        return 1.0
    lines = [line for error, _, line in hints.errors if error.rpartition(".")[2] in recipe.fits]
    if not lines:
        return _MISFIT
    return _FITS if change.line in lines or 0 in lines else _FITS * 2


def _place(change: Change, hints: Hints) -> float:
    raised_at = {line for _, _, line in hints.errors}
    if change.line in hints.suspects:
        rank = hints.suspects.index(change.line)
        return min(1.0 + _RANK_STEP * rank, _UNSUSPECTED)
    if change.line in raised_at:
        return 1.0
    return _UNSUSPECTED if hints.suspects or raised_at - {0} else 1.0
