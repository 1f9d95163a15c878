import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.adapters.importers.jsonl import JsonLines
from mendloop.adapters.importers.lines import parsed
from mendloop.core.record.read import Unreadable, read_record
from mendloop.core.record.written import line_of
from mendloop.model.execution import Execution, Outcome, Source
from mendloop.model.incoming import ReadLine
from tests.adapters.importers.reading import NOW, came
from tests.core.values import encoded

TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
"""Lone surrogates and NUL are in it."""
ANY = encoded | TEXTS | st.floats() | st.integers()
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "id": st.from_regex(r"[A-Za-z0-9_.:-]{1,100}", fullmatch=True),
    "target": st.from_regex(r"[a-z]{1,9}(\.[A-Za-z_]{1,9}){0,3}", fullmatch=True),
    "at": st.datetimes(
        min_value=NOW.replace(tzinfo=None, year=1971), max_value=NOW.replace(tzinfo=None)
    ).map(lambda at: f"{at.isoformat()}Z"),
    "seconds": st.floats(0, 1e9),
    "args": st.lists(ANY, max_size=3),
    "kwargs": st.dictionaries(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), ANY, max_size=3),
    "caller": st.none() | TEXTS,
    "session": st.none() | TEXTS,
    "version": st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    "whole": st.booleans(),
    "source": st.sampled_from([source.value for source in Source]),
}
FRAMES = st.lists(
    st.fixed_dictionaries({"file": TEXTS, "line": st.integers(0, 2**31 - 1), "function": TEXTS}),
    max_size=3,
)
FAULTS = st.fixed_dictionaries(
    {"type": TEXTS.filter(str.strip), "message": TEXTS, "frames": FRAMES}
)
RETURNED = st.fixed_dictionaries({**COMMON, "outcome": st.just("ok"), "result": ANY})
WRONG = st.fixed_dictionaries(
    {**COMMON, "outcome": st.just("wrong"), "result": ANY, "expected": st.none() | ANY}
)
RAISED = st.fixed_dictionaries(
    {**COMMON, "outcome": st.sampled_from(["error", "timeout"]), "error": FAULTS}
)


def kept(raw: object) -> Execution:
    execution = read_record(raw, now=NOW, new_id=lambda: "x-new")
    assert not isinstance(execution, Unreadable), execution
    return execution


EXECUTIONS = (RETURNED | WRONG | RAISED).map(kept)


@pytest.mark.promise("export/imports-as-it-was")
@given(EXECUTIONS)
def test_what_is_exported_and_imported_is_the_same(execution: Execution) -> None:
    text = line_of(execution)
    assert text.endswith(b"\n")
    assert text.count(b"\n") == 1
    line = parsed(1, text.strip())
    assert isinstance(line, ReadLine)
    assert kept(line.record) == execution


@given(st.lists(EXECUTIONS, max_size=4))
def test_the_text_of_an_export_is_the_same_after_an_import(executions: list[Execution]) -> None:
    once = [line_of(execution) for execution in executions]
    again = [line_of(kept(json.loads(line))) for line in once]
    assert again == once


def test_a_file_of_an_export_is_read_back_whole(tmp_path: Path) -> None:
    fields = {"target": "a.b", "at": "2026-11-21T01:00:00.000001Z"}
    executions = [
        kept({**fields, "id": "x-1", "outcome": "ok", "result": {"$t": [1, {"$f": "nan"}]}}),
        kept({**fields, "id": "x-2", "outcome": "error", "error": {"type": "KeyError"}}),
        kept({**fields, "id": "x-3", "outcome": "wrong", "result": 1, "expected": 2}),
        kept({**fields, "id": "x-4", "outcome": "timeout", "source": "otel", "whole": False}),
    ]
    file = tmp_path / "export.jsonl"
    file.write_bytes(b"".join(map(line_of, executions)))
    back = came(JsonLines().read(file))
    assert (back.executions, back.reasons) == (executions, [])
    assert {each.outcome for each in back.executions} == set(Outcome)
