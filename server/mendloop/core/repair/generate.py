"""Candidates of all recipes for one function, the likeliest first."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from mendloop.core.repair.change import Change
from mendloop.core.repair.lines import BOM
from mendloop.core.repair.outline import Extent, outline
from mendloop.core.repair.reading import unit_of
from mendloop.core.repair.recipe import Candidate, Hints, Recipe
from mendloop.core.repair.recipes.all import RECIPES
from mendloop.core.repair.shape import Shape, Shapes
from mendloop.core.repair.unit import Unit

MOST_CANDIDATES: Final = 400
MOST_CHANGES: Final = 500
"""Of one recipe in one function."""

_FITS: Final = 0.25
"""What the cost of a recipe shrinks by where it is for the exception that was raised."""
_MISFIT: Final = 3.0
"""What it grows by where it is for another, or nothing was raised."""
_RANK_STEP: Final = 0.15
_UNSUSPECTED: Final = 4.0
_HELPER: Final = 1.5
_MOST_HELPERS: Final = 3


def candidates(source: str, function: str, hints: Hints) -> Iterator[Candidate]:
    """Every single change that some recipe sees in a function, cheapest first.

    Cost is the recipe's own, times its fit to the exception, times how little the line is
    suspected. Each candidate compiles, differs from the source and from every earlier candidate
    in its syntax tree, and only inside the function, or inside another function of the file that
    holds a suspect line. A source that cannot be read has none.

    Args:
        source: The file.
        function: The qualified name: ``quote``, ``Cart.total``, ``outer.inner``.
        hints: What is known of the failures.
    """
    bom = BOM if source.startswith(BOM) else ""
    return islice(_distinct(source.removeprefix(BOM), function, hints, bom), MOST_CANDIDATES)


def changes(recipe: Recipe, unit: Unit, hints: Hints) -> Iterator[Change]:
    """What one recipe would do in a unit, up to a bound."""
    return islice(recipe.edits(unit, hints), MOST_CHANGES)


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
        unit = unit_of(source, whole=extent.outermost, scope=extent.lines, module_names=read.names)
        if unit is not None:
            yield unit, 1.0 if extent is target else _HELPER


def _distinct(source: str, function: str, hints: Hints, bom: str) -> Iterator[Candidate]:
    priced: list[tuple[float, int, Unit, Recipe, Change]] = []
    found = list(units(source, function, hints))
    for unit, factor in found:
        for recipe in RECIPES:
            for change in changes(recipe, unit, hints):
                price = factor * _cost(recipe, change, hints)
                priced.append((price, len(priced), unit, recipe, change))
    shapes = {unit: Shapes(unit) for unit, _ in found}
    seen: set[tuple[Unit, str | Shape]] = set()
    for price, _, unit, recipe, change in sorted(priced, key=lambda entry: entry[:2]):
        text = change.of(unit.text)
        if (unit, text) in seen:
            continue
        shape = shapes[unit].of(text)
        if shape is None or (unit, shape) in seen:
            continue
        seen |= {(unit, text), (unit, shape)}
        yield Candidate(
            recipe=recipe.name,
            source=bom + unit.head + text + unit.tail,
            line=change.line,
            description=change.description,
            cost=round(price, 4),
        )


def _cost(recipe: Recipe, change: Change, hints: Hints) -> float:
    return recipe.cost * change.weight * _fit(recipe, change, hints) * _place(change, hints)


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
