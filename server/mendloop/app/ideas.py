"""Where changes come from when nobody proposes one: earlier versions, constants, recipes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Final

from mendloop.app.ports import Blobs, Workspace
from mendloop.app.service import service
from mendloop.core.repair.candidate import Candidate
from mendloop.model.deployment import Version
from mendloop.model.diagnosis import Diagnosis
from mendloop.model.execution import Execution
from mendloop.model.proposal import NO_FILE
from mendloop.model.target import Manifest, Target, TargetKind
from mendloop.noun import dataclass

if TYPE_CHECKING:
    from mendloop.core.repair.generate import Space

_RECIPE: Final = "recipe:"
_FEW_OF_A_SORT: Final = frozenset(
    {"any_argument", "any_name", "moved_anywhere", "other_order", "same_everywhere"}
)


class Strategy(StrEnum):
    """One way to come by a change; the cheapest is tried first."""

    REVERT = "revert"
    TUNE = "tune"
    RECIPES = "recipes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """One change to try."""

    origin: str
    """``revert``, ``tuner``, or ``recipe:NAME``."""
    target: Target
    """What it changes: the function itself, or a constant that it uses."""
    description: str
    cost: float
    """Small is likely."""
    whole: bytes | None = None
    """The new file, where it is no change of one function."""
    candidate: Candidate | None = None
    """The change of one function."""
    bold: bool = False
    """Whether there are so many of its sort that one may fit by chance: two changes at once, and
    conditions, statements and numbers that nothing has hinted at."""

    @property
    def content(self) -> bytes:
        """The new file."""
        if self.candidate is not None:
            return self.candidate.source.encode()
        return self.whole or b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the failures of one function."""

    target: Target
    diagnosis: Diagnosis
    failing: Sequence[Execution]
    versions: Sequence[Version]
    worth: Mapping[str, float]
    """How often changes of an origin have helped, 0 to 1."""

    @property
    def symptoms(self) -> "Symptoms":
        """What says where changes are looked for."""
        return Symptoms(
            target=self.target,
            suspects=tuple(suspect.line for suspect in self.diagnosis.suspects),
            failing=self.failing,
            worth=self.worth,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptoms:
    """What says where changes are looked for, and of which sort."""

    target: Target
    suspects: tuple[int, ...]
    """Lines, the most suspicious first."""
    failing: Sequence[Execution]
    worth: Mapping[str, float] = field(default_factory=dict[str, float])
    """How often changes of an origin have helped, 0 to 1."""


@service
class Ideas:
    """Thinks changes up. They are tried, never trusted."""

    workspace: Workspace
    blobs: Blobs

    def think(self, known: Known, strategies: Sequence[Strategy]) -> list[Idea]:
        """Changes of whole files that some strategy has to offer, the likeliest first."""
        manifest = self.workspace.manifest()
        sources = {
            Strategy.REVERT: lambda: self._earlier(known),
            Strategy.TUNE: lambda: self._tuned(manifest, known),
        }
        ideas = chain.from_iterable(
            sources[strategy]() for strategy in strategies if strategy in sources
        )
        return sorted(ideas, key=lambda idea: idea.cost / _trust(known, idea))

    def _earlier(self, known: Known) -> Iterator[Idea]:
        now = self.workspace.digest(known.target.path)
        seen = {now, NO_FILE}
        for version in known.versions:
            if version.digest in seen:
                continue
            seen.add(version.digest)
            yield Idea(
                origin="revert",
                target=known.target,
                whole=self.blobs.get(version.digest),
                description=f"back to version {version.number} of {version.at:%Y-%m-%d %H:%M} UTC",
                cost=0.1,
            )

    def _tuned(self, manifest: Manifest, known: Known) -> Iterator[Idea]:
        from mendloop.core.repair.constants import (  # noqa: PLC0415  libcst loads with the work
            grid,
            read,
            write,
        )
        from mendloop.core.repair.refusal import DoesNotApply  # noqa: PLC0415

        for constant in manifest.targets.values():
            if (
                constant.kind is not TargetKind.CONSTANT
                or known.target.name not in constant.used_by
            ):
                continue
            text = self.workspace.read(constant.path).decode()
            value = read(constant.path, text, constant.selector)
            if isinstance(value, DoesNotApply):
                continue
            for place, other in enumerate(grid(constant.range, value)):
                after = write(constant.path, text, constant.selector, other)
                if not isinstance(after, DoesNotApply):
                    yield Idea(
                        origin="tuner",
                        target=constant,
                        whole=after.encode(),
                        description=f"{constant.selector} = {other!r} instead of {value!r}",
                        cost=0.3 + 0.01 * place,
                    )

    def changes(self, known: Symptoms, source: str) -> "Changes":
        """The changes of single places that recipes see, the likeliest first, made as asked for.

        Args:
            known: What is known of the failures.
            source: The file to start from: as it stands, or with a first change made.
        """
        from mendloop.core.repair.generate import (  # noqa: PLC0415  libcst loads with the work
            Space,
        )
        from mendloop.core.repair.keys import keys_of  # noqa: PLC0415
        from mendloop.core.repair.recipe import Hints  # noqa: PLC0415

        target = known.target
        hints = Hints(
            function=target.selector,
            suspects=known.suspects,
            errors=tuple(dict.fromkeys(_error(target, one) for one in known.failing if one.error)),
            keys=keys_of((*one.args, *one.kwargs.values()) for one in known.failing),
            trust={
                origin.removeprefix(_RECIPE): worth
                for origin, worth in known.worth.items()
                if origin.startswith(_RECIPE)
            },
        )
        space = Space(source, target.selector, hints)
        return Changes(space=space, target=target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes of single places in one file."""

    space: "Space"
    target: Target

    @property
    def size(self) -> int:
        """How many there are at the most, as far as they have been looked for."""
        return self.space.size

    def usual(self) -> Iterator[Idea]:
        """Those that mend the usual slips, the likeliest first, made as asked for."""
        return (idea_of(self.target, one) for one in self.space.usual())

    def wide(self) -> Iterator[Idea]:
        """All others, far more; they are looked for when the first is asked for."""
        for one in self.space.wide():
            yield replace(idea_of(self.target, one), bold=one.recipe not in _FEW_OF_A_SORT)

    def sample(self, *, of_a_sort: int, of_a_line: int, most: int) -> list[Idea]:
        """A few of every line and of every recipe."""
        few = self.space.sample(of_a_sort=of_a_sort, of_a_line=of_a_line, most=most)
        return [idea_of(self.target, one) for one in few]


def idea_of(target: Target, candidate: Candidate) -> Idea:
    """The idea that a candidate is."""
    return Idea(
        origin=f"{_RECIPE}{candidate.recipe}",
        target=target,
        candidate=candidate,
        description=candidate.description,
        cost=candidate.cost,
    )


def _error(target: Target, execution: Execution) -> tuple[str, str, int]:
    fault = execution.error
    if fault is None:
        return ("", "", 0)
    lines = [frame.line for frame in fault.frames if frame.file == target.path]
    return fault.type, fault.message, lines[-1] if lines else 0


def _trust(known: Known, idea: Idea) -> float:
    """An origin that has helped before goes first; one that nobody has tried counts as even."""
    return 0.5 + known.worth.get(idea.origin, 0.5)
