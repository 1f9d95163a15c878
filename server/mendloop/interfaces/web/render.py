"""Templates, filled in. Every value is escaped: names and messages are strangers' texts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from mendloop.core.stats.words import seconds as duration
from mendloop.interfaces.answers.text import clean

_LONGEST: Final = 300
_SECOND: Final = 1.0
_DAY: Final = timedelta(days=1)
_THOUSAND: Final = 1_000
_MANY: Final = 10_000
_SURE: Final = 0.0005


def render(name: str, values: Mapping[str, Any]) -> str:
    """One template, filled in."""
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mendloop.interfaces.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=count, percent=percent, duration=duration, minute=minute, day=day, told=told
    )
    return environment


def told(text: str) -> str:
    """A stranger's text on one line, with nothing unseen in it."""
    return clean(text, _LONGEST)


def count(number: int) -> str:
    """12 345 as people read it."""
    if number < _MANY:
        return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    for unit in ("k", "M", "G"):
        number_ = number / _THOUSAND
        if number_ < _THOUSAND or unit == "G":
            return f"{number_:.3g}\N{NARROW NO-BREAK SPACE}{unit}"
        number = int(number_)
    return str(number)


def percent(share: float) -> str:
    """A share of one; never rounded to nothing or to all where it is not."""
    if 0 < share < _SURE:
        return "<0.1 %"
    if 1 - _SURE < share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %".replace(".0 %", " %")


def minute(at: datetime) -> str:
    """A time to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def day(span: timedelta) -> str:
    """A span in days, or in hours where it is short."""
    if span >= 2 * _DAY:
        return f"{span / _DAY:g} days"
    return f"{span / timedelta(hours=1):g} hours"
