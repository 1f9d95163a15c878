"""What a long file has to do with a change, and that the rules say the same of the short one."""

import ast

import pytest

from mendloop.core.validate.focus import SHORT, focused
from mendloop.core.validate.gaming import findings
from tests.core.validate.test_gaming_rules import HITS, PLAIN, QUOTE

FILLING = "\n\n".join(f"def other{number}(x):\n    return x + {number}" for number in range(SHORT))
CALLS = {
    "user": "def user(x):\n    return changed(x) + used(x)\n",
    "users_user": "def users_user(x):\n    return user(x)\n",
    "used": "def used(x):\n    return TABLE[x]\n",
    "deeper": "def deeper(x):\n    return x\n",
    "alone": "def alone(x):\n    return x\n",
}
REST = "TABLE = {1: deeper}\n__all__ = ['changed', 'alone', 'other1']\n"


def names(tree: ast.Module) -> set[str]:
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def file(changed: str, more: str = "") -> str:
    return "\n\n".join([FILLING, *CALLS.values(), REST, changed, more])


def test_what_uses_the_change_and_what_those_use_is_kept_and_no_more() -> None:
    before, after = focused(file("def changed(x):\n    return x\n"),
                            file("def changed(x):\n    return -x\n"), "changed")  # fmt: skip
    kept = {"changed", "user", "users_user", "used", "deeper"}
    assert names(before) == names(after) == kept
    assert [ast.unparse(one) for one in after.body[:-1]] == [
        ast.unparse(o) for o in before.body[:-1]
    ]


def test_a_changed_value_brings_in_what_reads_it() -> None:
    one = file("def changed(x):\n    return x\n")
    before, after = focused(one, one.replace("1: deeper", "2: deeper"), "alone")
    assert names(before) == names(after) == {"alone", "used", "user", "users_user", "changed",
                                             "deeper"}  # fmt: skip


@pytest.mark.parametrize("reach", ["getattr(x, y)", "globals()['other1']", "vars(x)['a']"])
def test_what_can_reach_any_name_keeps_the_file_whole(reach: str) -> None:
    before, after = focused(file("def changed(x):\n    return x\n"),
                            file(f"def changed(x):\n    return {reach}\n"), "changed")  # fmt: skip
    assert "other1" in names(before)
    assert "other1" in names(after)


def test_nodes_keep_their_lines_and_a_short_file_stays_whole() -> None:
    new = file("def changed(x):\n    return -x\n")
    _, after = focused(file("def changed(x):\n    return x\n"), new, "changed")
    (mine,) = [one for one in after.body if getattr(one, "name", "") == "changed"]
    assert new.splitlines()[mine.lineno - 1] == "def changed(x):"
    short = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    assert names(focused(short, short.replace("1", "3"), "f")[1]) == {"f", "g"}


@pytest.mark.parametrize("source", [text for kind in HITS.values() for text in kind.values()])
def test_a_rule_says_of_a_long_file_what_it_says_of_a_short_one(source: str) -> None:
    def said(head: str) -> list[tuple[str, str, bool]]:
        read = findings(QUOTE, head + PLAIN, head + source)
        return sorted((one.rule, one.message, one.blocks) for one in read)

    assert said(f"{FILLING}\n\n") == said("")
