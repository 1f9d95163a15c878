"""What a server does while nobody asks: take the spool in, judge it, tidy up, see what is new."""

from datetime import datetime, timedelta
from typing import Final

from mendloop.app.arrivals import Arrivals
from mendloop.app.counting import PAUSE, Counter
from mendloop.app.drift import Warden
from mendloop.app.ingest import Ingester
from mendloop.app.maintain import Maintainer
from mendloop.app.notices import News, Notices, Seen
from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.noun import dataclass

_WATCH: Final = timedelta(seconds=5)
"""Between two looks at the files: of a thousand each costs some hundredths of a second."""
_TIDY: Final = timedelta(hours=6)
"""Between two times of tidying up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Where the last look ended."""

    seen: Seen
    tidy: datetime
    """When to tidy up next."""
    watch: datetime
    """When to look at the files next."""
    count: datetime
    """When to keep what was counted next."""


@service
class Tender:
    """Looks after the house."""

    ingester: Ingester
    arrivals: Arrivals
    counter: Counter
    maintainer: Maintainer
    warden: Warden
    notices: Notices
    clock: Clock
    pause: timedelta
    """Between two looks."""

    async def begin(self) -> Round:
        """The first round: nothing before it is news."""
        now = self.clock.now()
        return Round(seen=await self.notices.now(), tidy=now + _TIDY, watch=now, count=now + PAUSE)

    async def look(self, last: Round) -> tuple[Round, News]:
        """One look.

        Raises:
            Unavailable: A database cannot be used now; the next look may find it better.
        """
        await self.ingester.catch_up()
        await self.arrivals.look()
        now = self.clock.now()
        tidy, watch, count = last.tidy, last.watch, last.count
        if now >= watch:
            await self.warden.look()
            watch = now + _WATCH
        if now >= tidy:
            await self.maintainer.maintain()
            tidy = now + _TIDY
        if now >= count:
            await self.counter.keep()
            count = now + PAUSE
        news = await self.notices.since(last.seen)
        return Round(seen=news.seen, tidy=tidy, watch=watch, count=count), news
