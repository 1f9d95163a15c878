"""A change that some recipe has thought up: to be tested, not to be trusted."""

from mendloop.core.repair.change import Change
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One function of a file, cut out of it with the classes around it left in place."""

    head: str
    """What comes before it in the file."""
    text: str
    """Its lines."""
    tail: str
    """What comes after it."""
    name: str
    holders: tuple[str, ...]
    """The classes around it, outermost first."""
    first_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file with one change in it, or several in one function."""

    recipe: str
    place: Place
    change: Change
    text: str
    """The lines of the function with the change made."""
    line: int
    description: str
    cost: float
    """Small is likely."""
    heading: bool
    """Whether more than the body of the function is changed."""

    @property
    def source(self) -> str:
        """The file."""
        return self.place.head + self.text + self.place.tail
