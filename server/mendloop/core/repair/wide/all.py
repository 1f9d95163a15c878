"""Every recipe of the second round."""

from typing import Final

from mendloop.core.repair.recipe import Recipe
from mendloop.core.repair.wide import (
    any_argument,
    any_condition,
    any_constant,
    any_expression,
    any_guard,
    any_name,
    any_statement,
    any_term,
    moved_anywhere,
    other_order,
    same_everywhere,
)

WIDE: Final[tuple[Recipe, ...]] = (
    any_name.RECIPE,
    same_everywhere.RECIPE,
    any_constant.RECIPE,
    any_condition.RECIPE,
    moved_anywhere.RECIPE,
    other_order.RECIPE,
    any_statement.RECIPE,
    any_guard.RECIPE,
    any_term.RECIPE,
    any_argument.RECIPE,
    any_expression.RECIPE,
)
