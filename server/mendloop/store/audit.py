"""The audit: append-only, each entry chained to the one before it.

Triggers refuse changes, but whoever can write the file can drop them. The chain, and its head kept
a second time, make what was done so visible; only a copy of the head elsewhere also shows an
attack that rewrites the whole chain.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Final

from mendloop.model.audit import GENESIS, AuditEntry, Noted, link
from mendloop.model.ids import Digest
from mendloop.model.value import Encoded
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_json,
    get_text,
    get_time,
    put_bound,
    put_json,
    put_text,
    put_time,
)
from mendloop.store.sqlite import Row, Statements

_SELECT: Final = "SELECT seq, at, event, facts, previous, digest FROM audit"
_PAGE: Final = 200
_LARGEST_EXACT: Final = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """What a look at the whole chain has shown."""

    entries: int
    """How many are sound, from the first on."""
    broken_at: int | None
    """The number of the first entry that is missing, changed or out of place."""
    head: Digest
    """The digest of the last sound one."""
    noted: bool | None = None
    """Whether an entry that was noted elsewhere is still there as it was; ``None`` where none was
    given. Where it is not, the chain was cut off or written anew, however sound it looks."""

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against it."""
        return self.broken_at is None and self.noted is not False


@dataclass(frozen=True, slots=True)
class Audit:
    """The table of audit entries, and its head."""

    statements: Statements

    async def append(self, event: str, facts: Mapping[str, Encoded], *, at: datetime) -> AuditEntry:
        """Add an entry at the end of the chain.

        What canonical JSON cannot hold is kept as a readable stand-in: an entry is never refused
        for what a stranger has put into it.
        """
        seq, previous = await self.head()
        entry = _next(seq + 1, previous, _text(event), _facts(facts), at.astimezone(UTC))
        await self.statements.fetch(
            "INSERT INTO audit (seq, at, event, facts, previous, digest) VALUES (?, ?, ?, ?, ?, ?)",
            entry.seq,
            put_time(entry.at),
            put_text(entry.event),
            put_json(dict(entry.facts)),
            entry.previous,
            entry.digest,
        )
        await self.statements.fetch(
            "INSERT INTO audit_head (one, seq, digest) VALUES (1, ?, ?)"
            " ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, digest = excluded.digest",
            entry.seq,
            entry.digest,
        )
        await self._count(entry)
        return entry

    async def _count(self, entry: AuditEntry) -> None:
        # not in a trigger: functions of JSON are not trusted there
        code = entry.facts.get("code") if entry.event.endswith("_refused") else ""
        await self.statements.fetch(
            "INSERT INTO audit_counts (event, code, entries) VALUES (?, ?, 1)"
            " ON CONFLICT (event, code) DO UPDATE SET entries = entries + 1",
            put_text(entry.event),
            put_text(code if isinstance(code, str) else ""),
        )

    async def head(self) -> tuple[int, Digest]:
        """The number and the digest of the last entry; zero before the first."""
        row = await self.statements.first("SELECT seq, digest FROM audit_head")
        return (0, GENESIS) if row is None else (int(row[0]), Digest(row[1]))

    async def page(self, *, after: int, limit: int) -> tuple[AuditEntry, ...]:
        """The entries with larger numbers, the oldest first."""
        return tuple(_entry(row) for row in await self._rows(after, limit))

    async def newest(self, event: str, fact: str, value: str) -> AuditEntry | None:
        """The last entry of one sort that says this of something, if its own link is sound."""
        row = await self.statements.first(
            f"{_SELECT} WHERE event = ? AND json_extract(facts, '$.' || ?) = ?"
            " ORDER BY seq DESC LIMIT 1",
            put_text(event),
            fact,
            put_text(value),
        )
        if row is None or not _follows(row, row[0] - 1, Digest(row[4])):
            return None
        return _entry(row)

    async def count(self, event: str, fact: str, value: str, *, since: datetime | None) -> int:
        """How many entries of one sort say this of something."""
        row = await self.statements.first(
            "SELECT count(*) FROM audit WHERE event = ? AND at >= ?"
            " AND json_extract(facts, '$.' || ?) = ?",
            put_text(event),
            0 if since is None else put_time(since),
            fact,
            put_text(value),
        )
        return 0 if row is None else int(row[0])

    async def verify(self, expect: Noted | None = None) -> ChainCheck:
        """Go through the whole chain, a page at a time.

        Args:
            expect: An entry that was noted elsewhere. Whoever can write the file can cut entries
                off and mend the head, or write the chain anew: only this shows it.
        """
        head = await self.head()
        seq, digest = 0, GENESIS
        noted = None if expect is None else expect == Noted(seq=0, digest=GENESIS)
        while rows := await self._rows(seq, _PAGE):
            for row in rows:
                if not _follows(row, seq, digest):
                    return ChainCheck(entries=seq, broken_at=seq + 1, head=digest, noted=noted)
                seq, digest = row[0], Digest(row[5])
                noted = noted or (
                    None if expect is None else expect == Noted(seq=seq, digest=digest)
                )
        broken_at = None if (seq, digest) == head else min(seq, head[0]) + 1
        return ChainCheck(entries=seq, broken_at=broken_at, head=digest, noted=noted)

    async def _rows(self, after: int, limit: int) -> list[Row]:
        return await self.statements.fetch(
            f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", put_bound(after), limit
        )


def _follows(row: Row, seq: int, digest: Digest) -> bool:
    try:
        entry = _entry(row)
        sound = _next(seq + 1, digest, entry.event, entry.facts, entry.at)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return False  # not even of the form that is written here
    return sound == entry


def _next(
    seq: int, previous: Digest, event: str, facts: Mapping[str, Encoded], at: datetime
) -> AuditEntry:
    digest = link(seq=seq, at=at, event=event, facts=facts, previous=previous)
    return AuditEntry(seq=seq, at=at, event=event, facts=facts, previous=previous, digest=digest)


def _entry(row: Row) -> AuditEntry:
    seq, at, event, facts, previous, digest = row
    return AuditEntry(
        seq=seq,
        at=get_time(at),
        event=get_text(event),
        facts=get_json(facts),
        previous=Digest(previous),
        digest=Digest(digest),
    )


def _facts(facts: Mapping[str, Encoded]) -> dict[str, Encoded]:
    return {_text(name): _value(value) for name, value in facts.items()}


def _value(value: Encoded) -> Encoded:
    match value:
        case str():
            return _text(value)
        case dict():
            return {_text(name): _value(part) for name, part in value.items()}
        case list():
            return [_value(part) for part in value]
        case float() if not isfinite(value):
            return {"$f": str(value)}
        case int() if not isinstance(value, bool) and abs(value) > _LARGEST_EXACT:
            return {"$i": str(value)}
        case _:
            return value


def _text(text: str) -> str:
    """The text with lone surrogates written out, for UTF-8 has none."""
    return text.encode(errors="backslashreplace").decode()
