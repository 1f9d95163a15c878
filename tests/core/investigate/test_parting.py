import builtins
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.investigate.parting import line_of, point, side_by_side, telling, told

SOURCE = """\
def price(items, rate=None):
    total = 0
    for item in items:
        if item is None:
            total += len(item)
        else:
            total += item
    return total * rate
"""


def test_runs_part_at_the_branch_that_only_one_side_takes() -> None:
    bad, good = frozenset({2, 3, 4, 5}), frozenset({2, 3, 4, 7, 8})
    found = point(SOURCE, "price", [bad], [good], {5})
    assert found is not None
    assert (found.line, found.how) == (
        4,
        "every failing run and no passing run takes the branch at line 5",
    )


def test_where_both_go_the_same_way_they_part_where_one_raises() -> None:
    both = frozenset({2, 3, 4, 7, 8})
    found = point(SOURCE, "price", [both], [both], {8})
    assert found is not None
    assert found.line == 8


@pytest.mark.parametrize("name", ["other", "price.inner"])
def test_without_the_function_there_is_no_point(name: str) -> None:
    assert point(SOURCE, name, [frozenset({2})], [frozenset({2})], {2}) is None
    assert telling(SOURCE, name, 2) is None
    assert point("def (", "price", [frozenset({2})], [frozenset({2})], {2}) is None


def run(source: str, line: int, *args: Any) -> str:
    copy = telling(source, "price", line)
    assert copy is not None
    names: dict[str, Any] = {}
    exec(compile(copy, "copy", "exec"), names)  # noqa: S102  our own text
    with pytest.raises(RuntimeError) as raised:
        names["price"](*args)
    return str(raised.value)


def test_the_copy_tells_what_the_last_arrival_knew_whatever_the_function_does() -> None:
    raising = told(run(SOURCE, 4, [2, None], 1))
    assert raising is not None
    assert (raising["item"], raising["total"]) == (("NoneType", "None"), ("int", "2"))
    returning = told(run(SOURCE, 8, [2, 3], 1))
    assert returning is not None
    assert returning["total"] == ("int", "5")


def test_an_exception_that_is_swallowed_hides_nothing() -> None:
    source = "def price(x):\n    try:\n        return 1 / x\n    except Exception:\n        pass\n"
    assert told(run(source, 3, 0)) == {"x": ("int", "0")}


def test_a_generator_is_not_made_to_tell() -> None:
    assert telling("def price(x):\n    yield x\n", "price", 2) is None


def test_types_that_differ_come_before_values_that_differ() -> None:
    got = side_by_side(
        {"same": ("int", "1"), "value": ("int", "1"), "kind": ("NoneType", "None")},
        {"same": ("int", "1"), "value": ("int", "2"), "kind": ("str", "'a'"), "more": ("int", "3")},
    )
    assert [each.name for each in got] == ["kind", "more", "value", "same"]
    assert got[1].failing == ""


@given(st.text())
def test_what_is_told_by_a_stranger_is_read_without_harm(text: str) -> None:
    assert told(text) is None
    got = told(f"mendloop-point:{text}")
    assert got is None or isinstance(got, builtins.dict)


def test_a_line_past_the_end_has_no_text() -> None:
    assert line_of(SOURCE, 99) == ""
    assert line_of(SOURCE, 8) == "return total * rate"
