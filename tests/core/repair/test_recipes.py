import ast

import pytest

from mendloop.core.repair.generate import changes, units
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.recipes.all import RECIPES as USUAL
from mendloop.core.repair.wide.all import WIDE

RECIPES = (*USUAL, *WIDE)
EXAMPLES = [
    pytest.param(recipe, example, id=f"{recipe.name}-{number}")
    for recipe in RECIPES
    for number, example in enumerate(recipe.examples)
]


def function_of(source: str) -> str:
    body = ast.parse(source).body
    last = body[-1]
    if isinstance(last, ast.ClassDef):
        method = last.body[-1]
        assert isinstance(method, ast.FunctionDef)
        return f"{last.name}.{method.name}"
    assert isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef)
    return last.name


def made(recipe: Recipe, source: str, hints: Hints) -> list[str]:
    return [
        unit.head + change.of(unit.text) + unit.tail
        for unit, _ in units(source, function_of(source), hints)
        for change in changes(recipe, unit, hints)
    ]


@pytest.mark.parametrize(("recipe", "example"), EXAMPLES)
def test_a_recipe_does_what_its_examples_say(recipe: Recipe, example: Example) -> None:
    results = made(recipe, example.before, example.hints)
    if example.after is None:
        assert results == []
    else:
        assert example.after in results


@pytest.mark.parametrize(("recipe", "example"), EXAMPLES)
def test_whatever_a_recipe_makes_of_its_examples_is_python(
    recipe: Recipe, example: Example
) -> None:
    for result in made(recipe, example.before, example.hints):
        ast.parse(result)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_has_examples_of_what_it_does_and_of_what_it_leaves(recipe: Recipe) -> None:
    assert any(example.after is not None for example in recipe.examples)
    assert any(example.after is None for example in recipe.examples)


def test_recipes_have_names_of_their_own() -> None:
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES)


SETTLED = [
    pytest.param(recipe, example, id=f"{recipe.name}-{number}")
    for recipe in RECIPES
    if recipe.settles
    for number, example in enumerate(recipe.examples)
    if example.after is not None
]


@pytest.mark.parametrize(("recipe", "example"), SETTLED)
def test_a_recipe_that_settles_does_not_do_the_same_again(recipe: Recipe, example: Example) -> None:
    assert example.after is not None
    first = {
        splice.new.strip()
        for unit, _ in units(example.before, function_of(example.before), example.hints)
        for change in changes(recipe, unit, example.hints)
        if example.after == unit.head + change.of(unit.text) + unit.tail
        for splice in change.splices
    }
    again = {
        splice.new.strip()
        for unit, _ in units(example.after, function_of(example.after), Hints())
        for change in changes(recipe, unit, Hints())
        for splice in change.splices
    }
    assert first
    assert not first & again
