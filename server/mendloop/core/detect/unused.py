"""Does nobody call it?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from mendloop.core.detect.rule import Rule
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding, IncidentKind


def unused(
    declared: Mapping[TargetName, datetime],
    last: Mapping[TargetName, datetime],
    rule: Rule,
    *,
    began: datetime | None,
    now: datetime,
) -> Iterable[Finding]:
    """The targets without a call for so long that nobody seems to need them, by name.

    A history that is shorter than that says nothing, nor does the silence of a target that was
    declared since.

    Args:
        declared: The functions, and since when each is known to be declared.
        last: The newest call of each target that was ever called.
        rule: How long is long.
        began: A time at or after the first recorded call; ``None`` where there is none.
        now: The time, in UTC.
    """
    long = timedelta(days=rule.unused_days)
    if began is None or now - began < long:
        return
    for name in sorted(declared):
        called = last.get(name)
        since = declared[name] if called is None else called
        silent = now - since
        if silent < long:
            continue
        days = silent // timedelta(days=1)
        said = (
            f"No call is recorded in the {days} days since it is known"
            if called is None
            else f"Not called for {days} days, since {since:%Y-%m-%d}"
        )
        yield Finding(
            kind=IncidentKind.UNUSED,
            target=name,
            summary=f"{said}, while other calls were recorded. It hurts no call.",
            priority=0.0,
            numbers={"days": float(days), "since": since.timestamp()},
        )
