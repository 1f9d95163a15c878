"""One recorded function: what is the same in all of its records."""

from __future__ import annotations

import inspect
import os
import sys
import time
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Optional

from mendloop.recorder.encode import text_of
from mendloop.recorder.graphs import take, take_all
from mendloop.recorder.snapshot import (
    ATOMS,
    MET,
    MOST_CHARACTERS,
    TOO_LARGE,
    characters,
    snapshot,
)

_FIRST_MOST = 16
"""So many records of a function may wait before it is known how large they are."""
_MOST_WAITING = 2_048
_MOST_TEXT = 16_000_000
"""Characters of records that may wait; what they take in memory is a few times that."""
_MOST_TARGET = 200


Taken = tuple[tuple[Any, ...], dict[str, Any]]
"""Snapshots of positional and named arguments."""


class Site:
    """One recorded function."""

    def __init__(self, function: Any, target: Optional[str], **kept: bool) -> None:
        """Note what there is to know without reading a file.

        Args:
            function: What is recorded; may be no Python function.
            target: Its name in the records; by default module and qualified name.
            kept: ``args`` and ``result``: whether they are kept.
        """
        self.function = function
        self.world: tuple[str, ...] = ()
        """What of the world its calls see is kept."""
        self.args = kept.get("args", True)
        self.result = kept.get("result", True)
        inner = inspect.unwrap(function)
        self.inner = inner
        """The function itself, below all decorators."""
        code = getattr(inner, "__code__", None)
        self._file: Optional[str] = getattr(code, "co_filename", None)
        self._name: str = getattr(inner, "__qualname__", type(inner).__qualname__)
        self.target = _spaceless(target or f"{_module(inner, self._file)}.{self._name}")
        self._bound = _is_method(self._name, code)
        self.most = _FIRST_MOST
        """So many records may wait in all when another of this function is added."""
        self.heavy = False
        """Its values have been too large: they are measured before they wait."""
        self._plain = self.args and not self._bound
        """Nothing but a snapshot is to be taken of its arguments."""
        self._decorated = time.time_ns()
        self._facts: Optional[str] = None

    def facts(self, root: Path) -> str:
        """Target, function as file and name, and digest of the file's bytes: an object of JSON."""
        if self._facts is None:
            facts = {"target": self.target, "source": "recorder", **self._code(root)}
            self._facts = text_of(facts)
        return self._facts

    @property
    def keeps_all(self) -> bool:
        """Whether arguments and results are recorded."""
        return self.args and self.result

    def take(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Taken:
        """The arguments as they are now; the dict is the caller's to give away. Never raises."""
        if self._plain:
            taken, named = args, kwargs
            if not ATOMS.issuperset(map(type, args)):
                taken = tuple([snapshot(part) for part in args])
            if kwargs and not ATOMS.issuperset(map(type, kwargs.values())):
                named = {name: snapshot(part) for name, part in kwargs.items()}
            if MET in taken or (named and MET in named.values()):
                return _together(args, kwargs)
            return taken, named
        return self._take(args, kwargs)

    def _take(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Taken:
        """The same where there is more to look at."""
        if not self.args:
            return (), {}
        taken, named = _together(args[self._bound :], kwargs)
        if self.heavy:
            taken = tuple(map(_short, taken))
            named = {name: _short(part) for name, part in named.items()}
        return taken, named

    def take_result(self, result: Any) -> Any:
        """The result as it is now. Never raises."""
        if not self.result:
            return None
        taken = take(result)
        return _short(taken) if self.heavy else taken

    def measured(self, length: int, *, too_large: bool) -> None:
        """Learn from a record how many of this function may wait."""
        if too_large:
            self.heavy = True
            self._plain = False
        if self.heavy:
            length = max(length, MOST_CHARACTERS)
        self.most = max(1, min(_MOST_WAITING, _MOST_TEXT // max(length, 1)))

    def _code(self, root: Path) -> dict[str, str]:
        if self._file is None:
            return {}
        try:
            path = Path(self._file).resolve()
            found = {"function": f"{path.relative_to(root).as_posix()}:{self._name}"}
        except (OSError, ValueError):
            return {}  # outside the workspace: no file that the loop could change
        version = _version(path, self._decorated)
        return found if version is None else {**found, "version": version}


def _together(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Taken:
    """All arguments of a call, which may share objects."""
    taken = take_all([*args, *kwargs.values()])
    return tuple(taken[: len(args)]), dict(zip(kwargs, taken[len(args) :]))


def _short(value: Any) -> Any:
    """A snapshot, unless there is more text in it than may be kept."""
    return value if characters(value, MOST_CHARACTERS) <= MOST_CHARACTERS else TOO_LARGE


@lru_cache(maxsize=512)
def _digest(path: Path, _changed: int) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _version(path: Path, loaded: int) -> Optional[str]:
    """The digest of a file, unless it was changed after its code was loaded."""
    try:
        changed = os.stat(path).st_mtime_ns
        return _digest(path, changed) if changed <= loaded else None
    except OSError:
        return None


def _is_method(name: str, code: Any) -> bool:
    """Whether the first argument is an object or class, on which a replay would call it anew."""
    holder = name.rpartition(".")[0]
    first = getattr(code, "co_varnames", ())[:1]
    return bool(holder) and not holder.endswith("<locals>") and first in {("self",), ("cls",)}


def _module(function: Any, file: Optional[str]) -> str:
    name = str(getattr(function, "__module__", None) or "unknown")
    if name != "__main__":
        return name
    main = getattr(sys.modules.get("__main__"), "__file__", None) or file or "main"
    return Path(main).stem


def _spaceless(target: str) -> str:
    """A target's name may have no blanks, and no characters that cannot be seen."""
    shown = "".join(char if char.isprintable() and not char.isspace() else "_" for char in target)
    return shown[:_MOST_TARGET]
