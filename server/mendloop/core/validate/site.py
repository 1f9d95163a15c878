"""A place in a file that a rule has something to say about."""

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from mendloop.core.validate.tree import Function, children, functions, imported
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

_WHOLE_NUMBER: Final = re.compile(r"-?\d{1,4000}")
_ORDINARY: Final = frozenset(
    repr(value) for value in (None, True, False, 0, 1, -1, 2, 0.0, 1.0, -1.0, "", b"")
)
"""Values that occur in every program; to compare with one of them says nothing."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place. The same place in the old file is no news."""

    rule: str
    line: int
    message: str
    """What is said of it; by this it is known again in the other file, where lines differ."""
    blocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One version of a Python file, as the rules see it."""

    tree: ast.Module
    selector: str
    """The target's qualified name; empty where the file holds none."""
    functions: Mapping[str, Function]
    imports: Mapping[str, str]
    recorded: frozenset[str]
    """``repr`` of every unusual value in the recorded inputs that failed."""

    @property
    def target(self) -> Function | None:
        """The target's function, where there is one."""
        return self.functions.get(self.selector)


def subject(tree: ast.Module, selector: str, recorded: Collection[str]) -> Subject:
    """A version of a file.

    Args:
        tree: The file.
        selector: The target's qualified name.
        recorded: The canonical texts of recorded calls.
    """
    return Subject(
        tree=tree,
        selector=selector,
        functions=functions(tree),
        imports=imported(tree),
        recorded=frozenset(repr(value) for call in recorded for value in _values(call)) - _ORDINARY,
    )


def places(subject: Subject) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a file, with the name of the function that it stands in."""
    waiting: list[tuple[str, ast.AST]] = [("the module", subject.tree)]
    inside = {id(function): name for name, function in subject.functions.items()}
    while waiting:
        name, node = waiting.pop()
        yield name, node
        within = inside.get(id(node), name)
        waiting.extend((within, child) for child in children(node))


def site(rule: str, node: ast.AST, message: str, *, blocks: bool = True) -> Site:
    """The place where a node stands."""
    return Site(rule, getattr(node, "lineno", 1), message, blocks)


def _values(call: str) -> Iterator[object]:
    """The plain values in the canonical text of a call; nothing where it is none."""
    try:
        yield from _plain(json.loads(call))
    except (ValueError, RecursionError):
        return


def _plain(value: Encoded) -> Iterator[object]:
    """Every value that a program could write down, without recursion: its depth is a stranger's."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case list() as parts:
                waiting.extend(parts)
            case {"$i": str(digits)} if _WHOLE_NUMBER.fullmatch(digits):
                yield int(digits)
            case {"$b": str(digits)}:
                yield bytes.fromhex(digits)
            case dict() as parts:
                waiting.extend(parts.values())
            case float() as number:
                yield number
                if number.is_integer():
                    yield int(number)
            case other:
                yield other
