"""Every page is read in the order of an index, however many rows there are."""

import re
import sqlite3
from collections.abc import Generator
from importlib.resources import files

import pytest

from mendloop.model.execution import Outcome
from mendloop.store import queries
from mendloop.store.cells import LENGTHS, SINCE
from mendloop.store.heads import HEADS, SUMMARIES
from mendloop.store.overview import OVERVIEW
from tests.store.nouns import NOON, QUOTE


def plan(kind: str, query: str) -> list[str]:
    connection = sqlite3.connect(":memory:")
    folder = files("mendloop.store") / "migrations" / kind
    for script in sorted(folder.iterdir(), key=lambda node: node.name):
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
    yield queries.COUNT_SINCE
    for outcomes in (None, [Outcome.ERROR], list(Outcome)):
        for since in (None, NOON):
            yield queries.recent(QUOTE, outcomes=outcomes, since=since, before=9, limit=9)[0]
    for outcomes in ([Outcome.OK], [Outcome.ERROR, Outcome.WRONG]):
        yield queries.whole(QUOTE, outcomes=outcomes, since=NOON, before=9, limit=9)[0]


@pytest.mark.parametrize("query", list(pages()))
def test_a_page_of_the_history_is_sought_and_never_scanned_or_sorted(query: str) -> None:
    steps = plan("history", query)
    assert any(step.startswith("SEARCH calls USING") for step in steps)
    scanned = [step for step in steps if step.startswith("SCAN") and "subquery" not in step]
    assert not [step for step in scanned if step != "SCAN (subquery-1)"]
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize("outcomes", [[Outcome.ERROR], [Outcome.TIMEOUT, Outcome.WRONG]])
def test_failures_are_found_in_an_index_that_holds_nothing_else(outcomes: list[Outcome]) -> None:
    query, *_ = queries.recent(QUOTE, outcomes=outcomes, since=NOON, before=9, limit=9)
    index = "SEARCH calls USING COVERING INDEX calls_failed (target=? AND seq<?)"
    assert index in plan("history", query)


def test_a_series_is_read_in_the_order_of_time() -> None:
    (search, *_) = plan("history", queries.SERIES)
    assert search == "SEARCH calls USING INDEX calls_by_time (target=? AND at>?)"


@pytest.mark.parametrize("query", [HEADS, SUMMARIES])
def test_the_heads_do_not_count_the_calls(query: str) -> None:
    assert {step.partition(" USING")[0] for step in plan("history", query)} == {"SCAN targets"}


@pytest.mark.parametrize(
    "query", [queries.HOURS, queries.HOUR_NAMES, queries.ALL_HOURS, LENGTHS, SINCE]
)
def test_rollups_are_sought_by_time(query: str) -> None:
    steps = plan("history", query)
    assert not [step for step in steps if step.startswith("SCAN")]


def test_the_overview_neither_sorts_nor_scans_a_table_that_grows() -> None:
    steps = plan("state", OVERVIEW)
    assert not [step for step in steps if "TEMP B-TREE" in step]
    scans = {step for step in steps if step.startswith("SCAN") and "subquery" not in step}
    assert scans == {
        "SCAN audit_head",
        "SCAN file VIRTUAL TABLE INDEX 1:",
        "SCAN files USING INDEX files_drifted",
        "SCAN proposals USING INDEX proposals_waiting",
        "SCAN stop",
        "SCAN watches USING INDEX watches_active",
    }
