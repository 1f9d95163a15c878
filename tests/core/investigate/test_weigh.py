from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mendloop.core.investigate.weigh import weighed
from mendloop.model.diagnosis import Around, ChangeBefore, Layer, NewShape, TypeDifference
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CODE = (Layer.CODE, 0.8, "8 of 10 fail again.")
SHAPE = NewShape(place="argument 1", shape="None", calls=10, failing=10, first=NOON)
TYPES = TypeDifference(place="argument 1", failing="None (10)", passing="str (10)")


def change(what: str, seconds: float = 3600.0, *, at_fault: bool = False) -> ChangeBefore:
    return ChangeBefore(
        what=what, at=NOON, told="t", ref="r", seconds_before=seconds, at_fault=at_fault
    )


def test_with_nothing_around_the_first_guess_stands() -> None:
    assert weighed(CODE, Around(), None) == CODE


def test_a_type_that_is_new_since_it_began_speaks_for_the_input() -> None:
    around = Around(failing=10, passing=10, shapes=(SHAPE,), types=(TYPES,))
    layer, _, why = weighed(CODE, around, None)
    assert layer is Layer.INPUT
    assert "argument 1 is None since it began" in why
    assert weighed(CODE, replace(around, types=()), None)[0] is Layer.CODE


@pytest.mark.parametrize(
    ("what", "layer"),
    [("commit", Layer.CODE), ("version", Layer.CODE), ("dependencies", Layer.DEPENDENCY)],
)
def test_what_changed_shortly_before_is_blamed_before_the_input(what: str, layer: Layer) -> None:
    around = Around(failing=10, shapes=(SHAPE,), types=(TYPES,), changes=(change(what),))
    assert weighed(CODE, around, None)[0] is layer


def test_what_came_after_it_began_or_long_before_is_not_blamed() -> None:
    for seconds in (-60.0, 7 * 24 * 3600.0):
        around = Around(changes=(change("dependencies", seconds),))
        assert weighed(CODE, around, None) == CODE


def test_several_targets_that_fail_together_are_a_layer_of_their_own() -> None:
    incident = Incident(
        id=IncidentId("i-1"),
        finding=Finding(
            kind=IncidentKind.CORRELATED,
            target=TargetName("a"),
            others=(TargetName("b"),),
            key="frame tools/money.py:round_to",
            summary="",
            priority=1.0,
            numbers={},
        ),
        state=IncidentState.OPEN,
        opened=NOON,
        updated=NOON,
    )
    layer, _, why = weighed(CODE, Around(), incident)
    assert layer is Layer.SEVERAL
    assert why.startswith("2 targets fail together in tools/money.py:round_to.")
