"""What a look at the records gives: each with what a face needs beside it to show it."""

from collections.abc import Mapping

from mendloop.model.deployment import Version
from mendloop.model.ids import Digest, TargetName
from mendloop.model.proposal import FileChange
from mendloop.model.standing import StandingId
from mendloop.model.target import Target
from mendloop.noun import dataclass
from mendloop.store.counted import TargetSummary
from mendloop.store.overview import Overview, StandingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How things stand."""

    overview: Overview
    left: Mapping[str, int]
    """What each limit has left, by its key in the policy; what frees itself first counts as used
    until it does."""
    standing: tuple[StandingLine, ...] = ()
    """The standing approvals in force, as the records have them; the gate also asks who signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """A target with its record."""

    target: Target | None
    """``None`` where there are executions of it, but no declaration."""
    name: TargetName
    summary: TargetSummary | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTexts:
    """One file of a change, before and after, as text."""

    file: FileChange
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsView:
    """Every version of a target, and what its file holds."""

    versions: tuple[Version, ...]
    """The newest first."""
    held: Digest | None
    """What the file holds now; ``None`` where nobody knows it, as of a target that is declared no
    more."""
    drifted: bool
    """Whether somebody has changed it outside the loop."""

    def in_place(self, version: Version) -> bool:
        """Whether the file holds this version: the newest of those with the same bytes."""
        same = [each.number for each in self.versions if each.digest == self.held]
        return version.number == max(same, default=None)


@dataclass(frozen=True, slots=True)
class WentBy:
    """The standing approval by which a deployment went."""

    id: StandingId
    by: str
