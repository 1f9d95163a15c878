"""A record in numbers, with a small picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.text import Text

from mendloop.app.survey import Bar, Survey, TargetStats
from mendloop.core.stats.words import seconds as duration
from mendloop.interfaces.cli.render.console import facts, head, say, section, table

_BLOCKS: Final = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_BAD: Final = 0.1
"""A bar of which a larger share failed is drawn in red."""


def stats(found: TargetStats) -> None:
    """One target over a window."""
    rate = f"{100 * found.failures / found.calls:.1f} %" if found.calls else "0"
    times = found.times
    say(
        head(found.target, f"{found.calls} calls", f"{found.failures} failed ({rate})"),
        spark(found.bars) if found.calls else None,
        facts(
            (
                ("each bar", f"{found.width.total_seconds() / 3600:g} hours"),
                ("half within", None if times is None else duration(times.p50)),
                ("95 % within", None if times is None else duration(times.p95)),
                ("99 % within", None if times is None else duration(times.p99)),
                ("called by", ", ".join(f"{who} ({calls})" for who, calls in found.callers)),
            )
        ),
        *section(
            "failures",
            table(
                ("kind", "times", "first", "last"),
                (
                    (
                        kind.name,
                        kind.failures,
                        kind.first.isoformat(timespec="minutes"),
                        kind.last.isoformat(timespec="minutes"),
                    )
                    for kind in found.kinds
                ),
            ),
        ),
    )


def spark(bars: Sequence[Bar]) -> Text:
    """Calls over time in one line; where many failed, in red."""
    most = max((bar.calls for bar in bars), default=0)
    line = Text()
    for bar in bars:
        if not bar.calls:
            line.append(" ")
            continue
        place = min(len(_BLOCKS) - 1, bar.calls * len(_BLOCKS) // most)
        line.append(_BLOCKS[place], "red" if bar.failures > _BAD * bar.calls else "")
    return line


def reported(path: Path, survey: Survey) -> None:
    """Where the page is."""
    say(
        head(f"{survey.calls} calls", f"{survey.failures} failed"),
        Text(f"open {path} in a browser"),
    )
