"""Classes of the workspace, and objects of them, without running any code of theirs."""

from __future__ import annotations

import enum
import os
import sys
import types
from typing import Any, Iterator, Mapping

from mendloop.worker import loading

# a class may lie about these through its metaclass; its own slots do not
_MRO: Any = type.__dict__["__mro__"].__get__
_NAMESPACE: Any = type.__dict__["__dict__"].__get__
_FLAGS: Any = type.__dict__["__flags__"].__get__
_MODULE: Any = type.__dict__["__module__"].__get__
_QUALNAME: Any = type.__dict__["__qualname__"].__get__
_MADE_BY_CODE = 1 << 9
"""The flag of a class that no C code has laid out for good (Py_TPFLAGS_HEAPTYPE)."""
_IMMUTABLE = 1 << 8
_LIBRARIES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_ODD = ("..", ":", "<")
_LONGEST = 200
_new, _NEW = object.__new__, object.__dict__["__new__"]


class NotHereError(Exception):
    """There is no such class, or its objects cannot be made of their attributes."""


class _Home:
    """The workspace, as this process sees it."""

    root = ""


def at_home(root: str) -> None:
    """Take the classes of this folder for those of the workspace."""
    _Home.root = root.rstrip(os.sep)


def home_name(kind: Any) -> str:
    """``path/in/workspace.py:Name`` of a class, as the recorder has it; empty for any other."""
    try:
        module, name = _MODULE(kind), _QUALNAME(kind)
    except AttributeError:
        return ""
    if type(module) is not str or type(name) is not str:
        return ""
    file = _file(sys.modules.get(module))
    root = _Home.root + os.sep
    if not _Home.root or not file.startswith(root) or not file.endswith(".py"):
        return ""
    path = file[len(root) :].replace(os.sep, "/")
    if any(part in file for part in _LIBRARIES) or any(odd in path + name for odd in _ODD):
        return ""
    told = f"{path}:{name}"
    return told if len(path) <= _LONGEST and len(told) <= _LONGEST and _open(kind) else ""


def _file(module: Any) -> str:
    file = module.__dict__.get("__file__") if type(module) is types.ModuleType else None
    return file if type(file) is str else ""


def _open(kind: Any) -> bool:
    """Whether Python code has made the class and all that it is of."""
    bases = _MRO(kind)
    if bases[-1] is not object or issubclass(kind, enum.Enum):
        return False
    for base in bases[:-1]:
        flags = _FLAGS(base)
        if not flags & _MADE_BY_CODE or flags & _IMMUTABLE:
            return False
    made = next(_NAMESPACE(base)["__new__"] for base in bases if "__new__" in _NAMESPACE(base))
    return made is _NEW or type(made) is staticmethod


def find(name: str) -> Any:
    """A class by its name; its module is imported where it is not there yet.

    Raises:
        NotHereError: There is none.
    """
    path, _, qualname = name.partition(":")
    found: Any = _module(path)
    for part in qualname.split("."):
        found = _names(found).get(part)
        if found is None:
            break
    if not isinstance(found, type) or home_name(found) != name:
        raise NotHereError(f"there is no class {name[:100]}")
    return found


def _names(where: Any) -> Any:
    """What a class or a module has, by name."""
    look: Any = _NAMESPACE if isinstance(where, type) else vars
    return look(where)


def _module(path: str) -> Any:
    """The module of a file of the workspace: the one that its importers have, if it is there."""
    file = os.path.join(_Home.root, *path.split("/"))
    for module in list(sys.modules.values()):
        if _file(module) == file:
            return module
    if not _Home.root or ".." in path.split("/") or not os.path.isfile(file):
        raise NotHereError(f"there is no file {path[:100]}")
    before = list(sys.path)
    try:
        return loading.load_beside(_Home.root, path)
    except BaseException as error:
        raise NotHereError(f"{path[:100]} cannot be imported: {type(error).__name__}") from error
    finally:
        sys.path[:] = before


def attributes(value: Any) -> dict[str, Any]:
    """The attributes of an object itself, as it has them."""
    for base in _MRO(type(value)):
        descriptor: Any = _NAMESPACE(base).get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType:
            found: Any = descriptor.__get__(value)
            return found if loading.kind_of(found) is dict else {}
    return {}


def slots(kind: Any) -> Mapping[str, Any]:
    """What reads and writes the slots of a class's objects, by name."""
    found: dict[str, Any] = {}
    for base in _MRO(kind):
        for name, slot in _NAMESPACE(base).items():
            if type(slot) is types.MemberDescriptorType:
                found.setdefault(name, slot)
    return found


def state(value: Any) -> Iterator[tuple[str, Any]]:
    """All attributes of an object, those in slots too."""
    held = attributes(value).copy()
    for name, part in held.items():
        if type(name) is str:
            yield name, part
    for name, slot in slots(type(value)).items():
        if name not in held:
            try:
                yield name, slot.__get__(value)
            except AttributeError:
                continue  # nothing stands in it


def empty(kind: Any) -> Any:
    """An object of a class of which no code has run.

    Raises:
        NotHereError: There can be none.
    """
    try:
        return _new(kind)
    except TypeError as error:
        raise NotHereError(f"{home_name(kind)} cannot be made of its attributes") from error


def fill(value: Any, names: list[str], parts: list[Any]) -> None:
    """Give an object its attributes, past all that its class may do about them.

    Raises:
        NotHereError: It cannot have one of them.
    """
    kind = loading.kind_of(value)
    places = slots(kind)
    plain = any(
        type(_NAMESPACE(base).get("__dict__")) is types.GetSetDescriptorType for base in _MRO(kind)
    )
    own = attributes(value)
    for name, part in zip(names, parts):  # noqa: B905  new in 3.10
        if name in places:
            places[name].__set__(value, part)
        elif plain:
            own[name] = part
        else:
            raise NotHereError(f"{home_name(kind)} has no attribute {name[:100]}")
