"""The right answers, worked out another way than the tools do: this is what the reviewer knew."""

import calendar
import math
import re
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction


def average(values: Sequence[float | None] | None) -> float:
    """The mean of what is there."""
    there = [value for value in values or [] if value is not None]
    return round(sum(there) / len(there), 3) if there else 0.0


def month_end(day: str) -> date:
    """By the calendar module."""
    year, month, _ = map(int, day.split("-"))
    return date(year, month, calendar.monthrange(year, month)[1])


def scale(width: int, height: int, box_width: int, box_height: int) -> tuple[int, int]:
    """By whole numbers: the side that overhangs more decides."""
    factor = min(Fraction(box_width, width), Fraction(box_height, height), Fraction(1))
    return max(round(width * factor), 1), max(round(height * factor), 1)


def page_count(total: int, per_page: int = 20) -> int:
    """Page by page."""
    return sum(1 for _ in range(0, total, per_page))


def price(text: str) -> float:
    """The digits and the point, as a decimal."""
    return float(round(Decimal(re.sub(r"[^0-9.]", "", text)), 2))


def split_bill(total: str | float, people: Sequence[str]) -> dict[str, float]:
    """Cent by cent, handed round the table."""
    cents = int(Decimal(str(total).replace("$", "")) * 100)
    shares = dict.fromkeys(people, cents // len(people))
    for name in people[: cents % len(people)]:
        shares[name] += 1
    return {name: share / 100 for name, share in shares.items()}


def quote(quantity: int, coupon: str | None = None) -> int:
    """From the price list as the shop prints it: "10 and more", "50 and more", "100 and more"."""
    steps = sum(quantity >= pieces for pieces in (10, 50, 100))
    price = 1290 * quantity * (100 - 5 * steps) // 100
    off = {"WELCOME5": 5, "SPRING10": 10, "VIP15": 15}.get(coupon or "", 0)
    return price * (100 - off) // 100


def delay(job: str, attempt: int) -> float:
    """Half a second, doubled, a minute at most, spread by the job's name."""
    pause = min(math.ldexp(0.5, attempt - 1), 60.0)
    return round(pause * (1 + zlib.crc32(job.encode()) % 1000 / 1000 / 4), 2)


def collect(notes: Sequence[str]) -> list[list[str]]:
    """Each note for itself."""
    words = [[word.strip(".,;:!?").lower() for word in note.split()] for note in notes]
    return [list(dict.fromkeys(w[1:] for w in note if w.startswith("#"))) for note in words]


def headline(text: str | None, limit: int = 32) -> str:
    """The first line that says something."""
    first = next((line.strip() for line in (text or "").split("\n") if line.strip()), "")
    return first if len(first) <= limit else first[: limit - 3].rstrip() + "..."


def slug(title: str) -> str:
    """Everything else becomes one hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


ANSWERS: dict[str, Callable[..., object]] = {
    "calc.average": average,
    "dates.month_end": month_end,
    "geometry.scale": scale,
    "paging.page_count": page_count,
    "parse.price": price,
    "pay.split_bill": split_bill,
    "pricing.quote": quote,
    "retry.delay": delay,
    "tags.collect": collect,
    "text.headline": headline,
    "text.slug": slug,
}
"""The reference of each function but ``inventory.stock``, which answers from a table."""
