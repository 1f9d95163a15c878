"""What each role may do over HTTP. A table, and nothing that decides beside it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mendloop.model.token import Role


class Leave(StrEnum):
    """A kind of thing that can be asked for over HTTP. Approving is none."""

    LOOK = "look"
    """Resources, prompts, notifications, metrics, and the tools that only look."""
    LOOP = "loop"
    """Every tool of the loop, within the policy."""
    TELEMETRY = "telemetry"
    """To hand in what tools did elsewhere, as one who saw it."""


LEAVES: Final[Mapping[Role, frozenset[Leave]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Leave.LOOK}),
        # no telemetry: what an exporter has seen counts more than what an agent says, so that an
        # agent which could export would talk its own failures away
        Role.AGENT: frozenset({Leave.LOOK, Leave.LOOP}),
        Role.OPERATOR: frozenset(Leave),
    }
)
EVERYTHING: Final = frozenset(Leave)
"""Of one developer on one machine, who holds the only secret there is."""


def least(leave: Leave) -> Role:
    """The role with the fewest leaves that has this one."""
    return min((role for role in Role if leave in LEAVES[role]), key=lambda role: len(LEAVES[role]))
