"""What there is to know of a class and of an object without running any code of theirs."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any, Callable, Optional

kind_of: Callable[[Any], Any] = type
"""The class that a value really has, whatever it says itself."""
# a class may lie about these through its metaclass; its own slots do not
_MRO: Callable[[Any], tuple[Any, ...]] = type.__dict__["__mro__"].__get__
_NAMESPACE: Callable[[Any], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
_FLAGS: Callable[[Any], int] = type.__dict__["__flags__"].__get__
_MADE_BY_CODE = 1 << 9
"""The flag of a class that no C code has laid out for good (Py_TPFLAGS_HEAPTYPE)."""
_IMMUTABLE = 1 << 8
_LIBRARIES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_ODD = ("..", ":", "<")
"""In a path or a name of a class, no file of the workspace or nothing that could be found again."""
_LONGEST = 200


class _Home:
    """The workspace, below whose root the user's own classes are written."""

    root = ""


def at_home(root: str) -> None:
    """Take the classes of this folder for the user's own; of no folder where it is empty."""
    _Home.root = root.rstrip(os.sep) + os.sep if root else ""


def own(kind: Any, name: str) -> Any:
    """What a class says of itself under a name, whatever its metaclass says."""
    try:
        return type.__dict__[name].__get__(kind)
    except AttributeError:
        return "?"


def class_name(kind: Any) -> str:
    """The name under which a class is written down, whatever its metaclass says."""
    parts = [own(kind, "__module__"), own(kind, "__qualname__")]
    return ".".join(part if type(part) is str else "?" for part in parts)[:_LONGEST]


def home_name(kind: Any) -> Optional[str]:
    """``path/in/workspace.py:Name`` of a class whose objects are nothing but their attributes.

    ``None`` where it is not the user's own, or where more belongs to an object than it shows.
    """
    module, name = own(kind, "__module__"), own(kind, "__qualname__")
    if not _Home.root or type(module) is not str or type(name) is not str:
        return None
    file = _file(module)
    if not file.startswith(_Home.root) or not file.endswith(".py"):
        return None
    path = file[len(_Home.root) :].replace(os.sep, "/")
    told = f"{path}:{name}"
    if any(part in file for part in _LIBRARIES) or any(odd in path + name for odd in _ODD):
        return None
    return told if len(path) <= _LONGEST and len(told) <= _LONGEST and _open(kind) else None


def _file(module: str) -> str:
    """The file of a module that is loaded."""
    found = sys.modules.get(module)
    file = found.__dict__.get("__file__") if type(found) is types.ModuleType else None
    return file if type(file) is str else ""


def _open(kind: Any) -> bool:
    """Whether Python code has made the class and all that it is of."""
    bases = _MRO(kind)
    if bases[-1] is not object:
        return False
    for base in bases[:-1]:
        flags = _FLAGS(base)
        if not flags & _MADE_BY_CODE or flags & _IMMUTABLE:
            return False
    made = lookup(kind, "__new__")
    return made is object.__dict__["__new__"] or type(made) is staticmethod


def lookup(kind: Any, name: str) -> Any:
    """An attribute of a class, past its metaclass."""
    for base in _MRO(kind):
        space = _NAMESPACE(base)
        if name in space:
            return space[name]
    return None


def attributes(value: Any) -> dict[str, Any]:
    """The attributes of an object itself."""
    for base in _MRO(kind_of(value)):
        descriptor: Any = _NAMESPACE(base).get("__dict__")
        if kind_of(descriptor) is types.GetSetDescriptorType:
            found = descriptor.__get__(value)
            return found if kind_of(found) is dict else {}
    return {}


def state(value: Any) -> Iterator[tuple[str, Any]]:
    """All attributes of an object, those in slots too."""
    held = attributes(value).copy()
    for name, part in held.items():
        if type(name) is str:
            yield name, part
    seen = set(held)
    for base in _MRO(kind_of(value)):
        for name, slot in _NAMESPACE(base).items():
            if kind_of(slot) is types.MemberDescriptorType and name not in seen:
                seen.add(name)
                try:
                    yield name, slot.__get__(value)
                except AttributeError:
                    continue  # nothing stands in it
