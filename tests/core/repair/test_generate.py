import ast
from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.core.repair.candidate import Candidate
from mendloop.core.repair.generate import MOST_CANDIDATES, Space
from mendloop.core.repair.recipe import Hints
from mendloop.core.repair.recipes.all import RECIPES
from mendloop.core.repair.wide.all import WIDE

SHOP = '''"""A shop.""" # keep me
import math


def unit_price(order, prices):  # helper
    return prices[order["item"]]


@traced
def quote(order, prices, seen=[]):
    """What it costs."""
    price = unit_price(order, prices)
    rate = order["paid"] / order["count"]   # odd   spacing
    for line in order["lines"]:
        if line.count > 1 and line.kind != "gift":
            price += line.count * 2
    def rounded(x, places=2):
        return round(x * 10 ** places) / 10**places
    return rounded(price - rate)


class Cart:
    async def total(self, lines):
        return sum(line.price for line in lines) / len(lines)

LAST = 1  # without an end'''


def made(source: str, function: str, hints: Hints | None = None) -> list[Candidate]:
    return list(usual(source, function, hints or Hints()))


def usual(source: str, function: str, hints: Hints) -> Iterator[Candidate]:
    return Space(source, function, hints).usual()


FUNCTIONS = ["quote", "unit_price", "Cart.total", "quote.rounded", "quote.<locals>.rounded"]
EXTENTS = {
    "quote": (9, 19),
    "unit_price": (5, 6),
    "Cart.total": (23, 24),
    "quote.rounded": (17, 18),
    "quote.<locals>.rounded": (17, 18),
}


@pytest.mark.promise("repair/one-function-only")
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_candidates_parse_and_differ_inside_the_function_only(
    function: str, end: str, mark: str
) -> None:
    source = mark + SHOP.replace("\n", end)
    first, last = EXTENTS[function]
    lines = source.split(end)
    found = made(source, function)
    assert len(found) > 5
    for candidate in found:
        ast.parse(candidate.source.removeprefix("\ufeff"))
        new = candidate.source.split(end)
        tail = len(lines) - last
        assert new[: first - 1] == lines[: first - 1]
        assert new[len(new) - tail :] == lines[last:]
        assert candidate.source != source
        assert first <= candidate.line <= last


def test_no_two_candidates_mean_the_same() -> None:
    trees = [ast.dump(ast.parse(candidate.source)) for candidate in made(SHOP, "quote")]
    assert len(set(trees)) == len(trees)
    assert ast.dump(ast.parse(SHOP)) not in trees


def test_candidates_come_cheapest_first_and_are_bounded() -> None:
    space = Space(SHOP, "quote", Hints(function="quote"))
    usual, wide = list(space.usual()), list(space.wide())
    assert 400 < len(usual) < len(usual) + len(wide) <= space.size <= MOST_CANDIDATES
    for found in (usual, wide):
        assert all(one.cost <= other.cost for one, other in pairwise(found))


def test_a_few_of_each_line_and_of_each_recipe() -> None:
    few = list(Space(SHOP, "quote", Hints()).sample(of_a_sort=2, of_a_line=9, most=40))
    by_sort = Counter((one.line, one.recipe) for one in few)
    assert max(by_sort.values()) == 2
    assert max(Counter(one.line for one in few).values()) <= 9
    assert len({one.recipe for one in few}) > 5
    assert 20 < len(few) <= 40


def test_the_same_question_has_the_same_answer() -> None:
    assert made(SHOP, "quote") == made(SHOP, "quote")


@pytest.mark.parametrize(
    ("error", "recipe"),
    [
        (("ZeroDivisionError", "division by zero", 13), "guard_zero_division"),
        (("KeyError", "'paid'", 13), "missing_key"),
        (("builtins.KeyError", "'paid'", 13), "missing_key"),
        (("AttributeError", "'NoneType' object has no attribute 'count'", 15), "guard_none"),
    ],
)
def test_the_recipe_for_what_was_raised_comes_first(
    error: tuple[str, str, int], recipe: str
) -> None:
    first = made(SHOP, "quote", Hints(errors=(error,)))[0]
    assert (first.recipe, first.line) == (recipe, error[2])


def test_a_suspect_line_comes_before_the_others() -> None:
    lines = [candidate.line for candidate in made(SHOP, "quote", Hints(suspects=(16, 15)))]
    assert set(lines[:10]) <= {15, 16}
    assert lines.count(16) > 5


def test_a_suspect_line_of_another_function_lets_that_one_be_changed() -> None:
    found = made(SHOP, "quote", Hints(suspects=(6,)))
    assert 6 in {candidate.line for candidate in found[:40]}
    changed = next(candidate for candidate in found if candidate.line == 6)
    assert changed.source.split("\n")[8:] == SHOP.split("\n")[8:]


def test_without_hints_another_function_stays_as_it_is() -> None:
    assert all(candidate.line >= 9 for candidate in made(SHOP, "quote"))


def test_a_candidate_says_what_it_does() -> None:
    descriptions = {candidate.description for candidate in made(SHOP, "quote")}
    assert "line 15: `>` becomes `>=`" in descriptions
    assert all("\n" not in text and text.startswith("line ") for text in descriptions)


@pytest.mark.promise("repair/never-swallows")
def test_no_candidate_swallows_exceptions_or_needs_a_new_import() -> None:
    for candidate in made(SHOP, "quote"):
        assert "except" not in candidate.source
        assert candidate.source.count("import") == SHOP.count("import")


def test_a_function_that_is_not_there_has_no_candidates() -> None:
    assert made(SHOP, "missing") == []
    assert made(SHOP, "Cart") == []
    assert made(SHOP, "") == []


def test_of_two_functions_of_one_name_the_last_counts() -> None:
    source = "def f(a):\n    return a < 1\n\n\ndef f(a):\n    return a < 2\n"
    assert {candidate.line for candidate in made(source, "f")} == {6}


HOSTILE = {
    "empty": "",
    "syntax error": "def f(:\n",
    "null": "def f(a):\n    return a\0\n",
    "lone surrogate": "def f(a):\n    return '\ud800' < a\n",
    "not a number": "def f(a):\n    return 1__0 < a\n",
    "deep brackets": f"def f(a):\n    return {'(' * 190}a{')' * 190}\n",
    "deeper brackets": f"def f(a):\n    return {'[' * 50_000}\n",
    "deep signs": f"def f(a):\n    return {'-' * 3_000}a\n",
    "deep sums": f"def f(a):\n    return a{' + a' * 5_000}\n",
    "deep attributes": f"def f(a):\n    return a{'.b' * 5_000}\n",
    "deep blocks": "def f(a):\n"
    + "".join(f"{' ' * depth}if a:\n" for depth in range(1, 95))
    + f"{' ' * 95}return a\n",
    "deep functions": "".join(f"{' ' * depth}def f(a):\n" for depth in range(95))
    + " " * 95
    + "pass",
    "many lines": "def f(a):\n" + "    a = a + 1\n" * 2_000,
    "a long line": f"def f(a):\n    return '{'x' * 100_000}' < a\n",
    "a large file": f"def f(a):\n    return a < 1\n{'x = 1' + chr(10)}" + "# y\n" * 250_000,
    "unclosed text": 'def f(a):\n    return """',
    "carriage returns": "def f(a):\r    b = a\r    return b < 1\r",
    "form feeds, which libcst does not keep": "def f(a):\n\x0c    b = a\n    return b < 1\n",
    "only a mark": "\ufeff",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_sources_have_no_candidates(source: str) -> None:
    assert made(source, "f", Hints(suspects=(2, 10**9, -1), errors=(("X", "\0", -5),))) == []


ODD = {
    "one line": "def f(a): return a < 1",
    "semicolons": "def f(a):\n    b = a; return b < 1\n",
    "tabs": "class A:\n\tdef f(self, a):\n\t\treturn a / self.n\n",
    "mixed ends": "def f(a):\r\n    b = a\n    return b < 1\r\n",
    "continuation": "def f(a):\n    return a \\\n        < 1\n",
    "no end": "def f(a):\n    if a:\n        return a < 1",
    "other letters": "def f(ä):\n    return 'é' + ä < '\N{SNOWMAN}'\n",
    "a class in a function": "def f(a):\n    class B:\n        c = a < 1\n    return B\n",
    "in a branch": "if True:\n    def f(a):\n        return a < 1\nelse:\n    pass\n",
    "non-local": "def f(a):\n    def g():\n        nonlocal a\n        a = a < 1\n    g()\n",
    "match": "def f(a):\n    match a:\n        case [x, *_] if x < 1:\n            return x\n",
    "lambda": "def f(a):\n    return sorted(a, key=lambda x: x[0] < 1)\n",
    "walrus": "def f(a):\n    while (n := a.pop()) < 1:\n        print(n)\n",
    "try": "def f(a):\n    try:\n        return a['x'] < 1\n    finally:\n        a.clear()\n",
    "formatted text": "def f(a):\n    return f'{a.b / a.c:>{a.w}} {a!r}' < 'x'\n",
    "decorators": "@a(lambda x: x < 1)\n@b\ndef f(a: int < 1 = 1) -> int < 2:\n    return a < 1\n",
    "generator": "async def f(a):\n    async for x in a:\n        yield x / a.n < 1\n",
}


@pytest.mark.parametrize("source", ODD.values(), ids=ODD.keys())
def test_odd_sources_have_candidates_that_compile(source: str) -> None:
    function = "A.f" if source.startswith("class") else "f"
    found = made(source, function)
    assert found
    for candidate in found:
        compile(candidate.source, "candidate", "exec")


names = st.sampled_from(["a", "b", "xs", "d"])
expressions = st.recursive(
    names | st.sampled_from(["0", "1.5", "'k'", "None", "[]", "xs[0]", "d['k']", "d[a]"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "/", "<", "and", "in", "//"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        st.tuples(st.sampled_from(["len", "int", "max", "a.strip", "not "]), inner).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        inner.map(lambda part: f"[x for x in xs if x != {part}]"),
    ),
    max_leaves=6,
)
statements = st.one_of(
    expressions.map(lambda e: f"a = {e}"),
    expressions.map(lambda e: f"d[a] += {e}"),
    expressions.map(lambda e: f"return {e}"),
    expressions.map(lambda e: f"if {e}:\n        b = {e}"),
    expressions.map(lambda e: f"for x in {e}:\n        xs.append({e})"),
    expressions.map(lambda e: f"while {e}: a = {e}"),
)


def check_any_function(body: list[str], raised: str) -> None:
    source = "def f(a, b, xs, d):\n" + "".join(f"    {line}\n" for line in body)
    hints = Hints(errors=((raised, "", 2),) if raised else ())
    for candidate in islice(usual(source, "f", hints), 200):
        tree = ast.parse(candidate.source)
        assert ast.dump(tree) != ast.dump(ast.parse(source))
        assert candidate.recipe in {recipe.name for recipe in (*RECIPES, *WIDE)}


bodies = st.lists(statements, min_size=1, max_size=4)
raises = st.sampled_from(["KeyError", ""])


@settings(max_examples=8, deadline=None)
@given(body=bodies, raised=raises)
def test_candidates_of_any_function_compile_and_differ(body: list[str], raised: str) -> None:
    check_any_function(body, raised)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(body=bodies, raised=raises)
def test_candidates_of_many_functions_compile_and_differ(body: list[str], raised: str) -> None:
    check_any_function(body, raised)


@pytest.mark.slow
def test_a_very_long_function_has_its_first_candidates_soon() -> None:
    lines = "".join(
        f"    a{n} = b.get('k{n}', xs[{n}]) / c\n    if a{n} > {n} and b:\n        xs.append(a{n})\n"
        for n in range(450)
    )
    source = f"def f(b, xs, c):\n{lines}    return xs\n"
    found = list(islice(usual(source, "f", Hints(suspects=(5,))), 10))
    assert {candidate.line for candidate in found} == {5}


CURES = {
    "an average of nothing": (
        (
            "def mean(xs):\n    total = 0.0\n    for x in xs:\n        total += x\n"
            "    return total / len(xs)\n"
        ),
        "    return total / len(xs)\n",
        "    if not xs:\n        return 0.0\n    return total / len(xs)\n",
        Hints(errors=(("ZeroDivisionError", "float division by zero", 5),)),
        8,
    ),
    "a key that may be absent": (
        "def net(order):\n    gross = order['gross']\n    return gross - order['discount']\n",
        "order['discount']",
        "order.get('discount', 0)",
        Hints(errors=(("KeyError", "'discount'", 3),)),
        3,
    ),
    "a name that is missing": (
        "def greet(user):\n    return 'Hello ' + user.name.title()\n",
        "user.name.title",
        '(user.name or "").title',
        Hints(errors=(("AttributeError", "'NoneType' object has no attribute 'title'", 2),)),
        8,
    ),
    "a price with a comma": (
        "def price(text):\n    return round(float(text), 2)\n",
        "float(text)",
        'float(text.replace(",", ""))',
        Hints(errors=(("ValueError", "could not convert string to float: '1,200'", 2),)),
        5,
    ),
    "a text and a number": (
        "def label(n):\n    return 'no. ' + n\n",
        "+ n",
        "+ str(n)",
        Hints(errors=(("TypeError", 'can only concatenate str (not "int") to str', 2),)),
        5,
    ),
    "a list that was emptied on the way": (
        "def prune(d):\n    for k in d:\n        if d[k] is None:\n            del d[k]\n",
        "in d:",
        "in list(d):",
        Hints(errors=(("RuntimeError", "dictionary changed size during iteration", 2),)),
        2,
    ),
    "a misspelt method": (
        "def collect(xs, x):\n    xs.apend(x)\n    return xs\n",
        "apend",
        "append",
        Hints(errors=(("AttributeError", "'list' object has no attribute 'apend'", 2),)),
        20,
    ),
    "a boundary": (
        "def grade(points):\n    if points > 50:\n        return 'passed'\n    return 'failed'\n",
        ">",
        ">=",
        Hints(suspects=(4, 2)),
        3,
    ),
    "a return in the loop": (
        "def count(xs):\n    n = 0\n    for x in xs:\n        n += x\n        return n\n",
        "        return n\n",
        "    return n\n",
        Hints(suspects=(5, 4)),
        40,
    ),
    "a default for all calls": (
        "def note(x, seen=[]):\n    seen.append(x)\n    return seen\n",
        "seen=[]):\n",
        "seen=None):\n    if seen is None:\n        seen = []\n",
        Hints(),
        2,
    ),
}


@pytest.mark.parametrize(("source", "old", "new", "hints", "within"), CURES.values(), ids=CURES)
def test_the_cure_of_a_common_fault_is_among_the_first(
    source: str, old: str, new: str, hints: Hints, within: int
) -> None:
    function = source.partition("(")[0].removeprefix("def ")
    first = [candidate.source for candidate in made(source, function, hints)[:within]]
    assert source.replace(old, new) in first
