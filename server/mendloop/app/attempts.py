"""What has been proposed for an incident, and what is known of it."""

from typing import Final

from mendloop.model.incident import Incident
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report
from mendloop.noun import dataclass
from mendloop.store.state import Tables

_MOST: Final = 12
_LOOKED_AT: Final = 100
"""Proposals of a target among which those for the incident are sought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One proposal for an incident, and what is known of it."""

    proposal: Proposal
    report: Report | None
    """Of its newest test."""
    stale: bool = False
    """Whether a file has changed since: it can no longer be deployed."""
    cluster: int | None = None
    """Proposals of one number answer alike on all inputs tried; ``None`` where it was not run."""


async def attempts(tables: Tables, incident: Incident) -> tuple[Attempt, ...]:
    """The proposals for an incident, newest first, as they are on record.

    Those for its targets that were made since it opened, and name no incident, count as well.
    """
    found: dict[str, Proposal] = {}
    for target in incident.finding.targets:
        page = await tables.proposals.page(target=target, limit=_LOOKED_AT)
        found |= {one.id: one for one in page if _for(one, incident)}
    newest = sorted(found.values(), key=lambda one: one.at, reverse=True)[:_MOST]
    return tuple(
        [Attempt(proposal=one, report=await tables.reports.latest(one.id)) for one in newest]
    )


def _for(proposal: Proposal, incident: Incident) -> bool:
    if proposal.incident is None:
        return proposal.at >= incident.opened
    return proposal.incident == incident.id
