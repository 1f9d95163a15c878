import json
import math
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mendloop.core.repair.constants import MOST_VALUES, grid, read, write
from mendloop.core.repair.formats.place import Scalar
from mendloop.core.repair.refusal import DoesNotApply
from mendloop.model.target import Range

TOML = """# the limits
[retry]   # of calls
limit = 3   # tries
pause= 0.5
names = ["a", "b"]
on.'a.b' = true

[[steps]]
size = 0x10
[[steps]]
size = 20
label = 'x'
"""
YAML_TEXT = """# the limits
retry:   # of calls
    limit: 3      # tries
    pause:   0.5
    names: [a,   'b']
    on: {"a.b": yes,  'c': true}
steps:
- size: 16
-   size: 20
    label: 'x'
    long: a b
    12: 7
"""
JSON_TEXT = """{
   "retry": {"limit": 3, "pause":0.5, "on": {"a.b": true},
     "names": ["a",  "b"]},
   "steps": [ {"size": 16}, {"size": 20, "label": "x"} ],
   "none": null
}
"""
PYTHON = '''"""The limits."""

retry = {"limit": 3, "pause": 0.5, "names": ("a", 'b'), "on": {"a.b": True}}  # of calls
é, LOW = 1, 2
LIMIT: int = 3  # tries
FLOOR = -1.5
steps = [{"size": 16}, {"size": 20, "label": 'x'}]


class Settings:
    limit = 3
    name = "é"; limit_2 = 4


TWICE = 1
TWICE += 1
'''
FILES = {"s.toml": TOML, "s.yaml": YAML_TEXT, "s.json": JSON_TEXT, "s.py": PYTHON}
KEYS: dict[str, Scalar] = {
    "retry.limit": 3,
    "retry.pause": 0.5,
    "retry.names[1]": "b",
    'retry.on."a.b"': True,
    "steps.1.size": 20,
    "steps[1].label": "x",
}
PLACES = [
    (path, key)
    for path in FILES
    for key in KEYS
    if (path, key) != ("s.yaml", 'retry.on."a.b"')  # ``yes`` is a text in YAML 1.2
]


@pytest.mark.parametrize(("path", "key"), PLACES)
def test_a_constant_is_read_by_its_key(path: str, key: str) -> None:
    value = read(path, FILES[path], key)
    assert value == KEYS[key]
    assert type(value) is type(KEYS[key])


def other(value: Scalar) -> st.SearchStrategy[Scalar]:
    match value:
        case bool():
            return st.booleans()
        case int():
            return st.integers(-(2**60), 2**60)
        case float():
            return st.floats(allow_nan=False, allow_infinity=False)
        case str():
            return st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@pytest.mark.parametrize(("path", "key"), PLACES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_and_the_rest_of_the_file_stays(
    path: str, key: str, end: str, data: st.DataObject
) -> None:
    text = "\ufeff" + FILES[path].replace("\n", end)
    value = data.draw(other(KEYS[key]))
    after = write(path, text, key, value)
    assert isinstance(after, str)
    assert read(path, after, key) == value
    old, new = text.split("\n"), after.split("\n")
    changed = [at for at, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    assert len(changed) <= 1
    for elsewhere in KEYS:
        if elsewhere != key:
            assert read(path, after, elsewhere) == read(path, text, elsewhere)


def test_only_the_characters_of_the_value_change() -> None:
    assert write("s.toml", TOML, "retry.limit", 5) == TOML.replace("limit = 3", "limit = 5")
    assert write("s.toml", TOML, "retry.pause", 2) == TOML.replace("0.5", "2.0")
    assert write("s.yaml", YAML_TEXT, "retry.limit", 5) == YAML_TEXT.replace(
        "limit: 3 ", "limit: 5 "
    )
    assert write("s.yaml", YAML_TEXT, "steps[1].12", 8) == YAML_TEXT.replace("12: 7", "12: 8")
    assert write("s.yaml", YAML_TEXT, "steps[1].label", "it's") == YAML_TEXT.replace(
        "'x'", "'it''s'"
    )
    assert write("s.yaml", YAML_TEXT, "steps[1].long", "c d") == YAML_TEXT.replace("a b", "c d")
    assert write("s.yaml", YAML_TEXT, "retry.pause", 1e-7) == YAML_TEXT.replace("0.5", "1.0e-07")
    assert write("s.json", JSON_TEXT, "retry.limit", 5.0) == JSON_TEXT.replace(
        '"limit": 3', '"limit": 5'
    )
    assert write("s.py", PYTHON, "LIMIT", 5) == PYTHON.replace("int = 3", "int = 5")
    assert write("s.py", PYTHON, "FLOOR", 2.5) == PYTHON.replace("-1.5", "2.5")
    assert write("s.py", PYTHON, "Settings.limit_2", 5) == PYTHON.replace("= 4", "= 5")
    assert write("s.py", PYTHON, "Settings.name", "e") == PYTHON.replace('"é"', '"e"')


@pytest.mark.parametrize("value", ["true", "3", "null", "a: b", "#c", "", " x", "- y", "[", "é\n"])
def test_a_text_stays_a_text_whatever_it_looks_like(value: str) -> None:
    for path, text in FILES.items():
        for key in ("steps[1].label", "retry.names[0]"):
            after = write(path, text, key, value)
            assert isinstance(after, str)
            assert read(path, after, key) == value


def test_independent_readers_agree_with_what_was_written() -> None:
    toml = write("s.toml", TOML, "steps[0].size", 17)
    text = write("s.yaml", YAML_TEXT, "steps[0].size", 17)
    data = write("s.json", JSON_TEXT, "steps[0].size", 17)
    assert isinstance(toml, str)
    assert isinstance(text, str)
    assert isinstance(data, str)
    assert tomllib.loads(toml)["steps"] == [{"size": 17}, {"size": 20, "label": "x"}]
    reader: Any = YAML(typ="safe", pure=True)
    assert reader.load(text)["steps"][0] == {"size": 17}
    assert json.loads(data)["steps"] == [{"size": 17}, {"size": 20, "label": "x"}]


@pytest.mark.parametrize(
    ("path", "text", "key", "reason"),
    [
        ("s.toml", TOML, "retry.limits", "There is no `limits`"),
        ("s.json", JSON_TEXT, "steps[9].size", "There is no `9`"),
        ("s.yaml", YAML_TEXT, "retry.limit.x", "There is no `x`"),
        ("s.py", PYTHON, "MISSING", "There is no `MISSING`"),
        ("s.toml", TOML, "steps", "is a table or a list"),
        ("s.json", JSON_TEXT, "retry", "is an object or a list"),
        ("s.json", JSON_TEXT, "none", "is null"),
        ("s.yaml", YAML_TEXT, "retry", "is a mapping or a list"),
        ("s.yaml", "a: ~\n", "a", "is null"),
        ("s.yaml", "a: 2026-01-01\n", "a", "is a timestamp"),
        ("s.py", PYTHON, "Settings", "is a class"),
        ("s.py", "A = f()\n", "A", "is an expression"),
        ("s.py", PYTHON, "TWICE", "assigned 2 times"),
        ("s.toml", "d = 2026-01-01\n", "d", "is a date"),
        ("s.yaml", "a: &x 1\nb: *x\n", "b", "bears an anchor"),
        ("s.yaml", "a: &x {c: 1}\nb: *x\n", "b.c", "bears an anchor"),
        ("s.ini", "", "a", "its ending is not known"),
        ("s.toml", TOML, "", "is no key path"),
        ("s.toml", TOML, "retry..limit", "is no key path"),
        ("s.toml", TOML, "retry.", "is no key path"),
        ("s.toml", "a = \n", "a", "is not TOML"),
        ("s.json", "{", "a", "is not JSON"),
        ("s.yaml", "a: [", "a", "is not YAML"),
        ("s.yaml", "a: 1\n---\na: 2\n", "a", "is not YAML"),
        ("s.yaml", "", "a", "There is no `a`"),
        ("s.py", "A = (", "A", "is not Python"),
        ("s.py", "A = 1\0", "A", "is not Python"),
        ("s.py", "A = 1\rB = 2", "A", "carriage returns"),
        ("s.py", "#" * 1_000_001, "A", "are the most"),
        ("s.toml", "#" * 500_001, "a", "are the most"),
        ("s.yaml", "#" * 200_001, "a", "are the most"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    path: str, text: str, key: str, reason: str
) -> None:
    result = read(path, text, key)
    assert isinstance(result, DoesNotApply)
    assert reason in result.reason


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("s.json", "[" * 50_000),
        ("s.yaml", "[" * 3_000),
        ("s.toml", "a = " + "[" * 3_000),
        ("s.py", "A = " + "-" * 5_000 + "1"),
    ],
)
def test_deep_nesting_is_refused(path: str, text: str) -> None:
    assert isinstance(read(path, text, "A.B"), DoesNotApply)


@pytest.mark.parametrize("value", [True, 2.5, "3"])
def test_a_value_of_another_type_is_refused(value: Scalar) -> None:
    for path, text in FILES.items():
        result = write(path, text, "retry.limit", value)
        assert isinstance(result, DoesNotApply)
        assert "is of type int" in result.reason


def test_a_number_that_is_not_finite_is_refused() -> None:
    assert isinstance(write("s.toml", TOML, "retry.pause", math.inf), DoesNotApply)


def test_a_block_of_text_is_read_but_not_written() -> None:
    text = "a: |\n  x\n  y\nb: 1\n"
    assert read("s.yaml", text, "a") == "x\ny\n"
    assert isinstance(write("s.yaml", text, "a", "z"), DoesNotApply)


def test_a_longer_text_in_toml_gives_way_to_one_line() -> None:
    text = 'a = """x\ny"""  # why\nb = 1\n'
    assert write("s.toml", text, "a", "z") == 'a = "z"  # why\nb = 1\n'


numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)
ranges = st.none() | st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(
    lambda ends: Range(low=min(ends), high=max(ends))
)


@given(bounds=ranges, current=numbers)
def test_a_grid_is_small_sorted_by_nearness_in_range_and_of_one_type(
    bounds: Range | None, current: float
) -> None:
    values = grid(bounds, current)
    assert len(values) <= MOST_VALUES
    assert len(set(values)) == len(values)
    assert current not in values
    distances: list[float] = []
    for value in values:
        assert not isinstance(value, str)
        assert type(value) is type(current)
        assert bounds is None or bounds.low <= value <= bounds.high
        distances.append(abs(value - current))
    assert distances == sorted(distances)


def test_the_grid_of_a_small_range_holds_every_whole_number() -> None:
    assert grid(Range(low=0, high=10), 3) == (2, 4, 1, 5, 0, 6, 7, 8, 9, 10)


def test_the_grid_of_a_wide_range_reaches_its_ends() -> None:
    values = grid(Range(low=0.0, high=1000.0), 20.0)
    assert values[:4] == (19.8, 20.2, 19.6, 20.4)
    assert values[-1] == 1000.0
    assert 0.0 in values


def test_a_truth_value_has_one_neighbour_and_a_text_none() -> None:
    assert grid(None, current=True) == (False,)
    assert grid(None, "x") == ()
    assert grid(None, math.nan) == ()
    assert grid(None, 0.0)
