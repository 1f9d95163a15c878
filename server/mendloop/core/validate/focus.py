"""The part of a file that a change can have something to do with.

A rule that reads two versions of a long file spends nearly all its time on definitions that stand
in both, letter for letter. Left out are those that the changed part does not name, directly or
through others, and that do not name it. What reaches for names that nobody can read off the text,
``getattr`` or ``globals``, keeps the file whole.
"""

import ast
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from mendloop.core.validate.tree import module, walk

SHORT: Final = 12
"""Files of fewer statements are read whole."""
_WORD: Final = re.compile(r"\w+")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_ANY_NAME: Final = frozenset(
    {"__builtins__", "__dict__", "__getattr__", "__globals__", "__import__", "attrgetter", "eval",
     "exec", "getattr", "globals", "importlib", "locals", "methodcaller", "modules", "setattr",
     "vars"}
)  # fmt: skip
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class _Part(NamedTuple):
    """One statement at the top of a file."""

    statement: ast.stmt
    text: str

    def uses(self, names: frozenset[str]) -> bool:
        """Whether it names one of some names."""
        return bool(names & _words(self.text)) and bool(names & self.words)

    @property
    def words(self) -> frozenset[str]:
        """The names that it reads, and the texts in it that could be one."""
        return _read(self.text, self.statement)

    @property
    def names(self) -> frozenset[str]:
        """The names that it binds."""
        return _bound(self.statement)

    @property
    def defines(self) -> bool:
        """Whether it is a function or a class."""
        return isinstance(self.statement, _DEFINITIONS)


@lru_cache(maxsize=4)
def focused(old: str, new: str, selector: str) -> tuple[ast.Module, ast.Module]:
    """Both versions of a file, without what has nothing to do with the change.

    Args:
        old: The file so far.
        new: The file as it would be.
        selector: The target's qualified name; what it stands in is kept.

    Returns:
        Two modules whose nodes are those of the files, at their lines.
    """
    before, after = module(old), module(new)
    if max(len(before.body), len(after.body)) < SHORT:
        return before, after
    ours, theirs = _parts(before, old), _parts(after, new)
    same = {one.text for one in ours} & {one.text for one in theirs}
    kept = _concerned(ours, same, selector) | _concerned(theirs, same, selector)
    if any(one.words & _ANY_NAME for one in (*ours, *theirs) if one.text in kept):
        return before, after
    return _those(before, ours, kept), _those(after, theirs, kept)


def _parts(tree: ast.Module, source: str) -> list[_Part]:
    lines = _LINE_END.split(source.removeprefix("\ufeff"))
    found: list[_Part] = []
    for one in tree.body:
        above = [each.lineno for each in getattr(one, "decorator_list", [])]
        own = lines[min([one.lineno, *above]) - 1 : one.end_lineno]
        found.append(_Part(one, "\n".join(own)))
    return found


def _concerned(parts: Sequence[_Part], same: Collection[str], selector: str) -> set[str]:
    """The texts of what changed, of all that uses it, and of all that those name."""
    first = selector.partition(".")[0]
    found = [one for one in parts if one.text not in same or first in one.names]
    names = frozenset(name for one in found for name in one.names)
    waiting = [one for one in parts if one.text in same and first not in one.names]
    while users := [one for one in waiting if one.uses(names)]:
        found += users
        names = frozenset(name for one in users for name in one.names)
        waiting = [one for one in waiting if not any(one is each for each in users)]
    return _named(found, parts)


def _named(beginning: Sequence[_Part], parts: Sequence[_Part]) -> set[str]:
    """The texts of some statements, and of all that they name, by however many steps."""
    holders: dict[str, list[_Part]] = {}
    for one in parts:
        for name in one.names:
            holders.setdefault(name, []).append(one)
    waiting, found = list(beginning), set[str]()
    while waiting:
        one = waiting.pop()
        if one.text not in found:
            found.add(one.text)
            waiting += [each for word in one.words for each in holders.get(word, ())]
    return found


def _those(tree: ast.Module, parts: Sequence[_Part], kept: Collection[str]) -> ast.Module:
    """The file with some of its definitions, and with everything else at its top."""
    body = [one.statement for one in parts if one.text in kept or not one.defines]
    return tree if len(body) == len(parts) else ast.Module(body=body, type_ignores=[])


@lru_cache(maxsize=2000)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


@lru_cache(maxsize=2000)
def _read(text: str, statement: ast.stmt) -> frozenset[str]:
    if text.startswith("__all__"):
        return frozenset()  # it names everything, and does nothing with it
    found: set[str] = set()
    for node in walk(statement):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.Constant(value=str(name)) if name.isidentifier():
                found.add(name)
            case _:
                pass
    return frozenset(found)


def _bound(statement: ast.stmt) -> frozenset[str]:
    """The names that a statement binds; what it imports is kept anyhow."""
    if isinstance(statement, _DEFINITIONS):
        return frozenset([statement.name])
    found: set[str] = set()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case _:
                pass
    return frozenset(found)
