"""How much of a limit is used, and when some of it is free again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mendloop.core.governance.policy import Limit
from mendloop.model.spans import spell
from mendloop.model.spend import Spent
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class Over:
    """There is no room in a limit."""

    reason: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One limit, and what was used of it within its span."""

    key: str
    """Of the policy's ``[limits]``."""
    what: str
    """Of what, in words, in the plural."""
    limit: Limit
    spent: Sequence[Spent]
    """The oldest first; what is older than the span does not count."""
    unit: int = 1
    """So many of what was spent are one of the limit."""

    def used(self, now: datetime) -> int:
        """So much within the span."""
        since = now - self.limit.per
        return sum(each.amount for each in self.spent if each.at >= since)

    def left(self, now: datetime) -> int:
        """So much of the limit, rounded down."""
        return max(0, self.limit.most - -(-self.used(now) // self.unit))

    def over(self, now: datetime, asks: int = 1) -> Over | None:
        """Why so much more is not to be had; nothing where it is.

        Args:
            now: The time.
            asks: So much, in the unit of what is spent.
        """
        used = self.used(now)
        if used + asks <= self.limit.most * self.unit:
            return None
        return Over(
            f"{-(-used // self.unit)} {self.what} within {spell(self.limit.per)} are used, and "
            f"{self.limit.most} are allowed (`{self.key}`).",
            f"{self._free(used, now, asks)} {raising(self.key)}",
        )

    def _free(self, used: int, now: datetime, asks: int) -> str:
        since, room = now - self.limit.per, self.limit.most * self.unit
        if asks > room:
            return "None will be free while the limit is that low."
        for each in self.spent:
            if each.at >= since:
                used -= each.amount
                if used + asks <= room:
                    return f"It is free again at {moment(each.at + self.limit.per)}."
        return "It is free now."


def raising(key: str) -> str:
    """What a person can do about a limit."""
    return (
        f"A person can raise `{key}` in the operator's policy file, which `mendloop policy` names; "
        "an approval does not lift a limit."
    )


def next_free(times: Sequence[datetime], limit: Limit) -> datetime | None:
    """When one more fits into a limit that is used up; nothing where it never does.

    Args:
        times: When what counts was done, within the span, the oldest first.
        limit: The limit.
    """
    at = len(times) - limit.most
    return times[at] + limit.per if limit.most and 0 <= at < len(times) else None


def moment(at: datetime) -> str:
    """A time from which something holds: no earlier than it, to the second."""
    return f"{at + timedelta(seconds=1):%Y-%m-%d %H:%M:%S} UTC"
