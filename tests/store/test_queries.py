"""Every page is read in the order of an index, however many rows there are."""

import re
import sqlite3
from collections.abc import Generator
from importlib.resources import files

import pytest

from mendloop.model.execution import Outcome
from mendloop.store import queries
from mendloop.store.overview import OVERVIEW
from tests.store.nouns import NOON, QUOTE


def plan(kind: str, query: str) -> list[str]:
    connection = sqlite3.connect(":memory:")
    script = files("mendloop.store") / "migrations" / kind / f"0001_{kind}.sql"
    connection.executescript(script.read_text(encoding="utf-8"))
    numbered = [int(number) for number in re.findall(r"\?(\d)", query)]
    parameters = [1] * max(numbered, default=query.count("?"))
    rows = connection.execute(f"EXPLAIN QUERY PLAN {query}", parameters).fetchall()
    connection.close()
    return [str(row[3]) for row in rows]


def pages() -> Generator[str]:
    yield queries.BY_ID
    yield queries.AFTER
    yield queries.SERIES
    yield queries.MATCHING_IDS
    for outcomes in (None, [Outcome.ERROR], list(Outcome)):
        for since in (None, NOON):
            yield queries.recent(QUOTE, outcomes=outcomes, since=since, before=9, limit=9)[0]


@pytest.mark.parametrize("query", list(pages()))
def test_a_page_of_the_history_is_sought_and_never_scanned_or_sorted(query: str) -> None:
    steps = plan("history", query)
    assert any(step.startswith("SEARCH executions USING") for step in steps)
    assert not [step for step in steps if step.startswith("SCAN") or "TEMP B-TREE" in step]


def test_a_series_is_read_from_its_index_alone() -> None:
    assert plan("history", queries.SERIES) == [
        "SEARCH executions USING COVERING INDEX executions_by_time (target=? AND at>?)"
    ]


def test_the_newest_of_each_call_are_found_in_an_index_alone() -> None:
    query, *_ = queries.distinct(QUOTE, outcomes=list(Outcome), since=None, limit=9)
    steps = plan("history", query)
    assert "SEARCH executions USING COVERING INDEX executions_by_call (target=?)" in steps
    assert not [step for step in steps if step.startswith("SCAN") or "GROUP BY" in step]


def test_the_summaries_do_not_count_the_calls() -> None:
    assert plan("history", queries.SUMMARIES) == ["SCAN tallies"]


def test_the_overview_neither_sorts_nor_scans_a_table_that_grows() -> None:
    steps = plan("state", OVERVIEW)
    assert not [step for step in steps if "TEMP B-TREE" in step]
    scans = {step for step in steps if step.startswith("SCAN") and "subquery" not in step}
    assert scans == {
        "SCAN audit_head",
        "SCAN file VIRTUAL TABLE INDEX 1:",
        "SCAN proposals USING INDEX proposals_waiting",
        "SCAN stop",
        "SCAN watches USING INDEX watches_active",
    }
