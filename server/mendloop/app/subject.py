"""What an investigation or a repair is about."""

from mendloop.app.ports import Workspace
from mendloop.app.targets import find_target
from mendloop.errors import InvalidInput
from mendloop.model.ids import IncidentId
from mendloop.model.incident import Incident, IncidentState
from mendloop.model.target import Target
from mendloop.noun import dataclass
from mendloop.store.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A target, and the incident that brought it up."""

    target: Target
    incident: Incident | None


async def find_subject(
    state: State, workspace: Workspace, *, incident: str | None, target: str | None
) -> Subject:
    """The subject that an incident or a target names; a target's most urgent open incident counts.

    Raises:
        NotFound: There is no such incident or target.
        InvalidInput: Neither or both are named.
    """
    if (incident is None) == (target is None):
        raise InvalidInput(
            "Name either an incident or a target.",
            hint="detect lists the incidents; mendloop://targets lists the targets.",
        )
    manifest = workspace.manifest()
    async with state.reading() as tables:
        if incident is not None:
            found = await tables.incidents.get(IncidentId(incident))
            return Subject(target=find_target(manifest, found.finding.target), incident=found)
        wanted = find_target(manifest, target or "")
        newest = await tables.incidents.page(state=IncidentState.OPEN, target=wanted.name, limit=1)
    return Subject(target=wanted, incident=newest[0] if newest else None)
