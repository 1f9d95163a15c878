"""Nothing that comes out of a sandbox is believed before it is checked."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.adapters.sandbox import frames
from mendloop.adapters.sandbox.frames import Answer, MalformedError
from mendloop.model.execution import Fault, Frame
from mendloop.model.observation import Crashed, NotRun, Raised, Returned

_tags = st.sampled_from(
    ["$t", "$s", "$b", "$i", "$d", "$c", "$dataclass", "$enum", "$opaque", "$x"]
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_tags | st.text(), inner),
    max_leaves=10,
)
_fields = st.fixed_dictionaries(
    {"i": _json, "k": st.sampled_from(["returned", "raised", "not_run", "large", "x"]) | _json},
    optional={"v": _json, "f": _json, "w": _json, "s": _json, "l": _json},
)


def _text(**parts: object) -> bytes:
    return json.dumps({"i": 0, "s": 0.5, **parts}).encode()


@given(st.binary() | _fields.map(lambda raw: json.dumps(raw).encode()))
def test_any_text_is_an_answer_or_malformed(text: bytes) -> None:
    with suppress(MalformedError):
        assert isinstance(frames.parse(text), Answer)


@given(_json)
def test_a_value_that_is_accepted_is_sound_json(value: object) -> None:
    try:
        checked = frames.checked(value)
    except MalformedError:
        return
    assert json.loads(json.dumps(checked, allow_nan=False)) == checked


def test_each_kind_of_answer_is_understood() -> None:
    fault = {"type": "E", "message": "m", "frames": [["a.py", 3, "f"]]}
    known = Fault(type="E", message="m", frames=(Frame(file="a.py", line=3, function="f"),))
    assert frames.parse(_text(k="returned", v=[1])).seen == Returned([1])
    assert frames.parse(_text(k="raised", f=fault)).seen == Raised(known)
    assert frames.parse(_text(k="not_run", w="why")).seen == NotRun("why")
    assert frames.parse(_text(k="large")).seen == Crashed("output too large")
    assert frames.parse(_text(k="large", l=[3, 1])).lines == {1, 3}


_WRONG: list[dict[str, Any]] = [
    {"k": "returned"},
    {"k": "returned", "v": 2**60},
    {"k": "returned", "v": {"$t": 1}},
    {"k": "returned", "v": {"$t": [], "x": 1}},
    {"k": "returned", "v": {"$d": [[1]]}},
    {"k": "returned", "v": {"$c": ["1"]}},
    {"k": "returned", "v": {"$b": 1}},
    {"k": "returned", "v": {"$dataclass": ["a.B", []]}},
    {"k": "returned", "v": 1, "i": True},
    {"k": "returned", "v": 1, "i": "0"},
    {"k": "returned", "v": 1, "l": [1.5]},
    {"k": "returned", "v": 1, "l": [-1]},
    {"k": "returned", "v": 1, "l": list(range(30_000))},
    {"k": "raised", "f": {"type": "E", "message": "x" * 3000, "frames": []}},
    {"k": "raised", "f": {"type": "E", "message": "m", "frames": [["a", 1, "f"]] * 30}},
    {"k": "raised", "f": {"type": "E", "message": "m", "frames": [["a", "1", "f"]]}},
    {"k": "raised", "f": {"type": 1, "message": "m", "frames": []}},
    {"k": "raised", "f": None},
    {"k": ["returned"]},
    {"k": "not_run", "w": 3},
]


@pytest.mark.parametrize("parts", _WRONG)
def test_what_our_own_code_would_not_send_is_malformed(parts: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        frames.parse(_text(**parts))


@pytest.mark.parametrize("depth", [10, 200])
def test_a_value_may_nest_so_deep_and_no_deeper(depth: int) -> None:
    value: object = 1
    for _ in range(depth):
        value = [value]
    assert frames.checked(value) == value
    for _ in range(200):
        value = [value]
    with pytest.raises(MalformedError):
        frames.checked(value)
