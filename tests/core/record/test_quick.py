import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mendloop.core.record.quick import plain
from mendloop.core.record.read import (
    Unreadable,
    carefully,
    prepared,
    quickly,
    read_record,
)
from mendloop.core.record.redact import Redactor
from mendloop.model.execution import Execution, Outcome, Source
from tests.core.record.secrets import PARTS, TOKENS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KNOWN = "very  secret, word"
REDACTOR = Redactor([KNOWN], key=b"key")
PLAIN: Mapping[str, Any] = {
    "target": "pricing.quote",
    "at": "2026-11-21T01:19:16.134Z",
    "seconds": 0.012,
    "outcome": "ok",
    "args": [3, "bolt-m8", {"sku": "SKU-17", "tags": ["a", None, True]}],
    "kwargs": {"coupon": None},
    "result": {"total": 41.5},
    "error": None,
    "expected": None,
    "caller": "claude-code",
    "session": "s-1",
    "id": "x-9",
    "source": "recorder",
    "function": "tools/pricing.py:quote",
    "version": "3f" * 32,
    "whole": True,
}
ERROR = {
    "type": "KeyError",
    "message": "'bolt-m8'",
    "frames": [{"file": "tools/pricing.py", "line": 41, "function": "quote"}],
}
FAILED: Mapping[str, Any] = {**PLAIN, "outcome": "error", "result": None, "error": ERROR}


def new_id() -> str:
    return "x-new"


words = (
    st.text(max_size=8)
    | st.sampled_from([*TOKENS.values(), KNOWN, "a\x00b", "a\u202eb", "a  b", "\ud800", "é"])
    | st.sampled_from([form.format(word) for form, word in PARTS.values()])
)
any_json: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 10**400, 1e300])
    | st.floats()
    | words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(words | st.sampled_from(["$t", "$b", "token"]), inner, max_size=3)
    ),
    max_leaves=10,
)
faults = st.fixed_dictionaries(
    {"type": words},
    optional={"message": words | st.just("word " * 500), "frames": st.just(ERROR["frames"])},
)
records = st.fixed_dictionaries(
    {},
    optional={
        "target": words | any_json,
        "at": st.datetimes().map(lambda at: f"{at.isoformat()}Z")
        | st.sampled_from(
            ["2026-11-21T03:00:00+02:00", "2026-11-30T00:00:00Z", "2026-11-21", None]
        ),
        "seconds": st.floats() | st.integers() | any_json,
        "outcome": st.sampled_from(Outcome) | any_json,
        "args": st.lists(any_json, max_size=3) | any_json,
        "kwargs": st.dictionaries(words, any_json, max_size=3) | any_json,
        "result": any_json,
        "error": faults | any_json,
        "expected": any_json,
        "caller": words | any_json,
        "session": words | any_json,
        "id": words | any_json,
        "source": st.sampled_from(Source) | any_json,
        "function": words | any_json,
        "version": st.just("0a" * 32) | any_json,
        "whole": st.booleans() | any_json,
        "odd": any_json,
    },
)
changed = st.tuples(st.sampled_from([PLAIN, FAILED]), records).flatmap(
    lambda both: st.sampled_from(
        [{**both[0], key: value} for key, value in both[1].items()] or [both[0]]
    )
)


@given(records | changed | any_json)
@example({**PLAIN, "args": {}})
@example({**PLAIN, "args": 0})
@example({**PLAIN, "kwargs": {1: 2}})
@example({**PLAIN, "kwargs": {"a" * 300: 2}})
@example({**PLAIN, "args": [{"$b": "00"}]})
@example({**PLAIN, "args": [True, 1.0, 1]})
@example({**PLAIN, "outcome": []})
@example({**PLAIN, "args": ["x" * 70_000]})
def test_the_quick_way_gives_what_the_careful_way_gives(raw: object) -> None:
    quick = quickly(raw, NOW, new_id)
    if quick is not None:
        assert quick == carefully(raw, NOW, new_id)
        assert repr(quick) == repr(carefully(raw, NOW, new_id))  # True is not 1 here


@given(raw=records | changed, ascii_only=st.booleans(), apart=st.sampled_from([",", ", "]))
@example(raw={**PLAIN, "args": [1e300, -1e-300]}, ascii_only=True, apart=",")
@example(raw={**PLAIN, "args": [{"$t": 1}]}, ascii_only=True, apart=",")
@example(raw={**PLAIN, "args": [2**53 + 1]}, ascii_only=True, apart=",")
@example(raw={**PLAIN, "result": [float("nan")]}, ascii_only=True, apart=",")
@example(raw={**PLAIN, "whole": 1}, ascii_only=True, apart=",")
def test_knowing_the_text_changes_nothing_of_what_is_read(
    raw: object,
    ascii_only: bool,  # noqa: FBT001  drawn
    apart: str,
) -> None:
    text = json.dumps(raw, ensure_ascii=ascii_only, separators=(apart, ":")).encode(
        "utf-8", "surrogatepass"
    )
    parsed = json.loads(text.decode("utf-8", "surrogatepass"))
    known = read_record(parsed, now=NOW, new_id=new_id, text=text)
    assert repr(known) == repr(carefully(parsed, NOW, new_id))


@pytest.mark.parametrize(
    "values",
    [
        "1e999",
        "-1e400",
        "1E+308",
        "12.5e300",
        "[1e999]",
        '{"a":1e0000400}',
        "9" * 400,
        "9007199254740993",
        "-9007199254740993",
        "NaN",
        "-Infinity",
        '{"$t":[1]}',
        '{"\\u0024t":[1]}',
        "[" * 160 + "]" * 160,
        '{"a":' * 160 + "1" + "}" * 160,
        '"é"',
        '"\\ud800"',
        '"\x7f"',
        '"' + "x" * 10_000 + '"',
    ],
)
def test_a_text_with_anything_unusual_is_not_plain(values: str) -> None:
    assert not plain(f'{{"args":[{values}]}}'.encode())


@pytest.mark.parametrize(
    "values",
    ["1e22", "1.5", "-3", '"r-3e12345e999"', '"2026-11-21T12:00:00.123456Z"', '"4e000 x"', "[[]]"],
)
def test_a_text_of_everyday_values_is_plain(values: str) -> None:
    assert plain(f'{{"args":[{values}]}}'.encode())


@pytest.mark.parametrize("record", [PLAIN, FAILED], ids=["ok", "error"])
def test_an_everyday_record_takes_the_quick_way(record: object) -> None:
    assert quickly(record, NOW, new_id) is not None


def test_a_record_that_takes_the_careful_way_takes_one_name_only() -> None:
    taken: list[str] = []

    def name() -> str:
        taken.append("x")
        return f"x-{len(taken)}"

    odd = {**PLAIN, "id": None, "outcome": "wrong", "expected": 7}
    read = read_record(odd, now=NOW, new_id=name)
    assert isinstance(read, Execution)
    assert taken == ["x"]


@pytest.mark.promise("record/clear-is-sure")
@given(raw=records | changed, ascii_only=st.booleans())
@example(raw={**PLAIN, "caller": "gh\x00p_" + "a1B2" * 9}, ascii_only=True)
@example(raw={**FAILED, "error": {**ERROR, "message": "gh\u200bp_" + "a1B2" * 9}}, ascii_only=False)
@example(raw={**FAILED, "error": {**ERROR, "message": "gh\x7fp_" + "a1B2" * 9}}, ascii_only=True)
@example(raw={**PLAIN, "session": KNOWN.replace(" ", "\n")}, ascii_only=True)
@example(raw={**PLAIN, "session": KNOWN.replace(" ", " \n ")}, ascii_only=True)
def test_what_was_prepared_from_a_clear_text_is_as_without_the_text(
    raw: object,
    ascii_only: bool,  # noqa: FBT001  drawn
) -> None:
    text = json.dumps(raw, ensure_ascii=ascii_only)
    read = read_record(json.loads(text), now=NOW, new_id=new_id)
    if not isinstance(read, Unreadable):
        assert prepared(read, text, REDACTOR) == prepared(read, None, REDACTOR)


def test_a_fingerprint_is_that_of_what_is_kept() -> None:
    token = TOKENS["github classic"]
    message = f"no {token} here"
    first, second = (
        read_record(
            {**FAILED, "error": {**ERROR, "message": message.replace("here", place)}},
            now=NOW,
            new_id=new_id,
        )
        for place in ("here", "here")
    )
    assert isinstance(first, Execution)
    assert isinstance(second, Execution)
    kept = prepared(first, json.dumps({**FAILED, "error": {**ERROR, "message": message}}), REDACTOR)
    assert kept.error is not None
    assert token not in kept.error.message
    assert kept.fingerprint != first.fingerprint
    assert kept == prepared(second, None, REDACTOR)


@pytest.mark.parametrize("outcome", ["timeout", "error"])
def test_what_failed_has_a_fingerprint(outcome: str) -> None:
    raw = {**FAILED, "outcome": outcome, "error": ERROR if outcome == "error" else None}
    read = read_record(raw, now=NOW, new_id=new_id)
    assert isinstance(read, Execution)
    assert prepared(read, None, REDACTOR).fingerprint


@pytest.mark.parametrize("source", Source)
def test_every_source_is_read(source: Source) -> None:
    for raw in ({**PLAIN, "source": source.value}, {**FAILED, "source": source.value, "at": None}):
        read = read_record(raw, now=NOW, new_id=new_id)
        assert isinstance(read, Execution)
        assert read.source is source


def test_a_record_without_a_source_is_somebodys_own() -> None:
    read = read_record({"target": "a.b", "outcome": "ok"}, now=NOW, new_id=new_id)
    assert isinstance(read, Execution)
    assert read.source is Source.IMPORT
