"""The places of a function where a statement can be put in."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import visible
from mendloop.core.repair.recipe import Hints
from mendloop.core.repair.unit import Unit
from mendloop.noun import dataclass

_THEMSELVES: Final = frozenset({"self", "cls"})
_ENDS: Final = (cst.Return, cst.Raise, cst.Break, cst.Continue)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place before or after a statement."""

    unit: Unit
    statement: cst.BaseStatement
    after: bool

    @property
    def seen(self) -> list[str]:
        """The variables that have a value there, those bound last at the end."""
        every = visible(self.unit, self.statement, after=self.after)
        return [name for name in every if name not in _THEMSELVES]

    def put(self, lines: Sequence[str], *, weight: float) -> Change | None:
        """Statements put there; a leading tab in a line is one indent."""
        where: Callable[..., Change | None] = self.unit.after if self.after else self.unit.before
        return where(self.statement, lines, weight=weight)


def spots(unit: Unit, hints: Hints) -> list[Spot]:
    """Before every statement that is no documentation, and after the last one of every block.

    Those beside suspect lines come first: of a long function not all can be tried.
    """
    lines = frozenset(hints.suspects)
    return sorted(_spots(unit), key=lambda spot: unit.line(spot.statement) not in lines)


def _spots(unit: Unit) -> Iterator[Spot]:
    for block in unit.of(cst.IndentedBlock):
        for statement in block.body:
            if not documents(statement):
                yield Spot(unit, statement, after=False)
        last = block.body[-1]
        if not leaves(last):
            yield Spot(unit, last, after=True)


def documents(statement: cst.CSTNode) -> bool:
    """Whether a statement is a text alone."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.BaseString())]):
            return True
        case _:
            return False


def leaves(statement: cst.CSTNode) -> bool:
    """Whether nothing that stands after a statement in its block is ever run."""
    match statement:
        case cst.SimpleStatementLine(body=[*_, last]):
            return isinstance(last, _ENDS)
        case _:
            return False
