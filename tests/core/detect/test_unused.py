from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.detect.rule import Rule
from mendloop.core.detect.unused import unused
from mendloop.model.ids import TargetName
from mendloop.model.incident import IncidentKind

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULE = Rule(success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5)
QUOTE, TAX = TargetName("pricing.quote"), TargetName("pricing.tax")


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def names(
    declared: dict[TargetName, datetime],
    last: dict[TargetName, datetime],
    began: datetime | None,
) -> list[str]:
    return [each.target for each in unused(declared, last, RULE, began=began, now=NOW)]


def test_what_was_not_called_for_long_is_unused() -> None:
    [found] = unused({QUOTE: ago(200), TAX: ago(200)}, {QUOTE: ago(45), TAX: ago(2)}, RULE,
                     began=ago(90), now=NOW)  # fmt: skip
    assert (found.kind, found.target, found.priority) == (IncidentKind.UNUSED, QUOTE, 0.0)
    assert found.summary == (
        "Not called for 45 days, since 2026-10-07, while other calls were recorded."
        " It hurts no call."
    )


def test_what_was_never_called_is_unused_once_it_has_been_known_for_long() -> None:
    assert names({QUOTE: ago(29)}, {}, ago(90)) == []
    assert names({QUOTE: ago(31)}, {}, ago(90)) == [QUOTE]


@pytest.mark.promise("detect/unused-never-in-a-fresh-workspace")
@given(
    st.floats(0, 29.9) | st.none(),
    st.dictionaries(st.sampled_from([QUOTE, TAX]), st.floats(0, 400).map(ago)),
    st.dictionaries(st.sampled_from([QUOTE, TAX]), st.floats(0, 400).map(ago)),
)
def test_a_fresh_workspace_has_nothing_unused(
    days: float | None, declared: dict[TargetName, datetime], last: dict[TargetName, datetime]
) -> None:
    assert names(declared, last, None if days is None else ago(days)) == []


@given(st.floats(0, 400), st.floats(0, 400))
def test_a_target_is_unused_after_the_days_of_the_rule_and_not_before(
    known: float, called: float
) -> None:
    assert bool(names({QUOTE: ago(known)}, {QUOTE: ago(called)}, ago(400))) == (
        ago(called) <= ago(30)
    )
