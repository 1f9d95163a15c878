"""What a changed function means, as far as its compiled code tells, to know it from others."""

import warnings
from types import CodeType
from typing import TypeAlias

from mendloop.core.repair.unit import Unit

Shape: TypeAlias = tuple[object, ...]
"""The heading of a function and what it does: equal for texts that mean the same."""


class Shapes:
    """Tells changes of one unit from each other."""

    def __init__(self, unit: Unit) -> None:
        self._wrapper = unit.wrapper
        self._own = self._of(unit.text)

    def of(self, text: str) -> Shape | None:
        """The shape of a changed text; ``None`` unless it is one function, differs and compiles."""
        shape = self._of(text)
        if shape is None or self._own is None or shape == self._own:
            return None
        return shape if shape[0] == self._own[0] else None

    def reheaded(self, shape: Shape) -> bool:
        """Whether a change touches more of the function than its body."""
        return self._own is None or shape[1] != self._own[1]

    def _of(self, text: str) -> Shape | None:
        """How many blocks there are, what is around the function, and the function."""
        code = _compiled(self._wrapper + text)
        blocks = [] if code is None else _blocks(code)
        if code is not None and self._wrapper and blocks:
            code = blocks[0]
            blocks = _blocks(code)
        if code is None or not blocks:
            return None
        return len(blocks), _key(code, own=blocks[-1]), _key(blocks[-1])


def _compiled(text: str) -> CodeType | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(text, "<candidate>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _blocks(code: CodeType) -> list[CodeType]:
    return [const for const in code.co_consts if isinstance(const, CodeType)]


def _key(code: CodeType, *, own: CodeType | None = None) -> Shape:
    """All that counts of some code: not its lines, and not one block inside that is told apart."""
    consts = tuple(
        (None if const is own else _key(const))
        if isinstance(const, CodeType)
        else (type(const).__name__, repr(const))
        for const in code.co_consts
    )
    return (
        code.co_code,
        consts,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_exceptiontable,
    )
