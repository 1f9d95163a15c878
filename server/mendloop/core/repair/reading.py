"""Make a unit of a function: parse its lines alone, and note where each node stands."""

from collections.abc import Sequence
from typing import Final

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from typing_extensions import override

from mendloop.core.repair.lines import bracket_depth
from mendloop.core.repair.outline import MOST_DEPTH, depth, parsed, physical_lines
from mendloop.core.repair.unit import Unit

MOST_LINES: Final = 1_500
MOST_CHARACTERS: Final = 80_000

_WRAPPER: Final = "class _:\n"


class _Collector(cst.CSTVisitor):
    """Notes nodes in the order of the text, and their parents; passes over annotations."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[cst.CSTNode] = []
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self.stack: list[cst.CSTNode] = []

    @override
    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.BaseParenthesizableWhitespace | cst.Annotation | cst.Decorator):
            self.stack.append(node)
            return False
        if self.stack:
            self.parents[node] = self.stack[-1]
        self.nodes.append(node)
        self.stack.append(node)
        return True

    @override
    def on_leave(self, original_node: cst.CSTNode) -> None:
        self.stack.pop()


def unit_of(
    source: str, *, whole: range, scope: range, module_names: frozenset[str], name: str = ""
) -> Unit | None:
    """The unit of a function; ``None`` where it is too large, too deep or unreadable.

    Args:
        source: The file.
        whole: The lines of the outermost function.
        scope: The lines that may be changed: the same, or those of a function inside.
        module_names: The names that the file itself binds.
        name: The qualified name of the outermost function.
    """
    lines = physical_lines(source)
    text = "".join(lines[whole.start - 1 : whole.stop - 1])
    if len(whole) > MOST_LINES or len(text) > MOST_CHARACTERS or bracket_depth(text) > MOST_DEPTH:
        return None
    wrapper = _WRAPPER if text[:1] in (" ", "\t") else ""
    tree = parsed(wrapper + text)
    if tree is None or depth(tree) > MOST_DEPTH:
        return None
    module = _module(wrapper + text)
    if module is None or module.code != wrapper + text:
        return None
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    collector = _Collector()
    module.visit(collector)
    starts = _starts(wrapper + text, len(wrapper))
    spans = {node: _span(place, starts) for node, place in positions.items()}
    offset = whole.start - 1 - (1 if wrapper else 0)
    inside = [
        node
        for node in collector.nodes
        if node in spans and positions[node].start.line + offset in scope
    ]
    return Unit(
        text=text,
        head="".join(lines[: whole.start - 1]),
        tail="".join(lines[whole.stop - 1 :]),
        wrapper=wrapper,
        first_line=whole.start,
        nodes=tuple(inside),
        every=tuple(node for node in collector.nodes if node in spans),
        parents=collector.parents,
        spans=spans,
        starts=tuple(start for start in starts[:-1] if start >= 0),
        end=next((line[len(line.rstrip("\r\n")) :] for line in lines), "") or "\n",
        module_names=module_names,
        name=name.rpartition(".")[2],
        holders=tuple(name.split(".")[:-1]),
    )


def _module(text: str) -> cst.Module | None:
    try:
        return cst.parse_module(text)
    except (cst.ParserSyntaxError, RecursionError, UnicodeError):
        return None


def _starts(text: str, shift: int) -> list[int]:
    """Where each line begins, counted from after the wrapper; entry 0 is for line 1."""
    starts = [-shift]
    for line in physical_lines(text):
        starts.append(starts[-1] + len(line))
    return starts


def _span(place: CodeRange, starts: Sequence[int]) -> tuple[int, int]:
    return (
        starts[place.start.line - 1] + place.start.column,
        starts[place.end.line - 1] + place.end.column,
    )
