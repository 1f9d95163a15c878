"""Keep the history at a size, and workspace, records and kept contents in step."""

from mendloop.app.ingest import Ingested, Ingester
from mendloop.app.ports import Clock
from mendloop.app.sync import Synced, Syncer
from mendloop.errors import InvalidInput
from mendloop.noun import dataclass
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
    synced: Synced | None
    """``None`` where ``mendloop.toml`` cannot be read, so that nothing could be told from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer:
    """Tidies up."""

    history: History
    state: State
    ingester: Ingester
    syncer: Syncer
    clock: Clock
    retention: Retention

    async def maintain(self, *, dry_run: bool = False) -> Maintained:
        """Take in what lies in the spool, remove what the retention lets go, and compare the rest.

        Args:
            dry_run: Only say what would be done.

        Raises:
            Unavailable: A database or the disk does not work.
        """
        ingested = Ingested(new=0, aside=0) if dry_run else await self.ingester.catch_up()
        compacted = await self.history.compact(
            self.retention, now=self.clock.now(), dry_run=dry_run
        )
        try:
            synced = await self.syncer.sync(dry_run=dry_run)
        except InvalidInput:
            synced = None
        if compacted.rows and not dry_run:
            async with self.state.transaction() as tables:
                await tables.audit.append(
                    "compacted",
                    {"rows": compacted.rows, "older_than_days": self.retention.days},
                    at=self.clock.now(),
                )
        return Maintained(
            synced=synced,
            ingested=ingested,
            compacted=compacted,
            quarantined=await self.history.quarantined(),
            dry_run=dry_run,
        )
