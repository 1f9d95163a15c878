"""A change of a text: some of its characters replaced, and what that is in words."""

from collections.abc import Iterable

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """Characters `start` to `stop` of a text give way to others."""

    start: int
    stop: int
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One idea of a recipe, at one place."""

    splices: tuple[Splice, ...]
    line: int
    """Of the file, from 1: where the fault would be."""
    description: str
    weight: float = 1.0
    """How far-fetched it is among the recipe's own: 1 is the most likely."""

    def of(self, text: str) -> str:
        """The text with the change made."""
        return spliced(text, self.splices)


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices made; they must not overlap."""
    for splice in sorted(splices, key=lambda splice: splice.start, reverse=True):
        text = text[: splice.start] + splice.new + text[splice.stop :]
    return text
