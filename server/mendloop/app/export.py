"""Take executions out again, as the lines that an import reads."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from mendloop.core.record.written import line_of
from mendloop.errors import NotFound
from mendloop.model.ids import TargetName
from mendloop.noun import dataclass
from mendloop.store.history import History

_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """Writes lines."""

    history: History

    async def lines(self, targets: Sequence[str] | None = None) -> AsyncGenerator[bytes]:
        """Every execution, target by target, those kept first first.

        Args:
            targets: Only of these; by default of all.

        Raises:
            NotFound: One of them was never called.
        """
        known = [summary.target for summary in await self.history.summaries()]
        for wanted in known if targets is None else targets:
            if wanted not in known:
                raise NotFound(
                    f"{wanted[:100]!r} was never called.", hint="mendloop status; mendloop init"
                )
            seq = 0
            while rows := await self.history.after(TargetName(wanted), seq, limit=_PAGE):
                for row in rows:
                    yield line_of(row.execution)
                seq = rows[-1].seq
