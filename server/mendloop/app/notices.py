"""What has changed since the last look, whoever did it: this process, another server, the desk.

The audit says what was decided and done; the numbers of the executions say which targets were
called. Both only grow, so two numbers are all there is to remember.
"""

from typing import Final

from mendloop.app.service import service
from mendloop.errors import NotFound
from mendloop.model.ids import DeploymentId, TargetName
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.state import State, Tables

_MOST: Final = 500
"""Entries of one look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far somebody has looked."""

    execution: int
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What has changed."""

    seen: Seen
    called: tuple[TargetName, ...]
    """Targets of which there are new executions."""
    subjects: tuple[tuple[str, str], ...]
    """Kind and id of what the audit speaks of: incident, proposal, deployment, target."""

    @property
    def any(self) -> bool:
        """Whether there is any."""
        return bool(self.called or self.subjects)


@service
class Notices:
    """Looks for news. A look costs two indexed queries where there is none."""

    state: State
    history: History

    async def now(self) -> Seen:
        """As of now: nothing before this is news."""
        async with self.state.reading() as tables:
            entry, _ = await tables.audit.head()
        return Seen(execution=await self.history.last_seq(), entry=entry)

    async def since(self, seen: Seen) -> News:
        """What has come since."""
        last = await self.history.last_seq()
        called = () if last <= seen.execution else await self.history.called_after(seen.execution)
        async with self.state.reading() as tables:
            head, _ = await tables.audit.head()
            entries = (
                () if head <= seen.entry else await tables.audit.page(after=seen.entry, limit=_MOST)
            )
            subjects = dict.fromkeys(
                (kind, value)
                for entry in entries
                for kind in ("incident", "proposal", "deployment", "target")
                if isinstance(value := entry.facts.get(kind), str)
            )
            for kind, named in tuple(subjects):
                if kind == "deployment":
                    targets = await _targets(tables, DeploymentId(named))
                    subjects |= {("target", str(target)): None for target in targets}
        reached = entries[-1].seq if entries else seen.entry
        return News(
            seen=Seen(execution=max(last, seen.execution), entry=reached),
            called=called,
            subjects=tuple(subjects),
        )


async def _targets(tables: Tables, deployment: DeploymentId) -> tuple[TargetName, ...]:
    """Those that a deployment may have given another version; one that was refused is not kept."""
    try:
        return (await tables.deployments.get(deployment)).targets
    except NotFound:
        return ()
