"""One order of vertices that are linked to each other, the same whatever they were called.

Individualisation and refinement (McKay, Congressus Numerantium 30, 1981): cells of vertices that
are linked alike are split until none can be; then one vertex of a cell is set apart, and all goes
on. Of the vertices that can be set apart, the one whose whole links are the least in the end
counts. Parts that only vertices alone in their cells connect are put in order by themselves, and
vertices that can be exchanged with each other are set apart once: so sets of things that are all
alike cost nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

_MOST_WORK: Final = 200_000
"""Links that are gone through to choose among vertices; from then on the first one is taken."""
_MOST_LEVELS: Final = 40
"""So many vertices are set apart one after another with a choice; then the first one is taken."""

Links: TypeAlias = "Mapping[int, Sequence[tuple[int, int]]]"
"""Of each vertex, the labels and the other ends of its links. A link is kept at both ends, with
one label at the one and another at the other."""
_Written: TypeAlias = "list[tuple[int, list[tuple[int, int]]]]"


def in_order(links: Links, colours: Mapping[int, int]) -> list[int]:
    """The vertices in an order that depends on their colours and links only.

    Two orders of the same vertices differ by an exchange of vertices that changes no link. Only
    where the work that this takes is beyond the bounds may they differ otherwise.
    """
    return _Search().order(_Cells.coloured(links, colours))


class _Cells:
    """Vertices in cells, which are refined until those of one are linked alike to each other.

    The number of a cell is how many vertices stand in cells before it.
    """

    def __init__(self, links: Links, of: dict[int, int], cells: dict[int, list[int]]) -> None:
        self.links = links
        self.of = of
        self.cells = cells
        self.work = 0

    @classmethod
    def coloured(cls, links: Links, colours: Mapping[int, int]) -> "_Cells":
        """A cell for each colour, refined."""
        of: dict[int, int] = {}
        cells: dict[int, list[int]] = {}
        start = 0
        for place, vertex in enumerate(sorted(links, key=colours.__getitem__)):
            if place and colours[vertex] != colours[cells[start][-1]]:
                start = place
            cells.setdefault(start, []).append(vertex)
            of[vertex] = start
        found = cls(links, of, cells)
        found._refine(links)
        return found

    def apart(self, vertices: Sequence[int]) -> "_Cells":
        """The same with some vertices of one cell each in a cell of its own, refined."""
        found = _Cells(self.links, dict(self.of), dict(self.cells))
        found.work += len(self.of)
        start = self.of[vertices[0]]
        chosen = set(vertices)
        rest = [vertex for vertex in self.cells[start] if vertex not in chosen]
        found._split(start, [rest, *([vertex] for vertex in vertices)])
        found._refine(vertices)
        return found

    def smallest(self) -> list[int]:
        """The vertices of the smallest of the cells with more than one."""
        return min((len(held), cell, held) for cell, held in self.cells.items() if len(held) > 1)[2]

    def classes(self, vertices: Sequence[int]) -> list[list[int]]:
        """Vertices in classes of which any two can be exchanged without a change of any link."""
        classes = self._classes(vertices, ())
        if len(classes) == len(vertices):
            return self._classes(vertices, frozenset(vertices))
        return classes

    def _classes(self, vertices: Sequence[int], mates: Collection[int]) -> list[list[int]]:
        classes: dict[object, list[int]] = {}
        for vertex in vertices:
            held = classes.setdefault(_around(self.links, vertex, mates), [])
            if held and not _twins(self.links, held[0], vertex):
                classes[vertex] = [vertex]
            else:
                held.append(vertex)
        return list(classes.values())

    def _refine(self, changed: Iterable[int]) -> None:
        """Split cells by what has come into other cells, until none is split."""
        while changed:
            touched: dict[int, set[int]] = {}
            for vertex in changed:
                for _, other in self.links[vertex]:
                    if len(self.cells[self.of[other]]) > 1:
                        touched.setdefault(self.of[other], set()).add(other)
            groups = {cell: self._groups(cell, some) for cell, some in touched.items()}
            changed = [
                vertex
                for cell, parts in groups.items()
                if len(parts) > 1
                for vertex in self._split(cell, parts)
            ]

    def _groups(self, cell: int, some: set[int]) -> list[list[int]]:
        """The vertices of a cell by their links, the most that are alike first."""
        alike: dict[tuple[tuple[int, int], ...], list[int]] = {}
        for vertex in some:
            alike.setdefault(self._seen(vertex), []).append(vertex)
        rest = [vertex for vertex in self.cells[cell] if vertex not in some]
        if rest:  # what they are linked to is as it was, so they are as alike as they were
            alike.setdefault(self._seen(rest[0]), []).extend(rest)
        ordered = sorted(alike.items(), key=lambda one: (-len(one[1]), one[0]))
        return [vertices for _, vertices in (ordered[0], *sorted(ordered[1:]))]

    def _seen(self, vertex: int) -> tuple[tuple[int, int], ...]:
        links = self.links[vertex]
        self.work += len(links)
        return tuple(sorted((label, self.of[other]) for label, other in links))

    def _split(self, cell: int, groups: Sequence[Sequence[int]]) -> list[int]:
        """Give each group its own cell, the first the number of the old one; the others' vertices.

        Those of the first need not be told to what is linked to them: it has fewer links to them
        by as many as it has more to the others.
        """
        moved: list[int] = []
        start = cell
        for group in groups:
            if not group:
                continue
            self.cells[start] = list(group)
            if start != cell:
                moved += group
            for vertex in group:
                self.of[vertex] = start
            start += len(group)
        return moved


class _Search:
    """Goes through what can be set apart."""

    def __init__(self) -> None:
        self._left = _MOST_WORK

    def order(self, cells: _Cells, level: int = 0) -> list[int]:
        """All vertices: those alone in a cell, then each part that only these connect."""
        self._left -= cells.work
        alone = [held[0] for _, held in sorted(cells.cells.items()) if len(held) == 1]
        found: list[tuple[_Written, list[int]]] = []
        for part in _connected(cells.links, set(cells.of).difference(alone)):
            within = {v: [one for one in cells.links[v] if one[1] in part] for v in part}
            if len({cells.of[vertex] for vertex in part}) == len(part):
                order = sorted(part, key=cells.of.__getitem__)
            elif len(part) < len(cells.of):
                order = self.order(_Cells.coloured(within, cells.of), level)
            else:
                order = self._chosen(cells, level)
            found.append((self._written(order, within, cells.of), order))
        found.sort(key=_first)
        return [*alone, *(vertex for _, order in found for vertex in order)]

    def _chosen(self, cells: _Cells, level: int) -> list[int]:
        """The least of the orders with one vertex set apart."""
        smallest = cells.smallest()
        classes = cells.classes(smallest)
        self._left -= 2 * sum(len(cells.links[vertex]) for vertex in smallest)
        if len(classes) == 1:
            return self.order(cells.apart(classes[0]), level)
        cost = len(classes) * sum(map(len, cells.links.values()))
        if level == _MOST_LEVELS or cost > self._left:
            return self._any(cells)
        found: list[tuple[_Written, list[int]]] = []
        for vertex in self._unlike(cells, [vertices[0] for vertices in classes]):
            order = self.order(cells.apart([vertex]), level + 1)
            found.append((self._written(order, cells.links, cells.of), order))
        return min(found, key=_first)[1]

    def _unlike(self, cells: _Cells, some: Sequence[int]) -> list[int]:
        """Vertices without those of which some order shows that they are like another one."""
        known: dict[str, int] = {}
        for vertex in some:
            order = self._any(cells.apart([vertex]))
            known.setdefault(repr(self._written(order, cells.links, cells.of)), vertex)
        return list(known.values())

    def _any(self, cells: _Cells) -> list[int]:
        """One of the orders: of each cell, whatever comes first is set apart."""
        while len(cells.cells) < len(cells.of):
            smallest = cells.smallest()
            cells = cells.apart(cells.classes(smallest)[0])
            self._left -= cells.work + 2 * sum(len(cells.links[vertex]) for vertex in smallest)
        return sorted(cells.of, key=cells.of.__getitem__)

    def _written(self, order: Sequence[int], links: Links, of: Mapping[int, int]) -> _Written:
        """All that there is to say about some vertices, by their places in an order."""
        places = {vertex: place for place, vertex in enumerate(order)}
        self._left -= sum(len(links[vertex]) for vertex in order)
        return [
            (of[vertex], sorted((label, places[other]) for label, other in links[vertex]))
            for vertex in order
        ]


def _first(found: tuple[_Written, list[int]]) -> _Written:
    return found[0]


def _connected(links: Links, vertices: set[int]) -> list[set[int]]:
    """The parts of some vertices that no link among them connects."""
    parts: list[set[int]] = []
    left = set(vertices)
    while left:
        first = left.pop()
        part = {first}
        waiting = [first]
        for vertex in waiting:  # grows while it is read
            new = {other for _, other in links[vertex] if other in left}
            left -= new
            part |= new
            waiting += new
        parts.append(part)
    return parts


def _around(links: Links, vertex: int, mates: Collection[int]) -> tuple[tuple[int, int], ...]:
    """The links of a vertex, as vertices have them in common that can be exchanged.

    Args:
        links: All links.
        vertex: The vertex, which is written as no vertex is.
        mates: Vertices that may be linked to each other: each counts as linked to itself as to
            them.
    """
    seen = {(label, -1 if other == vertex else other) for label, other in links[vertex]}
    seen |= {(label, vertex) for label, other in links[vertex] if other in mates}
    return tuple(sorted(seen))


def _twins(links: Links, one: int, other: int) -> bool:
    """Whether no link changes when two vertices are exchanged."""
    swap = {one: other, other: one}
    return sorted((label, swap.get(v, v)) for label, v in links[one]) == sorted(links[other])
