from dataclasses import replace

from mendloop.core.validate.asserted import asserted, encoded
from mendloop.core.validate.cases import Exactly, RaisesClearly
from tests.core.validate.lab import TARGET

SOURCE = """
import pytest
from tools import pricing
from tools.pricing import quote
from elsewhere import quote as other

def test_plain():
    assert quote(7, y=0) == 0
    assert (1, 2) == pricing.quote([1], {"a": None})

class TestMore:
    def test_error(self):
        with pytest.raises(ValueError):
            quote(-1)

def test_computed(given):
    assert quote(given) == 1
    assert quote(1) == given
    assert other(1) == 1
    assert quote(*[1]) == 1

def helper():
    assert quote(1) == 1
"""


def test_plain_calls_with_plain_answers_are_read_from_tests() -> None:
    found = list(asserted("tests/test_it.py", SOURCE, TARGET))
    assert [(one.case.args, dict(one.case.kwargs), one.wanted) for one in found] == [
        ((7,), {"y": 0}, Exactly(0)),
        (([1], {"a": None}), {}, Exactly({"$t": [1, 2]})),
        ((-1,), {}, RaisesClearly(("ValueError",))),
    ]
    assert [one.parent for one in found] == [
        "tests/test_it.py::test_plain",
        "tests/test_it.py::test_plain",
        "tests/test_it.py::TestMore::test_error",
    ]


def test_another_function_of_the_name_is_not_the_target() -> None:
    source = "from cart import quote\n\ndef test_a():\n    assert quote(1) == 1\n"
    assert not list(asserted("t.py", source, TARGET))
    assert not list(asserted("t.py", "def test_a(:\n", TARGET))
    assert not list(asserted("t.py", SOURCE, replace(TARGET, selector="Cart.quote")))


def test_literals_are_encoded_as_values_are() -> None:
    assert encoded({1: b"\x01", "a": {3, 1}}) == {"$d": [[1, {"$b": "01"}], ["a", {"$s": [1, 3]}]]}
    assert encoded([2**60, 1e999, -1e999, 1j, True]) == [
        {"$i": str(2**60)},
        {"$f": "inf"},
        {"$f": "-inf"},
        {"$c": ["0.0", "1.0"]},
        True,
    ]
