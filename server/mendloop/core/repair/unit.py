"""One function under repair: its libcst nodes, where they stand, and how its text is changed.

Only the function is parsed, and only the characters of the node in question are replaced: all else
in the file stays as it is, byte for byte.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final, TypeVar

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.noun import dataclass

_Node = TypeVar("_Node", bound=cst.CSTNode)
_ATOMS: Final = (
    cst.Attribute,
    cst.BaseDict,
    cst.BaseList,
    cst.BaseNumber,
    cst.BaseSet,
    cst.Call,
    cst.Name,
    cst.SimpleString,
    cst.Subscript,
)
_DELIMITED: Final = (
    cst.Arg,
    cst.AnnAssign,
    cst.Assign,
    cst.AugAssign,
    cst.DictElement,
    cst.Element,
    cst.Expr,
    cst.FormattedStringExpression,
    cst.If,
    cst.Index,
    cst.Param,
    cst.Return,
    cst.Slice,
    cst.While,
)
"""Parents under which an expression of any precedence needs no parentheses of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A function, ready for recipes."""

    text: str
    """The lines of the outermost function around, with its decorators."""
    head: str
    tail: str
    """What comes before and after in the file."""
    wrapper: str
    """A line that makes indented text a module."""
    first_line: int
    nodes: tuple[cst.CSTNode, ...]
    """All that a recipe may look at and change, in the order of the text."""
    every: tuple[cst.CSTNode, ...]
    """Those, and the rest of the outermost function."""
    parents: dict[cst.CSTNode, cst.CSTNode]
    spans: dict[cst.CSTNode, tuple[int, int]]
    starts: tuple[int, ...]
    """Where each line of the text begins."""
    end: str
    """The line end of the file."""
    module_names: frozenset[str]
    name: str = ""
    """Of the outermost function."""
    holders: tuple[str, ...] = ()
    """The classes around it, outermost first."""
    bound: dict[cst.FunctionDef, dict[str, int]] = field(
        default_factory=dict[cst.FunctionDef, dict[str, int]]
    )
    """What each function binds, filled when it is first asked for."""
    kinds: dict[type[cst.CSTNode], list[cst.CSTNode]] = field(
        default_factory=dict[type[cst.CSTNode], list[cst.CSTNode]]
    )
    """The nodes by their class, filled when it is first asked for."""

    numbers: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    """The names that are counted with, filled when it is first asked for."""

    def of(self, kind: type[_Node]) -> Iterator[_Node]:
        """The nodes of a kind, in the order of the text."""
        if not self.kinds:
            for node in self.nodes:
                self.kinds.setdefault(type(node), []).append(node)
        for node in self.kinds.get(kind, ()):
            if isinstance(node, kind):
                yield node

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, without parentheses around it."""
        start, stop = self.spans[node]
        return self.text[start:stop]

    def atom(self, node: cst.BaseExpression) -> str:
        """The text of an expression as it may stand anywhere: in parentheses unless simple."""
        code = self.code(node)
        simple = isinstance(node, _ATOMS) or (isinstance(node, cst.Tuple) and code[:1] == "(")
        return code if simple else f"({code})"

    def line(self, node: cst.CSTNode) -> int:
        """The file's line that a node begins on."""
        return self.first_line + bisect_right(self.starts, self.spans[node][0]) - 1

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The innermost function around a node."""
        return next((a for a in self.ancestors(node) if isinstance(a, cst.FunctionDef)), None)

    def statement(self, node: cst.CSTNode) -> cst.BaseStatement | None:
        """The statement around a node that other statements can be put before."""
        for inner in (node, *self.ancestors(node)):
            if isinstance(inner, cst.FunctionDef) and inner is not node:
                return None
            if isinstance(self.parents.get(inner), cst.IndentedBlock) and isinstance(
                inner, cst.BaseStatement
            ):
                return inner
        return None

    def loop(self, node: cst.CSTNode) -> cst.For | cst.While | None:
        """The innermost loop of the same function whose body a node is in."""
        below = node
        for around in self.ancestors(node):
            if isinstance(around, cst.FunctionDef):
                return None
            if isinstance(around, cst.For | cst.While) and below is around.body:
                return around
            below = around
        return None

    def delimited(self, node: cst.CSTNode) -> bool:
        """Whether any expression may stand in a node's place without parentheses."""
        if isinstance(node, cst.BaseExpression) and node.lpar:
            return True
        return isinstance(self.parents.get(node), _DELIMITED)

    def replace(
        self, node: cst.CSTNode, new: str, *, weight: float = 1.0, loose: bool = False
    ) -> Change:
        """Put other code in a node's place; `loose` code gets parentheses where it needs them."""
        if loose and not re.fullmatch(r"[\w.]+", new) and not self.delimited(node):
            new = f"({new})"
        start, stop = self.spans[node]
        line = self.line(node)
        return Change(
            splices=(Splice(start=start, stop=stop, new=new),),
            line=line,
            description=describe.replaced(line, self.text[start:stop], new),
            weight=weight,
        )

    def before(
        self, node: cst.CSTNode, lines: Sequence[str], *, weight: float = 1.0
    ) -> Change | None:
        """Put statements before the one around a node; a leading tab in a line is one indent."""
        statement = self.statement(node)
        if statement is None:
            return None
        at = self._line_start(self.spans[statement][0])
        line = self.line(node)
        return Change(
            splices=(Splice(start=at, stop=at, new=self._indented(statement, lines)),),
            line=line,
            description=describe.inserted(line, " ".join(lines)),
            weight=weight,
        )

    def after(
        self, node: cst.CSTNode, lines: Sequence[str], *, weight: float = 1.0
    ) -> Change | None:
        """Put statements after the one around a node."""
        statement = self.statement(node)
        if statement is None:
            return None
        at = self._line_stop(self.spans[statement][1])
        new = self._indented(statement, lines)
        if not self.text[:at].endswith(("\n", "\r")):
            new = self.end + new.removesuffix(self.end)
        line = self.line(node)
        return Change(
            splices=(Splice(start=at, stop=at, new=new),),
            line=line,
            description=describe.appended(line, " ".join(lines)),
            weight=weight,
        )

    def remove(self, statement: cst.BaseStatement, *, weight: float = 1.0) -> Change:
        """Take out a statement with its lines."""
        start, stop = self.spans[statement]
        line = self.line(statement)
        splice = Splice(start=self._line_start(start), stop=self._line_stop(stop), new="")
        description = describe.removed(line, self.code(statement))
        return Change(splices=(splice,), line=line, description=description, weight=weight)

    def indent(self, statement: cst.CSTNode) -> str:
        """The blanks before a statement."""
        start = self.spans[statement][0]
        return self.text[self._line_start(start) : start]

    def _indented(self, statement: cst.CSTNode, lines: Sequence[str]) -> str:
        indent, step = self.indent(statement), self._step(statement)
        return "".join(indent + line.replace("\t", step) + self.end for line in lines)

    def _step(self, statement: cst.CSTNode) -> str:
        """One indent, as the function has it."""
        function = self.function(statement)
        block = None if function is None else function.body
        if function is not None and isinstance(block, cst.IndentedBlock):
            inner, outer = self.indent(block.body[0]), self.indent(function)
            return inner.removeprefix(outer)
        return "    "

    def _line_start(self, at: int) -> int:
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def _line_stop(self, at: int) -> int:
        """Just after the end of the line that a place is on, comments included."""
        ends = [end + 1 for mark in "\n\r" if (end := self.text.find(mark, at)) >= 0]
        stop = min(ends, default=len(self.text))
        return stop + 1 if self.text[stop - 1 : stop + 1] == "\r\n" else stop
