"""Objects of a table told apart by what they hold, refer to and are referred to by.

First by what they hold and refer to, however far away: for most graphs that is all. Where objects
are left that are alike in this, they are put in order by all their links.
"""

from collections.abc import Sequence
from hashlib import blake2s
from typing import Final

from mendloop.model.apart import in_order
from mendloop.model.graph import Entry, in_place, is_reference, references
from mendloop.model.value import Encoded, canonical

_MOST_ROUNDS: Final = 64
"""Of telling objects apart by what they refer to."""
_MOST_WORK: Final = 5_000_000
"""Characters that are gone through for it."""
SETS: Final = frozenset({"$s", "$fs"})


class Colours:
    """Texts that tell objects apart by what they hold and refer to, however far away.

    Colour refinement (Weisfeiler and Leman, Nauchno-Technicheskaya Informatsia 2(9), 1968).
    """

    def __init__(self, entries: Sequence[Entry], *, ordered: bool) -> None:
        """Refine until no more are told apart."""
        self.ordered = ordered
        self._entries = entries
        self._of = [""] * len(entries)
        many = 0
        length = len(canonical([list(entry.parts) for entry in entries]))
        for _ in range(min(_MOST_ROUNDS, 2 + _MOST_WORK // (length + 1))):
            self._of = [self._refined(number) for number in range(len(entries))]
            if len(set(self._of)) == many:
                break
            many = len(set(self._of))

    def text(self, part: Encoded) -> str:
        """A part with the colour of each object that it refers to."""
        return canonical(self._with(part, self._of))

    def ranks(self, roots: Sequence[Encoded], reached: set[int]) -> list[int]:
        """The places of the objects that some values reach, in one order of them.

        It is the same for all values that are isomorphic, up to an exchange of objects that are
        alike in every way; empty where the colours alone tell all of them apart.
        """
        if len({self._of[number] for number in reached}) == len(reached):
            return []
        links = _Links(self, len(self._of))
        for number in sorted(reached):
            links.take(self._whole(number), number, f"{self._of[number]}")
        for place, root in enumerate(roots):
            links.take(root, links.new(), f"{place}")
        ranks = [0] * len(self._of)
        for place, vertex in enumerate(links.in_order()):
            if vertex < len(ranks):
                ranks[vertex] = place
        return ranks

    def ranked(self, part: Encoded, ranks: Sequence[int]) -> str:
        """A part with the place of each object that it refers to."""
        return canonical(self._with(part, ranks))

    def unordered(self, key: str) -> bool:
        """Whether what stands under a tag has no order that counts."""
        return key in SETS or (key == "$d" and not self.ordered)

    def _whole(self, number: int) -> Encoded:
        entry = self._entries[number]
        return in_place(entry) if entry.container else list(entry.parts)

    def _refined(self, number: int) -> str:
        coloured = self._with(self._whole(number), self._of)
        text = canonical([list(self._entries[number].kind), coloured])
        return blake2s(text.encode(), digest_size=12).hexdigest()

    def _with(self, part: Encoded, marks: Sequence[str] | Sequence[int]) -> Encoded:
        match part:
            case list():
                return [self._with(each, marks) for each in part]
            case dict() if is_reference(part):
                return [marks[number] for number in references(part)]
            case dict():
                return {key: self._under(key, each, marks) for key, each in part.items()}
            case _:
                return part

    def _under(self, key: str, part: Encoded, marks: Sequence[str] | Sequence[int]) -> Encoded:
        marked = self._with(part, marks)
        if isinstance(marked, list) and self.unordered(key):
            return sorted(marked, key=canonical)
        return marked


class _Links:
    """What refers to what: objects, values, and elements of sets that are more than one object.

    A link bears the way from the one to the other; all else is in the colours.
    """

    def __init__(self, colours: Colours, size: int) -> None:
        self._colours = colours
        self._size = size
        self._of: dict[int, str] = {}
        self._links: list[tuple[int, str, int]] = []

    def new(self) -> int:
        """A vertex for what is no object."""
        self._size += 1
        return self._size - 1

    def take(self, part: Encoded, vertex: int, colour: str) -> None:
        """Link a vertex to all that a part refers to."""
        self._of[vertex] = colour
        waiting: list[tuple[Encoded, str]] = [(part, "")]
        while waiting:
            match waiting.pop():
                case {"$ref": int() as number}, way:
                    self._links.append((vertex, way, number))
                case dict() as held, way:
                    for key, each in held.items():
                        if isinstance(each, list) and self._colours.unordered(key):
                            self._elements(each, vertex, f"{way}/{key}")
                        else:
                            waiting.append((each, f"{way}/{canonical(key)}"))
                case list() as held, way:
                    waiting += [(each, f"{way}/{place}") for place, each in enumerate(held)]
                case _:
                    pass

    def _elements(self, items: list[Encoded], vertex: int, way: str) -> None:
        for item in items:
            if isinstance(item, dict) and is_reference(item):
                self._links += [(vertex, way, number) for number in references(item)]
            elif next(references(item), None) is not None:
                element = self.new()
                self._links.append((vertex, way, element))
                self.take(item, element, self._colours.text(item))

    def in_order(self) -> list[int]:
        """All vertices in one order."""
        ways = {way: place for place, way in enumerate(sorted({way for _, way, _ in self._links}))}
        both: dict[int, list[tuple[int, int]]] = {vertex: [] for vertex in self._of}
        for vertex, way, other in self._links:
            both[vertex].append((2 * ways[way], other))
            both[other].append((2 * ways[way] + 1, vertex))
        shades = {colour: place for place, colour in enumerate(sorted(set(self._of.values())))}
        return in_order(both, {vertex: shades[colour] for vertex, colour in self._of.items()})
