import ast
from importlib import import_module

import numpy as np
import pytest

from tests.repair import plant
from tests.repair.inputs import Call, more

SOURCE = '''def pick(items, low, high):
    """Those between two bounds."""
    found = []
    for place, item in enumerate(items[1:]):
        if not item and place:
            continue
        if low <= item < high or item == 0:
            found.append(max(item, low) - 1)
        total = item
        total += 1
    return found if found else [low]


def other(a):
    return a
'''


def planted(seed: int) -> list[plant.Fault]:
    return list(plant.faults(SOURCE, "pick", np.random.default_rng(seed)))


def test_there_are_at_least_twelve_kinds_of_fault() -> None:
    assert len(plant.KINDS) >= 12


def test_a_fault_is_one_change_inside_the_function() -> None:
    for fault in planted(1):
        assert ast.dump(ast.parse(fault.source)) != ast.dump(ast.parse(SOURCE))
        assert fault.source.endswith("def other(a):\n    return a\n")
        assert fault.source.startswith("def pick(items, low, high):\n")


def test_the_same_seed_plants_the_same_faults() -> None:
    assert planted(3) == planted(3)
    assert planted(3) != planted(4)


def test_whoever_plants_knows_nothing_of_how_faults_are_mended() -> None:
    for name in ("plant", "inputs", "shelf", "collect"):
        source = import_module(f"tests.repair.{name}").__file__ or ""
        with open(source, encoding="utf-8") as file:  # noqa: PTH123  a module's own file
            assert "core.repair" not in file.read()


@pytest.mark.parametrize("seed", range(3))
def test_more_inputs_are_all_different_and_hold_the_first(seed: int) -> None:
    seeds = [Call((1, "a b", [1, 2]), {}), Call((7, "x", []), {"k": 1.5})]
    made = more(seeds, np.random.default_rng(seed), 40)
    assert made[:2] == seeds
    assert len({call.text for call in made}) == len(made) > 10
