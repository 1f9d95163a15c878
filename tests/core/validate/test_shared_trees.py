"""Trees that many rules share stay as they were read, and have the nodes that Python says."""

import ast
import inspect
from types import ModuleType

import pytest

import mendloop.core.validate.gaming
import mendloop.core.validate.kinds
import mendloop.core.validate.surface
from mendloop.core.validate.kinds import kind_of
from mendloop.core.validate.review import Sizes, review
from mendloop.core.validate.tree import children, module
from mendloop.model.ids import TargetName
from mendloop.model.proposal import ChangeKind
from mendloop.model.target import Target, TargetKind

_SOME: tuple[ModuleType, ...] = (
    mendloop.core.validate.gaming,
    mendloop.core.validate.kinds,
    mendloop.core.validate.surface,
)
_OLD = """
import os
RATE = 3; LIMIT = 4
@staticmethod
def plain(a, b):
    return a * b + 1
class Cart:
    def total(self, items):
        return sum(items) + RATE
x = [plain(1, 2)]
"""


@pytest.mark.parametrize("some", _SOME)
def test_the_nodes_below_one_are_those_that_python_names(some: ModuleType) -> None:
    for node in ast.walk(ast.parse(inspect.getsource(some))):
        assert children(node) == list(ast.iter_child_nodes(node))


@pytest.mark.parametrize("selector", ["plain", "RATE"])
def test_a_review_leaves_the_trees_as_they_were_read(selector: str) -> None:
    new = _OLD.replace("a * b + 1", "a * b").replace("RATE = 3", "RATE = 4")
    kind = TargetKind.CONSTANT if selector == "RATE" else TargetKind.FUNCTION
    target = Target(name=TargetName("t"), kind=kind, path="a.py", selector=selector)
    review(target, _OLD, new, sizes=Sizes(changed_lines=10))
    for text in (_OLD, new):
        assert ast.dump(module(text)) == ast.dump(ast.parse(text))


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("a * b + 1", "a * b", ChangeKind.FORMULA_CHANGE),
        ("a * b + 1", "b * a", ChangeKind.BEHAVIOR_FIX),
        ("RATE = 3", "RATE = 4", ChangeKind.BEHAVIOR_FIX),
        ("RATE = 3; LIMIT = 4", "RATE = 3; LIMIT = 4; MORE = 1 + RATE", ChangeKind.BEHAVIOR_FIX),
        ("sum(items) + RATE", "sum(items) - RATE", ChangeKind.FORMULA_CHANGE),
        ("@staticmethod", "@classmethod", ChangeKind.BEHAVIOR_FIX),
        ("x = [plain(1, 2)]", "x = [plain(1, 2)]\nx = [plain(1, 2)]", ChangeKind.BEHAVIOR_FIX),
        ("x = [plain(1, 2)]\n", "", ChangeKind.BEHAVIOR_FIX),
        ("import os", "import os  # the same", ChangeKind.BEHAVIOR_FIX),
        ("RATE = 3; LIMIT = 4", "RATE = LIMIT * 3; LIMIT = 4", ChangeKind.BEHAVIOR_FIX),
    ],
)
def test_what_stands_at_both_ends_does_not_say_what_kind_a_change_is(
    old: str, new: str, kind: ChangeKind
) -> None:
    text = _OLD.replace(old, new)
    assert text != _OLD
    assert kind_of(_OLD, text) is kind
    assert kind_of(f"{_OLD}\n\n\n{_OLD}", f"{_OLD}\n\n\n{text}") is kind
