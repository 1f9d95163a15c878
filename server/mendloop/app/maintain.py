"""Keep the history at a size: what is old goes, what is needed as evidence stays."""

from dataclasses import dataclass

from mendloop.app.ingest import Ingested, Ingester
from mendloop.app.ports import Clock
from mendloop.store.history import History
from mendloop.store.retention import Compacted, Retention
from mendloop.store.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintained:
    """What was done, or would be."""

    ingested: Ingested
    compacted: Compacted
    quarantined: int
    """Records that lie aside because they could not be read."""
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    """Tidies up."""

    history: History
    state: State
    ingester: Ingester
    clock: Clock
    retention: Retention

    async def maintain(self, *, dry_run: bool = False) -> Maintained:
        """Take in what lies in the spool, then remove what the retention lets go.

        Args:
            dry_run: Only count what would be removed.

        Raises:
            Unavailable: The history cannot be written, or what was removed not be put on record.
        """
        ingested = Ingested(new=0, aside=0) if dry_run else await self.ingester.catch_up()
        compacted = await self.history.compact(
            self.retention, now=self.clock.now(), dry_run=dry_run
        )
        if compacted.rows and not dry_run:
            async with self.state.transaction() as tables:
                await tables.audit.append(
                    "compacted",
                    {"rows": compacted.rows, "older_than_days": self.retention.days},
                    at=self.clock.now(),
                )
        return Maintained(
            ingested=ingested,
            compacted=compacted,
            quarantined=await self.history.quarantined(),
            dry_run=dry_run,
        )
