import pytest

from mendloop.core.investigate.source import extent

SOURCE = """import functools

@functools.lru_cache
@functools.wraps(
    print
)
def quote(x):
    def inner():
        return 1
    return x

class Cart:
    limit = 1

    async def total(self):
        return 2

    class Line:
        def price(self): return 3

if True:
    def late():
        return 4
else:
    def late():
        return 5
try:
    pass
except ValueError:
    def caught():
        return 6

def quote(x, y):
    return 7
"""


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("quote", range(33, 35)),
        ("quote.<locals>.inner", None),
        ("Cart", range(12, 20)),
        ("Cart.total", range(15, 17)),
        ("Cart.Line.price", range(19, 20)),
        ("late", range(25, 27)),
        ("caught", range(30, 32)),
        ("Cart.price", None),
        ("nobody", None),
        ("", None),
        (".", None),
    ],
)
def test_the_lines_of_a_function_are_found(name: str, lines: range | None) -> None:
    assert extent(SOURCE, name) == lines


def test_decorators_belong_to_a_function() -> None:
    assert extent(SOURCE.rpartition("def quote")[0], "quote") == range(3, 11)
    assert extent(SOURCE.rpartition("def quote")[0], "quote.<locals>.inner") == range(8, 10)


@pytest.mark.parametrize(
    "source", ["def f(:", "\0", "x = " + "(" * 9999, "x = " + "1+" * 9999 + "1"]
)
def test_what_cannot_be_read_holds_no_function(source: str) -> None:
    assert extent(source, "f") is None
