from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.detect.duplicate import LEAST_COMMON, same_answers, same_code
from mendloop.core.detect.shape import shapes
from mendloop.model.ids import TargetName
from mendloop.model.incident import IncidentKind

QUOTE = '''
"""Prices."""
import math

RATE = 3


def rounded(amount):
    return math.floor(amount * 100) / 100


def quote(price, count=1):
    """What so many cost."""
    total = price * count * RATE
    for step in range(count):
        total -= rounded(step)
    return total
'''
OTHER_NAMES = QUOTE.replace("price, count", "amount: float, n: int").replace(
    "total = price * count * RATE", "sum_: float = amount * n * RATE"
).replace("range(count)", "range(n)").replace("total", "sum_").replace("step", "i").replace(
    "What so many cost.", "Something else."
)  # fmt: skip


def shape(source: str, name: str = "quote") -> str | None:
    return shapes(source, [name]).get(name)


def test_names_annotations_and_documentation_do_not_count() -> None:
    assert shape(QUOTE) == shape(OTHER_NAMES) is not None
    assert shape(QUOTE.replace("def quote", "def offer"), "offer") == shape(QUOTE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 3", "RATE = 4"),
        ("RATE = 3", "RATE = 3.0"),
        ("RATE = 3", "RATE = True + 2"),
        ("amount * 100", "amount * 10"),  # the helper's, which is called by the same name
        ("import math", "import cmath as math"),
        ("count=1", "count=2"),
        ("price, count=1", "price, *, count=1"),
        ("price * count", "count * price"),
        ("range(count)", "range(price)"),
        ("-=", "+="),
        ("math.floor", "math.ceil"),
    ],
)
def test_what_a_function_does_counts_to_the_last_constant_and_helper(old: str, new: str) -> None:
    assert old in QUOTE
    assert shape(QUOTE.replace(old, new)) != shape(QUOTE)


def test_helpers_count_by_what_they_do_and_not_by_their_names_inside() -> None:
    assert shape(QUOTE.replace("amount", "x")) == shape(QUOTE)


def test_calls_of_different_builtins_are_different() -> None:
    source = "def quote(values):\n    return min(value * 2 + 1 for value in values)\n"
    assert shape(source) != shape(source.replace("min", "max")) is not None


def test_recursion_is_alike_under_any_name() -> None:
    one = "def quote(n):\n    return 1 if n < 2 else n * quote(n - 1)\n"
    assert shape(one) == shape(one.replace("quote", "fact"), "fact") is not None


def test_helpers_that_call_each_other_end() -> None:
    source = (
        "def a(n):\n    return b(n - 1) if n else 0\ndef b(n):\n    return a(n - 1) if n else 1\n"
    )
    found = shapes(source, ["a", "b"])
    assert set(found) == {"a", "b"}
    assert found["a"] != found["b"]


def test_methods_are_found_by_their_qualified_name() -> None:
    body = "    return sum(each * 2 + 1 for each in values)\n"
    flat = f"def quote(values):\n{body}"
    method = f"class Shop:\n    @staticmethod\n    def quote(values):\n    {body}"
    assert shape(method, "Shop.quote") == shape(flat) is not None


@pytest.mark.parametrize(
    "source",
    [
        "def quote(price):\n    return price\n",
        'def quote(price):\n    """Only words."""\n',
        "def other():\n    pass\n",
        "def quote(:\n",
        "quote = 3\n",
        "class quote:\n    pass\n",
        "",
        "\0",
    ],
)
def test_what_is_small_absent_or_unreadable_has_no_shape(source: str) -> None:
    assert shape(source) is None


def test_code_that_is_nested_too_deep_has_no_shape() -> None:
    deep = "-" * 3000 + "1"
    assert shape(f"def quote():\n    return {deep}\n") is None


def test_targets_of_one_shape_are_one_finding() -> None:
    found = same_code(
        {TargetName("b"): "s1", TargetName("a"): "s1", TargetName("c"): "s2", TargetName("d"): "s1"}
    )
    [finding] = found
    assert finding.kind is IncidentKind.DUPLICATE
    assert finding.targets == ("a", "b", "d")
    assert finding.key == "code s1"
    assert finding.priority == 0
    assert finding.summary.startswith("a, b, d have the same code.")


def test_five_thousand_targets_are_compared_at_once() -> None:
    shapes_of = {TargetName(f"t{n}"): f"s{n // 2}" for n in range(5_000)}
    assert len(same_code(shapes_of)) == 2_500
    answers = {
        TargetName(f"t{n}"): {f"[{n // 2 * 30 + k}]": str(k % 5) for k in range(30)}
        for n in range(5_000)
    }
    assert len(same_answers(answers)) == 2_500


def answers(count: int, *, first: int = 0) -> dict[str, str]:
    return {f"[{n}]": str(n % 7) for n in range(first, first + count)}


def test_the_same_answers_on_many_inputs_are_a_finding_that_says_how_many() -> None:
    [finding] = same_answers({TargetName("b"): answers(30), TargetName("a"): answers(25, first=3)})
    assert finding.targets == ("a", "b")
    assert finding.numbers["inputs"] == 25
    assert finding.summary.startswith("a, b gave the same answers on 25 inputs.")


def test_one_counterexample_is_enough() -> None:
    other = answers(30) | {"[29]": "raised ValueError"}
    assert same_answers({TargetName("a"): answers(30), TargetName("b"): other}) == ()


def test_few_inputs_and_few_results_say_nothing() -> None:
    few = answers(LEAST_COMMON - 1)
    assert same_answers({TargetName("a"): few, TargetName("b"): few}) == ()
    same = {f"[{n}]": "null" for n in range(100)}
    assert same_answers({TargetName("a"): same, TargetName("b"): same}) == ()


def test_what_is_known_by_its_code_is_not_told_twice() -> None:
    both = {TargetName("a"): answers(30), TargetName("b"): answers(30)}
    assert same_answers(both, [(TargetName("a"), TargetName("b"))]) == ()


@given(
    st.dictionaries(
        st.sampled_from([TargetName(name) for name in "abcd"]),
        st.dictionaries(st.integers(0, 40).map(str), st.sampled_from("xyz"), max_size=40),
    )
)
def test_alike_are_exactly_those_that_a_look_at_every_pair_finds(
    given_: dict[TargetName, dict[str, str]],
) -> None:
    found = {each.targets for each in same_answers(given_)}
    wanted: set[tuple[TargetName, ...]] = set()
    for (one, mine), (other, its) in combinations(sorted(given_.items()), 2):
        common = mine.keys() & its.keys()
        agree = all(mine[key] == its[key] for key in common)
        several = len({mine[key] for key in common}) >= 3
        if len(common) >= LEAST_COMMON and agree and several:
            wanted.add((one, other))
    assert found == wanted
