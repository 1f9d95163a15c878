import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.record.fingerprint import fingerprint
from mendloop.core.record.read import Unreadable, bounded, read_record
from mendloop.core.record.values import TOO_DEEP, TOO_LARGE
from mendloop.model.execution import Execution, Fault, Frame, Outcome
from mendloop.model.value import MOST_CHARACTERS, Encoded, canonical, opaque

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEAST: Mapping[str, object] = {"target": "pricing.quote", "outcome": "ok"}
FAILED: Mapping[str, object] = {
    "target": "pricing.quote",
    "at": "2026-11-21T01:19:16.134Z",
    "seconds": 0.012,
    "outcome": "error",
    "args": [3],
    "kwargs": {"coupon": None},
    "result": None,
    "error": {
        "type": "TypeError",
        "message": "unsupported operand",
        "frames": [{"file": "tools/pricing.py", "line": 41, "function": "quote"}],
    },
    "expected": None,
    "caller": "claude-code",
    "session": "s-1",
    "id": "x-9",
}


def read(raw: object) -> Execution | Unreadable:
    return read_record(raw, now=NOW, new_id=lambda: "x-new")


def good(raw: object) -> Execution:
    execution = read(raw)
    assert isinstance(execution, Execution), execution
    return execution


def reason(raw: object) -> str:
    refused = read(raw)
    assert isinstance(refused, Unreadable)
    return refused.reason


def test_a_full_record_is_read() -> None:
    fault = Fault(
        type="TypeError",
        message="unsupported operand",
        frames=(Frame(file="tools/pricing.py", line=41, function="quote"),),
    )
    execution = good(FAILED)
    assert execution == Execution(
        id=execution.id,
        target=execution.target,
        at=datetime(2026, 11, 21, 1, 19, 16, 134000, tzinfo=UTC),
        seconds=0.012,
        outcome=Outcome.ERROR,
        args=(3,),
        kwargs={"coupon": None},
        error=fault,
        caller="claude-code",
        session="s-1",
        fingerprint=fingerprint(fault, Outcome.ERROR),
    )
    assert (execution.id, execution.target) == ("x-9", "pricing.quote")


def test_target_and_outcome_are_enough() -> None:
    execution = good(LEAST)
    assert (execution.id, execution.at, execution.seconds) == ("x-new", NOW, 0.0)
    assert execution.whole


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"target": None}, "target"),
        ({"target": ""}, "target"),
        ({"target": 7}, "target"),
        ({"target": "a" * 201}, "target must have at most 200"),
        ({"target": "a\u202eb"}, "target must not hold"),
        ({"target": "a\nb"}, "target must not hold"),
        ({"target": "a b"}, "target must not hold"),
        ({"outcome": "fine"}, "outcome must be one of ok, error, timeout, wrong"),
        ({"outcome": None}, "outcome"),
        ({"outcome": ["ok"]}, "outcome"),
        ({"at": "2026-11-21T01:19:16"}, "at must say its time zone"),
        ({"at": "2026-11-23T01:19:16Z"}, "at lies more than a day in the future"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at must be a time"),
        ({"at": "1969-12-31T00:00:00Z"}, "at lies before 1970"),
        ({"at": "yesterday"}, "at must be a time"),
        ({"at": 1700000000}, "at must be a time as text"),
        ({"seconds": math.nan}, "seconds"),
        ({"seconds": math.inf}, "seconds"),
        ({"seconds": -0.1}, "seconds"),
        ({"seconds": True}, "seconds must be a number"),
        ({"seconds": "1"}, "seconds must be a number"),
        ({"seconds": None}, "seconds must be a number"),
        ({"seconds": 10**400}, "seconds"),
        ({"args": {}}, "args must be a list"),
        ({"kwargs": []}, "kwargs must be an object"),
        ({"kwargs": {1: 2}}, "kwargs must have names"),
        ({"kwargs": {"": 2}}, "kwargs must have names"),
        ({"args": [{1: 2}]}, "args[0] has a key that is no text"),
        ({"args": [1, [{2}]]}, "args[1] holds a set"),
        ({"id": ""}, "id must have"),
        ({"id": "a/b"}, "id must have"),
        ({"id": "a" * 101}, "id must have"),
        ({"caller": 3}, "caller must be a text"),
        ({"session": []}, "session must be a text"),
        ({"version": "abc"}, "version must be"),
        ({"whole": 1}, "whole must be"),
        ({"fingerprint": "abc"}, "no field `fingerprint`"),
        ({"sconds": 1}, "no field `sconds`"),
        ({"error": {"type": "E"}}, "error must be null where outcome is ok"),
        ({"outcome": "wrong", "error": {"type": "E"}}, "error must be null where outcome is wrong"),
        ({"outcome": "error"}, "error must say what was raised"),
        ({"outcome": "error", "error": {"type": "E"}, "result": 1}, "result must be null"),
        ({"outcome": "timeout", "result": 1}, "result must be null"),
        ({"result": 1, "expected": 2}, "expected differs from result"),
        ({"result": 1, "expected": True}, "expected differs from result"),
        ({"outcome": "error", "error": "boom"}, "error must be an object"),
        ({"outcome": "error", "error": {}}, "error.type"),
        ({"outcome": "error", "error": {"type": " "}}, "error.type"),
        ({"outcome": "error", "error": {"type": "E", "message": 1}}, "error.message"),
        ({"outcome": "error", "error": {"type": "E", "trace": 1}}, "no field `trace`"),
        ({"outcome": "error", "error": {"type": "E", "frames": 1}}, "error.frames must be a list"),
        ({"outcome": "error", "error": {"type": "E", "frames": [1]}}, "error.frames must be an"),
        (
            {"outcome": "error", "error": {"type": "E", "frames": [{"file": "a", "line": 1}]}},
            "error.frames must have a file and a function",
        ),
        (
            {
                "outcome": "error",
                "error": {"type": "E", "frames": [{"file": "a", "line": -1, "function": "f"}]},
            },
            "error.frames must have a line",
        ),
    ],
)
def test_what_is_malformed_is_refused_by_name(change: dict[str, object], words: str) -> None:
    said = reason({**LEAST, **change})
    assert words in said
    assert said.endswith(".")


@pytest.mark.parametrize("raw", [None, 1, "x", [], [LEAST]])
def test_what_is_no_object_is_refused(raw: object) -> None:
    assert reason(raw) == "The record must be an object."


def test_a_known_right_result_may_stand_beside_a_good_one() -> None:
    assert good({**LEAST, "result": 4, "expected": 4}).expected == 4


def test_a_time_in_another_zone_is_kept_in_utc() -> None:
    at = good({**LEAST, "at": "2026-11-21T03:00:00+02:00"}).at
    assert at == datetime(2026, 11, 21, 1, tzinfo=UTC)
    assert at.utcoffset() == timedelta(0)


def test_names_that_people_see_are_cleaned() -> None:
    execution = good(
        {
            **FAILED,
            "caller": "claude\u202e\x1b[31m code",
            "session": "\u200b",
            "error": {"type": "Type\u2066Error\n", "message": "a\x00b\u202ec\r\nd\ud800"},
        }
    )
    assert execution.caller == "claude[31m code"
    assert execution.session is None
    assert execution.error == Fault(type="TypeError", message="abc\nd")


def test_a_value_that_is_too_large_is_dropped() -> None:
    large = "a" * (MOST_CHARACTERS + 1)
    execution = good({**LEAST, "args": [1, large], "kwargs": {"x": [large]}, "result": large})
    assert execution.args == (1, TOO_LARGE)
    assert execution.kwargs == {"x": TOO_LARGE}
    assert execution.result == TOO_LARGE
    assert not execution.whole


def test_many_values_that_are_too_large_together_are_dropped() -> None:
    few = good({**LEAST, "args": ["a" * 40_000, "b" * 40_000, 7]})
    assert few.args == (TOO_LARGE, TOO_LARGE, 7)
    many = good({**LEAST, "args": [1] * MOST_CHARACTERS})
    assert many.args == (TOO_LARGE,)
    assert not few.whole
    assert not many.whole


def test_a_value_that_is_too_deep_is_dropped() -> None:
    deep: object = 1
    for _ in range(50_000):
        deep = [deep]
    execution = good({**LEAST, "args": [deep], "result": {"a": deep}})
    assert canonical(TOO_DEEP) in canonical(list(execution.args))
    assert not execution.whole


def test_a_dict_of_pairs_is_no_deeper_than_any_other() -> None:
    deep: object = 1
    for _ in range(5_000):
        deep = {"$set": deep}
    assert not good({**LEAST, "result": deep}).whole


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (math.nan, {"$f": "nan"}),
        (-math.inf, {"$f": "-inf"}),
        (2**53, 2**53),
        (2**53 + 1, {"$i": "9007199254740993"}),
        ({"$t": [1, 2]}, {"$t": [1, 2]}),
        ({"$t": 1}, {"$d": [["$t", 1]]}),
        ({"$b": "0aff"}, {"$b": "0aff"}),
        ({"$b": "xyz"}, {"$d": [["$b", "xyz"]]}),
        ({"$set": {"a": 1}}, {"$d": [["$set", {"a": 1}]]}),
        ({"$t": [0], "b": 1}, {"$d": [["$t", [0]], ["b", 1]]}),
        ({"$d": [[1, 2]]}, {"$d": [[1, 2]]}),
        ({"$d": [[1]]}, {"$d": [["$d", [[1]]]]}),
        ({"$enum": ["Color", "RED"]}, {"$enum": ["Color", "RED"]}),
        ({"$dataclass": ["Point", {"x": 1}]}, {"$dataclass": ["Point", {"x": 1}]}),
        ({"$datetime": "2026-01-01"}, {"$datetime": "2026-01-01"}),
    ],
)
def test_values_are_kept_as_tagged_json(given: object, kept: Encoded) -> None:
    assert good({**LEAST, "result": given}).result == kept


def test_an_endless_integer_is_dropped() -> None:
    assert good({**LEAST, "result": 10**9000}).result == TOO_LARGE


def test_what_of_a_wrong_answer_was_not_kept_is_no_matter_where_the_right_one_is_known() -> None:
    wrong = {**LEAST, "outcome": "wrong", "result": [{"$opaque": "builtins.generator"}]}
    assert good({**wrong, "expected": [1]}).whole
    assert not good(wrong).whole
    assert not good({**wrong, "expected": [{"$opaque": "builtins.generator"}]}).whole
    assert not good({**wrong, "expected": [1], "args": [{"$opaque": "socket.socket"}]}).whole


def test_an_opaque_part_makes_the_execution_less_than_whole() -> None:
    assert not good({**LEAST, "args": [[{"$opaque": "socket.socket"}]]}).whole
    assert not good({**LEAST, "whole": False}).whole


def test_a_long_message_is_cut_between_words_and_frames_to_the_innermost() -> None:
    frames = [{"file": "a.py", "line": n, "function": "f"} for n in range(50)]
    words = "word " * 390 + "s3cr3t" * 20
    execution = good({**FAILED, "error": {"type": "E", "message": words, "frames": frames}})
    assert execution.error is not None
    assert len(execution.error.message) <= 2_004
    assert "s3cr3t" not in execution.error.message
    assert [frame.line for frame in execution.error.frames] == list(range(30, 50))


any_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
record_like = st.fixed_dictionaries(
    {},
    optional={
        "target": st.text() | st.just("a.b") | any_json,
        "outcome": st.sampled_from(["ok", "error", "timeout", "wrong"]) | any_json,
        "at": st.datetimes().map(lambda at: f"{at.isoformat()}Z") | any_json,
        "seconds": st.floats() | any_json,
        "args": any_json,
        "kwargs": any_json,
        "result": any_json,
        "expected": any_json,
        "error": st.fixed_dictionaries({"type": st.text(), "message": st.text()}) | any_json,
        "caller": any_json,
        "id": any_json,
    },
)


@given(any_json | record_like)
def test_any_json_is_read_or_refused_with_a_sentence(raw: object) -> None:
    match read(raw):
        case Unreadable(reason=said):
            assert said.endswith(".")
        case execution:
            json.dumps([*execution.args, dict(execution.kwargs)], allow_nan=False)
            assert execution.seconds >= 0
            assert execution.outcome.failed == bool(execution.fingerprint)


@given(any_json)
def test_what_was_read_is_bounded_already(value: object) -> None:
    execution = good({**LEAST, "args": [value], "result": value})
    assert bounded(execution) == execution
    assert execution.whole == (
        not any(opaque(each) for each in (*execution.args, execution.result))
    )
