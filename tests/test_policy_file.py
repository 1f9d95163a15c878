import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from mendloop import assets
from mendloop.core.governance.policy import Tier
from mendloop.errors import InvalidInput
from mendloop.model.proposal import ChangeKind
from mendloop.policy_file import operated, read_policy, stricter, write_policy
from mendloop.settings import shipped_policy

SHIPPED: dict[str, Any] = tomllib.loads(assets.text("config/policy.toml"))


def test_the_shipped_policy_is_read_whole_and_written_back_the_same() -> None:
    assert read_policy(write_policy(shipped_policy())) == shipped_policy() == read_policy(SHIPPED)


def test_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(SHIPPED | {"teir": "auto"})
    assert caught.value.message == snapshot("policy.toml, `teir`: Extra inputs are not permitted.")


@pytest.mark.parametrize(
    ("wrong", "way_out"),
    [
        ({"tier": {}}, "Did you mean `tiers`?"),
        ({"limits": SHIPPED["limits"] | {"per_target_hour": 1}}, "Did you mean `per_target_per_"),
        ({"evidence": SHIPPED["evidence"] | {"zzz": 1}}, "Known there: bound_above, expected, "),
        ({"limits": SHIPPED["limits"] | {"files": "x"}}, "take the line out"),
        ({"paths": {"a": "x"}}, "take the line out"),
    ],
)
def test_a_wrong_key_says_what_it_may_have_been_meant_to_be(
    wrong: dict[str, Any], way_out: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(SHIPPED | wrong)
    assert way_out in caught.value.hint


def test_every_key_of_the_shipped_policy_bears_a_reason() -> None:
    keys = [line for line in assets.text("config/policy.toml").splitlines() if " = " in line]
    assert keys
    assert all("#" in line for line in keys)


@pytest.mark.promise("policy/workspace-only-stricter")
@pytest.mark.parametrize(
    "wish",
    [
        {"tiers": {"skill_improve": "auto"}},
        {"lifts": {"new_capability": "free"}},
        {"evidence": {"inconclusive": "auto"}},
        {"evidence": {"weak_oracle": "auto"}},
        {"limits": {"deployments_per_hour": 1000}},
        {"limits": {"cool_down_minutes": 0}},
        {"limits": {"approval_hours": 720}},
    ],
)
def test_a_laxer_wish_of_the_workspace_is_refused_by_name(wish: dict[str, Any]) -> None:
    [(table, keys)] = wish.items()
    [key] = keys
    with pytest.raises(InvalidInput, match=f"{table}.{key}"):
        stricter(shipped_policy(), wish)


@given(st.sampled_from(ChangeKind), st.sampled_from(Tier))
def test_a_wish_holds_if_and_only_if_it_is_not_laxer(kind: ChangeKind, tier: Tier) -> None:
    shipped = shipped_policy()
    wish = {"tiers": {kind.value: tier.value}}
    if tier.rank < shipped.tiers[kind].rank:
        with pytest.raises(InvalidInput):
            stricter(shipped, wish)
    else:
        assert stricter(shipped, wish).tiers[kind] is tier


def test_a_workspace_adds_to_the_paths_that_are_never_touched() -> None:
    found = stricter(shipped_policy(), {"never": {"paths": ["billing/**"]}})
    assert found.never == (*shipped_policy().never, "billing/**")


KEYS = [
    (table, key, value)
    for table, keys in write_policy(shipped_policy()).items()
    for key, value in keys.items()
    if table != "never"
]
LONGER = {"cool_down_minutes", "circuit_pause_minutes"}


@pytest.mark.promise("policy/workspace-only-stricter")
@pytest.mark.parametrize(("table", "key", "value"), KEYS)
def test_of_every_key_a_stricter_wish_holds_and_a_laxer_one_is_refused(
    table: str, key: str, value: str | float
) -> None:
    shipped = shipped_policy()
    if isinstance(value, str):
        tiers = list(Tier)
        laxer: list[Any] = [tier.value for tier in tiers[: Tier(value).rank]]
        stricter_ones: list[Any] = [tier.value for tier in tiers[Tier(value).rank + 1 :]]
    else:
        laxer, stricter_ones = [value * 1.5 if key == "approval_hours" else value + 1], [value / 2]
        if isinstance(value, int):
            stricter_ones = [value // 2]
        if key in LONGER:
            laxer, stricter_ones = [value - 1], [value + 1]
        if key == "bound_above":
            laxer = [value * 2]
    for wish in stricter_ones:
        assert write_policy(stricter(shipped, {table: {key: wish}}))[table][key] == wish
    for wish in laxer:
        with pytest.raises(InvalidInput, match=rf"{table}\.{re.escape(key)}"):
            stricter(shipped, {table: {key: wish}})
    with pytest.raises(InvalidInput, match=re.escape(key)):
        stricter(shipped, {table: {key: "no such thing"}})


@pytest.mark.parametrize("table", ["paths", "targets"])
def test_a_workspace_adds_places_that_ask_for_more(table: str) -> None:
    found = write_policy(stricter(shipped_policy(), {table: {"billing*": "second"}}))
    assert found[table]["billing*"] == "second"


def test_the_operator_may_say_otherwise_and_hands_nothing_over() -> None:
    said = {"limits": {"tests_per_hour": 9999}, "never": {"paths": ["x/**"]}}
    found = operated(shipped_policy(), said, "policy.toml")
    assert found.budget.tests.most == 9999
    assert found.never == (*shipped_policy().never, "x/**")
    with pytest.raises(InvalidInput, match=r"policy\.toml, `limits\.tets`"):
        operated(shipped_policy(), {"limits": {"tets": 1}}, "policy.toml")
