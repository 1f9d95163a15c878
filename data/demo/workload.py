"""What the callers ask of each tool: seeded inputs in the proportions of a working week."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

NEW_SUPPLIER = 0.6
"""From this part of the history on a supplier sends prices with thousands separators."""

PAGE = 20
"""How many results a page has where the caller does not say."""

PEOPLE = ("Ana", "Ben", "Chloe", "Dev", "Eva", "Finn", "Gita", "Hugo", "Ida", "Jon")
WORDS = (
    *("order", "late", "parcel", "invoice", "steel", "hinge", "paint", "rope", "return"),
    *("stock", "lamp", "cable", "drill", "box", "label", "supplier", "delivery", "truck"),
    *("bolt", "shelf", "price", "offer", "winter", "sale", "garden", "tool", "set"),
)
TAGS = (
    *("late", "refund", "vip", "damaged", "wholesale", "export"),
    *("gift", "urgent", "invoice", "returns", "b2b", "pickup"),
)
JOBS = ("export", "sync", "invoice-mail", "stock-count", "price-feed", "backup", "thumbnails")
KINDS = {
    "bolt": ("m4", "m5", "m6", "m8", "m10"),
    "nut": ("m4", "m5", "m6", "m8", "m10"),
    "screw": ("3x20", "4x30", "4x40", "5x50", "6x80"),
    "washer": ("m4", "m6", "m8"),
    "hinge": ("small", "large", "steel"),
    "rope": ("5m", "10m", "20m"),
    "paint": ("white", "black", "red", "blue", "green"),
    "brush": ("25", "50", "75"),
    "tape": ("19", "38", "50"),
    "lamp": ("e14", "e27", "gu10"),
    "cable": ("1m", "3m", "5m"),
    "lock": ("30", "40", "50"),
    "saw": ("fine", "rough"),
    "drill": ("3", "5", "8"),
}
ITEMS = tuple(f"{kind}-{size}" for kind, sizes in KINDS.items() for size in sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The arguments of one call."""

    args: tuple[object, ...]
    kwargs: Mapping[str, object] = field(default_factory=dict)


def _chance(r: Random, share: float) -> bool:
    return r.random() < share


def _phrase(r: Random, least: int, most: int) -> str:
    return " ".join(r.choice(WORDS) for _ in range(r.randint(least, most)))


def average(r: Random, _: float) -> Call:
    """Readings of a few sensors; at night some of them, or all, are silent."""
    if _chance(r, 0.18):
        return Call(args=([None] * r.choice((0, 0, 1, 2, 3)),))
    if _chance(r, 0.03):
        return Call(args=(None,))
    readings: list[float | None] = [round(r.uniform(14, 31), 1) for _ in range(r.randint(1, 6))]
    return Call(args=([None if _chance(r, 0.12) else v for v in readings] + readings[:1],))


def month_end(r: Random, _: float) -> Call:
    """Days of invoices; the year-end report asks for December again and again."""
    month = 12 if _chance(r, 0.12) else r.randint(1, 12)
    return Call(args=(f"{r.randint(2023, 2027)}-{month:02}-{r.randint(1, 28):02}",))


def scale(r: Random, _: float) -> Call:
    """Photos into square thumbnails, and some into the wide and the tall slots of a page."""
    width, height = r.choice(((4, 3), (3, 4), (16, 9), (1, 1), (3, 2)))
    unit = r.randint(20, 400)
    box = r.choice((64, 96, 128, 256, 512))
    if _chance(r, 0.3):
        slot = r.choice(((640, 360), (300, 600), (728, 90), (1200, 630)))
        return Call(args=(width * unit, height * unit, *slot))
    return Call(args=(width * unit, height * unit, box, box))


def stock(r: Random, _: float) -> Call:
    """Any item in any warehouse, and now and then one that the shop no longer has."""
    gone = _chance(r, 0.04)
    item = r.choice(("glue-50ml", "ladder-3m", "chain-2m")) if gone else r.choice(ITEMS)
    warehouse = r.choice(("north", "north", "south", "port"))
    if warehouse == "north" and _chance(r, 0.5):
        return Call(args=(item,))
    return Call(args=(item,), kwargs={"warehouse": warehouse})


def page_count(r: Random, _: float) -> Call:
    """Totals of searches; a search that hit its limit has a round total."""
    per_page = r.choice((10, PAGE, PAGE, 25, 50))
    total = per_page * r.randint(0, 8) if _chance(r, 0.14) else r.randint(1, 420)
    if per_page == PAGE and _chance(r, 0.5):
        return Call(args=(total,))
    return Call(args=(total, per_page))


def price(r: Random, when: float) -> Call:
    """Prices in lists; from one day on those of a supplier who groups the thousands."""
    sign = r.choice(("$", "$", "EUR ", "GBP ", ""))
    if when >= NEW_SUPPLIER and _chance(r, 0.38):
        return Call(args=(f"{sign}{r.randint(100000, 4999999) / 100:,.2f}",))
    cents = r.choice((r.randint(99, 20000), r.randint(99, 99999), 100 * r.randint(1, 900)))
    amount = f"{cents // 100}" if cents % 100 == 0 else f"{cents / 100:.2f}"
    return Call(args=(f"{sign}{amount}{r.choice(('', '', ' '))}",))


def _party(r: Random) -> list[str]:
    return r.sample(PEOPLE, r.choice((2, 2, 3, 3, 4, 5)))


def split_bill(r: Random, _: float) -> Call:
    """Amounts as the tills print them: text with two decimals, some with the currency sign."""
    sign = "$" if _chance(r, 0.16) else ""
    return Call(args=(f"{sign}{r.randint(400, 24000) / 100:.2f}", _party(r)))


def split_bill_by_app(r: Random, when: float) -> Call:
    """The same, once the app has gone live: it sends the amount as a number."""
    if _chance(r, 0.5):
        cents = r.randint(400, 24000)
        return Call(args=(cents // 100 if _chance(r, 0.2) else cents / 100, _party(r)))
    return split_bill(r, when)


def quote(r: Random, _: float) -> Call:
    """Orders; people like round numbers."""
    quantity = r.choice((10, 10, 50, 100)) if _chance(r, 0.2) else r.randint(1, 160)
    if _chance(r, 0.55):
        return Call(args=(quantity,))
    return Call(args=(quantity,), kwargs={"coupon": r.choice(("WELCOME5", "SPRING10", "VIP15"))})


def delay(r: Random, _: float) -> Call:
    """Jobs that failed once are common, those that failed four times are not."""
    (attempt,) = r.choices((1, 2, 3, 4, 5), weights=(40, 28, 16, 11, 5))
    return Call(args=(f"{r.choice(JOBS)}-{r.randint(1, 40)}", attempt))


def _note(r: Random) -> str:
    words = _phrase(r, 1, 3).split()
    marks = [f"#{r.choice(TAGS)}{r.choice(('', '', ',', '!'))}" for _ in range(r.randint(0, 2))]
    return " ".join(words + marks)


def collect(r: Random, _: float) -> Call:
    """Mostly one note at a time, now and then those of a whole conversation."""
    if _chance(r, 0.7):
        return Call(args=([_note(r)],))
    return Call(args=([_note(r) for _ in range(r.randint(2, 3))],))


def headline(r: Random, _: float) -> Call:
    """Texts of tickets; some are blank."""
    limit = {} if _chance(r, 0.6) else {"limit": r.choice((16, 20, 24, 48))}
    if _chance(r, 0.17):
        return Call(args=(r.choice(("", "", " ", "\n", "\n\n", "  \n ")),), kwargs=limit)
    if _chance(r, 0.02):
        return Call(args=(None,), kwargs=limit)
    lines = [_phrase(r, 1, 7).capitalize() for _ in range(r.randint(1, 2))]
    return Call(args=(r.choice(("", "", "\n")) + "\n".join(lines),), kwargs=limit)


def slug(r: Random, _: float) -> Call:
    """Titles of pages."""
    return Call(args=(f"{_phrase(r, 2, 5).title()}{r.choice(('', '!', ' (2026)', ' & more'))}",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How one target is called."""

    calls: int
    seconds: float
    """How long a call usually takes."""
    callers: tuple[str, ...]
    draw: Callable[[Random, float], Call]


AGENT, SCHEDULER, TESTS = "claude-code", "scheduler", "tests"

TRAFFIC = {
    "calc.average": Traffic(
        calls=330, seconds=0.0009, callers=(SCHEDULER, SCHEDULER, AGENT), draw=average
    ),
    "dates.month_end": Traffic(
        calls=300, seconds=0.0006, callers=(AGENT, AGENT, SCHEDULER), draw=month_end
    ),
    "geometry.scale": Traffic(calls=330, seconds=0.0007, callers=(AGENT, TESTS), draw=scale),
    "inventory.stock": Traffic(
        calls=400, seconds=0.0021, callers=(AGENT, AGENT, SCHEDULER), draw=stock
    ),
    "paging.page_count": Traffic(
        calls=320, seconds=0.0005, callers=(AGENT, AGENT, TESTS), draw=page_count
    ),
    "parse.price": Traffic(calls=400, seconds=0.0011, callers=(SCHEDULER, AGENT), draw=price),
    "pay.split_bill": Traffic(calls=360, seconds=0.0013, callers=(AGENT,), draw=split_bill),
    "pricing.quote": Traffic(
        calls=380, seconds=0.0008, callers=(AGENT, AGENT, AGENT, TESTS), draw=quote
    ),
    "retry.delay": Traffic(calls=340, seconds=0.0006, callers=(SCHEDULER,), draw=delay),
    "tags.collect": Traffic(calls=300, seconds=0.0015, callers=(AGENT, AGENT, TESTS), draw=collect),
    "text.headline": Traffic(calls=320, seconds=0.0009, callers=(AGENT, SCHEDULER), draw=headline),
    "text.slug": Traffic(calls=320, seconds=0.0010, callers=(AGENT, TESTS), draw=slug),
}
"""Every function of the workspace."""

LATER: dict[str, tuple[str, Callable[[Random, float], Call]]] = {
    "average": ("calc.average", average),
    "month_end": ("dates.month_end", month_end),
    "scale": ("geometry.scale", scale),
    "stock": ("inventory.stock", stock),
    "page_count": ("paging.page_count", page_count),
    "price": ("parse.price", price),
    "split_bill_first": ("pay.split_bill", split_bill_by_app),
    "split_bill_again": ("pay.split_bill", split_bill_by_app),
    "quote": ("pricing.quote", quote),
    "delay": ("retry.delay", delay),
    "collect": ("tags.collect", collect),
    "headline": ("text.headline", headline),
}
"""The batches of live calls that follow the history: name, target, inputs."""
