"""How often what was done, over all processes and restarts."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from mendloop.noun import dataclass
from mendloop.store.columns import get_text, put_text
from mendloop.store.sqlite import Statements

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCount:
    """How often an action came to one end."""

    action: str
    outcome: str
    times: int
    took: timedelta
    """All of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallies:
    """Numbers that a monitoring system asks for, as they are in the tables."""

    actions: tuple[ActionCount, ...]
    audited: tuple[tuple[str, str, int], ...]
    """Entries of the audit by event and, where something was refused, by the code of why."""
    reports: tuple[tuple[str, int], ...]
    """By verdict."""
    incidents: tuple[tuple[str, int], ...]
    """By state."""
    watches: tuple[tuple[str, int], ...]
    """By state."""
    stopped: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """The counted tables, and that of the counts that no other table holds."""

    statements: Statements

    async def add(self, counts: Iterable[ActionCount]) -> None:
        """Add to what is there."""
        await self.statements.many(
            "INSERT INTO action_counts (action, outcome, times, microseconds) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (action, outcome) DO UPDATE SET times = times + excluded.times,"
            " microseconds = microseconds + excluded.microseconds",
            [
                (
                    put_text(each.action),
                    put_text(each.outcome),
                    each.times,
                    each.took // _MICROSECOND,
                )
                for each in counts
            ],
        )

    async def tallies(self) -> Tallies:
        """All of them."""
        ask = self.statements.fetch
        actions = await ask("SELECT action, outcome, times, microseconds FROM action_counts")
        audited = await ask("SELECT event, code, entries FROM audit_counts ORDER BY event, code")
        reports = await ask("SELECT verdict, count(*) FROM reports GROUP BY verdict")
        incidents = await ask("SELECT state, count(*) FROM incidents GROUP BY state")
        watches = await ask("SELECT state, count(*) FROM watches GROUP BY state")
        stopped = await ask("SELECT 1 FROM stop")
        return Tallies(
            actions=tuple(
                ActionCount(
                    action=get_text(action),
                    outcome=get_text(outcome),
                    times=times,
                    took=timedelta(microseconds=microseconds),
                )
                for action, outcome, times, microseconds in actions
            ),
            audited=tuple((get_text(event), get_text(code), n) for event, code, n in audited),
            reports=tuple((str(verdict), n) for verdict, n in reports),
            incidents=tuple((str(state), n) for state, n in incidents),
            watches=tuple((str(state), n) for state, n in watches),
            stopped=bool(stopped),
        )
