"""What an id names, by how it begins."""

import re
from typing import Final, Self

from mendloop.noun import dataclass

_ID: Final = r"[0-9a-z]{8}"
_INCIDENT: Final = re.compile(rf"i-{_ID}")
_PROPOSAL: Final = re.compile(rf"p-{_ID}")
_DEPLOYMENT: Final = re.compile(rf"d-{_ID}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An incident or a target, whichever was named."""

    incident: str | None = None
    target: str | None = None

    @classmethod
    def of(cls, named: str) -> Self:
        """Tell by the look of it."""
        return cls(incident=named) if is_incident(named) else cls(target=named)


def is_incident(named: str) -> bool:
    """Whether this is how an incident is named."""
    return _INCIDENT.fullmatch(named) is not None


def is_proposal(named: str) -> bool:
    """Whether this is how a proposal is named."""
    return _PROPOSAL.fullmatch(named) is not None


def is_deployment(named: str) -> bool:
    """Whether this is how a deployment is named."""
    return _DEPLOYMENT.fullmatch(named) is not None
