"""A target's record in numbers, as JSON."""

from datetime import timedelta
from typing import Any

from mendloop.app.survey import TargetStats
from mendloop.interfaces.answers.base import name, target_uri
from mendloop.interfaces.answers.text import clean

_LONGEST = 120


def stats_document(stats: TargetStats) -> dict[str, Any]:
    """Calls, failures, durations and what failed, over a window; ``bars`` are oldest first."""
    times = stats.times
    return {
        "target": name(stats.target),
        "since": stats.bars[0].start.isoformat(timespec="minutes") if stats.bars else None,
        "calls": stats.calls,
        "failures": stats.failures,
        "failure_rate": round(stats.failures / stats.calls, 4) if stats.calls else None,
        "seconds": None
        if times is None
        else {
            "measured": times.measured,
            "p50": _short(times.p50),
            "p95": _short(times.p95),
            "p99": _short(times.p99),
            "relative_error": round(times.error, 4),
        },
        "kinds": [
            {
                "fingerprint": kind.fingerprint,
                "name": clean(kind.name, _LONGEST),
                "failures": kind.failures,
                "first": kind.first.isoformat(timespec="seconds"),
                "last": kind.last.isoformat(timespec="seconds"),
            }
            for kind in stats.kinds
        ],
        "callers": {clean(caller, _LONGEST): calls for caller, calls in stats.callers},
        "bar_hours": round(stats.width / timedelta(hours=1), 3),
        "bar_columns": ["start", "calls", "failures", "p95_seconds"],
        "bars_left_out": "those without a call",
        "bars": [
            [
                bar.start.isoformat(timespec="minutes"),
                bar.calls,
                bar.failures,
                None if bar.p95 is None else _short(bar.p95),
            ]
            for bar in stats.bars
            if bar.calls
        ],
        "more": [
            target_uri(stats.target, rest)
            for rest in ("/executions", "/executions?outcome=error", "/chart")
        ],
    }


def _short(seconds: float) -> float:
    return float(f"{seconds:.3g}")
