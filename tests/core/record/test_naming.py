"""One name for one tool, whoever saw it."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.record.naming import from_claude, record_id, tool_target
from mendloop.core.record.read import read_record
from mendloop.model.execution import Execution
from tests.core.record.moment import NOW

TARGET = re.compile(r"[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{1,128}")
ID = re.compile(r"t-[A-Za-z0-9_-]{0,98}")
plain = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("mcp__demo__divide", "demo.divide"),
        ("mcp__my_shop_v2__divide", "my_shop_v2.divide"),
        ("mcp__demo__read__all", "demo.read__all"),
        ("mcp__plugin_p_s__t", "s.t"),
        ("mcp__plugin_my-tools_shop__sell_it", "shop.sell_it"),
        ("mcp__plugin_my_p_s__t", "plugin_my_p_s.t"),
        ("Bash", "claude.Bash"),
        ("mcp__", "claude.mcp__"),
        ("mcp__demo", "claude.mcp__demo"),
        ("mcp____x", "claude.mcp____x"),
        ("", "claude.unnamed"),
    ],
)
def test_a_tool_is_known_by_the_name_that_claude_code_gives_it(name: str, target: str) -> None:
    assert from_claude(name) == target


@pytest.mark.parametrize(
    ("name", "server", "target"),
    [
        ("mcp__a__b__t", "a__b", "a__b.t"),
        ("mcp__my_shop_v2__t", "my shop.v2", "my_shop_v2.t"),
        ("mcp__plugin_my_p_my_s__t", "plugin:my_p:my_s", "my_s.t"),
        ("mcp__other__t", "demo", "demo.t"),
        ("t", "demo", "demo.t"),
        ("Bash", "", "claude.Bash"),
    ],
)
def test_the_server_says_where_its_name_ends(name: str, server: str, target: str) -> None:
    assert from_claude(name, server=server) == target


@given(server=plain, tool=plain)
def test_a_tool_has_one_name_from_inside_and_from_outside(server: str, tool: str) -> None:
    assert from_claude(f"mcp__{server}__{tool}") == tool_target(server, tool) == f"{server}.{tool}"


@given(plugin=plain, server=plain, tool=plain)
def test_a_server_of_a_plugin_goes_by_its_own_name(plugin: str, server: str, tool: str) -> None:
    told = f"mcp__plugin_{plugin}_{server}__{tool}"
    assert from_claude(told) == tool_target(f"plugin:{plugin}:{server}", tool) == f"{server}.{tool}"


@given(st.text(), st.text())
def test_whatever_the_names_hold_the_target_is_plain_and_short(server: str, tool: str) -> None:
    for target in (tool_target(server, tool), from_claude(tool), from_claude(tool, server=server)):
        assert TARGET.fullmatch(target)


@given(st.text(max_size=300))
def test_the_id_of_a_record_is_plain_and_short(use: str) -> None:
    assert ID.fullmatch(record_id(use))


@given(st.text(min_size=1, max_size=300), st.text(max_size=300))
def test_a_record_can_bear_the_names(name: str, use: str) -> None:
    raw = {"target": from_claude(name), "id": record_id(use), "outcome": "ok"}
    assert isinstance(read_record(raw, now=NOW, new_id=lambda: "x-1"), Execution)


@given(st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=98))
def test_different_calls_have_different_ids(use: str) -> None:
    assert record_id(use) == f"t-{use}"


def test_the_id_is_cut_as_the_recorder_cuts_it() -> None:
    assert record_id("toolu_01é/" + "x" * 200) == "t-toolu_01__" + "x" * 88
