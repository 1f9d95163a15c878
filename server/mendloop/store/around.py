"""What stands around the failures of a diagnosis, as JSON values."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from mendloop.model.diagnosis import (
    Around,
    ChangeBefore,
    Local,
    Mark,
    NewShape,
    Parting,
    TypeDifference,
)


def put_around(around: Around) -> dict[str, Any]:
    """As JSON values, times in ISO 8601."""
    return {
        "began": None if around.began is None else around.began.isoformat(),
        "failing": around.failing,
        "passing": around.passing,
        "types": [asdict(each) for each in around.types],
        "parting": None if around.parting is None else asdict(around.parting),
        "marks": [asdict(each) for each in around.marks],
        "shapes": [{**asdict(each), "first": each.first.isoformat()} for each in around.shapes],
        "changes": [{**asdict(each), "at": each.at.isoformat()} for each in around.changes],
        "unknown": list(around.unknown),
    }


def get_around(kept: dict[str, Any] | None) -> Around:
    """As it was put; nothing for a diagnosis that was kept before there was such a thing."""
    if kept is None:
        return Around()
    return Around(
        began=None if kept["began"] is None else datetime.fromisoformat(kept["began"]),
        failing=kept["failing"],
        passing=kept["passing"],
        types=tuple(TypeDifference(**each) for each in kept["types"]),
        parting=None if kept["parting"] is None else _parting(kept["parting"]),
        marks=tuple(Mark(**each) for each in kept["marks"]),
        shapes=tuple(
            NewShape(**_with(each, "first", datetime.fromisoformat(each["first"])))
            for each in kept["shapes"]
        ),
        changes=tuple(
            ChangeBefore(**_with(each, "at", datetime.fromisoformat(each["at"])))
            for each in kept["changes"]
        ),
        unknown=tuple(kept["unknown"]),
    )


def _parting(kept: dict[str, Any]) -> Parting:
    return Parting(**_with(kept, "locals", tuple(Local(**each) for each in kept["locals"])))


def _with(kept: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    return {**kept, key: value}
