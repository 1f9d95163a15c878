"""What a server does while nobody asks: take the spool in, judge it, tidy up, see what is new."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mendloop.app.arrivals import Arrivals
from mendloop.app.ingest import Ingester
from mendloop.app.maintain import Maintainer
from mendloop.app.notices import News, Notices, Seen
from mendloop.app.ports import Clock
from mendloop.app.service import service

_TIDY: Final = timedelta(hours=6)
"""Between two times of tidying up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Where the last look ended."""

    seen: Seen
    tidy: datetime
    """When to tidy up next."""


@service
class Tender:
    """Looks after the house."""

    ingester: Ingester
    arrivals: Arrivals
    maintainer: Maintainer
    notices: Notices
    clock: Clock
    pause: timedelta
    """Between two looks."""

    async def begin(self) -> Round:
        """The first round: nothing before it is news."""
        return Round(seen=await self.notices.now(), tidy=self.clock.now() + _TIDY)

    async def look(self, last: Round) -> tuple[Round, News]:
        """One look.

        Raises:
            Unavailable: A database cannot be used now; the next look may find it better.
        """
        await self.ingester.catch_up()
        await self.arrivals.look()
        tidy, now = last.tidy, self.clock.now()
        if now >= tidy:
            await self.maintainer.maintain()
            tidy = now + _TIDY
        news = await self.notices.since(last.seen)
        return Round(seen=news.seen, tidy=tidy), news
