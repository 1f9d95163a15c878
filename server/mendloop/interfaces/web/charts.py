"""Where everything lies in a picture; the templates draw it."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil, log10
from typing import Final

from mendloop.app.survey import Bar, TargetStats
from mendloop.interfaces.web.render import count, duration, minute, percent, render
from mendloop.noun import dataclass

_TICKS: Final = 4
_GAP: Final = 0.18
"""The share of a bar's place that stays free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The size of a picture, in its own units."""

    width: float
    height: float
    left: float = 0
    right: float = 0
    top: float = 0
    bottom: float = 0

    @property
    def across(self) -> float:
        """What is left for the bars."""
        return self.width - self.left - self.right

    @property
    def down(self) -> float:
        """What is left for their height."""
        return self.height - self.top - self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One bar."""

    x: float
    width: float
    top: float
    fine: float
    """Height of the calls that succeeded."""
    failed: float
    """Height of those that failed, below them."""
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One mark on an axis."""

    place: float
    label: str


LARGE: Final = Frame(width=960, height=240, left=52, right=12, top=14, bottom=28)
SMALL: Final = Frame(width=160, height=28, top=1, bottom=1)


def bars_svg(bars: Sequence[Bar], width: timedelta, *, title: str) -> str:
    """Calls and failures over time, with axes."""
    most = _round_up(max((bar.calls for bar in bars), default=0))
    step = max(1, len(bars) // 6)
    place = LARGE.across / max(1, len(bars))
    short = width >= timedelta(days=1)
    return render(
        "bars.svg.j2",
        {
            "frame": LARGE,
            "title": title,
            "blocks": _blocks(bars, LARGE, most),
            "ups": [
                Tick(
                    place=LARGE.top + LARGE.down * (1 - part / _TICKS),
                    label=count(round(most * part / _TICKS)),
                )
                for part in range(_TICKS + 1)
                if most * part % _TICKS == 0
            ],
            "ats": [
                Tick(
                    place=LARGE.left + place * (number + 0.5),
                    label=f"{bar.start:%d %b}" if short else f"{bar.start:%d %b %H:%M}",
                )
                for number, bar in enumerate(bars)
                if number % step == 0
            ],
        },
    )


def spark_svg(stats: TargetStats) -> str:
    """The same, so small that it stands in a line of a table."""
    most = max((bar.calls for bar in stats.bars), default=0)
    return render(
        "spark.svg.j2",
        {
            "frame": SMALL,
            "title": f"{stats.target}: {stats.calls} calls, {stats.failures} failed",
            "blocks": _blocks(stats.bars, SMALL, most),
        },
    )


def _blocks(bars: Sequence[Bar], frame: Frame, most: int) -> list[Block]:
    place = frame.across / max(1, len(bars))
    blocks: list[Block] = []
    for number, bar in enumerate(bars):
        high = frame.down * bar.calls / most if most else 0.0
        failed = high * bar.failures / bar.calls if bar.calls else 0.0
        if bar.failures:
            failed = min(high, max(failed, 1.5))  # one failure among thousands is still seen
        blocks.append(
            Block(
                x=frame.left + place * (number + _GAP / 2),
                width=place * (1 - _GAP),
                top=frame.top + frame.down - high,
                fine=high - failed,
                failed=failed,
                says=_says(bar),
            )
        )
    return blocks


def _says(bar: Bar) -> str:
    text = f"{minute(bar.start)}: {bar.calls} calls"
    if bar.failures:
        text += f", {bar.failures} failed ({percent(bar.failures / bar.calls)})"
    return text if bar.p95 is None else f"{text}, 95 % within {duration(bar.p95)}"


def _round_up(most: int) -> int:
    """The least of 4, 8, 20, 40, 80, 200, ... that holds it, so that the marks are whole."""
    if most <= _TICKS:
        return _TICKS
    power = 10 ** int(log10(most))
    return next(
        (fit for fit in (power, 2 * power, 4 * power, 8 * power) if fit >= most and fit % 4 == 0),
        _TICKS * ceil(most / _TICKS) if most < 10 else 20 * power,  # noqa: PLR2004  one digit
    )
