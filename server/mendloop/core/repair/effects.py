"""Which statements change nothing but the function's own variables, as far as can be seen."""

from typing import Final

import libcst as cst

CONTAINER_METHODS: Final = frozenset(
    {
        *("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert"),
        *("pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault", "sort"),
        "update",
    }
)


def local_only(statement: cst.BaseSmallStatement) -> bool:
    """Whether it may be repeated or left out without a trace outside: no call for its effect."""
    match statement:
        case cst.Assign() | cst.AugAssign() | cst.Break() | cst.Continue() | cst.Return():
            return True
        case cst.Expr(value=cst.Call(func=cst.Attribute(attr=cst.Name(value=name)))):
            return name in CONTAINER_METHODS
        case _:
            return False
