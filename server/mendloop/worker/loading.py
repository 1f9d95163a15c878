"""Importing the user's file under its own name, and finding the function in it."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import os
import sys
import types
from typing import Any, Callable, Coroutine

MOST_ITEMS = 10_000
"""So many values of a generator are taken."""
_ASYNCHRONOUS = 0x80 | 0x200
"""The flags of code of a coroutine and of an asynchronous generator (CO_COROUTINE, ...)."""
_UNFINISHED: Any = (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)


class NoSuchFunctionError(Exception):
    """The file holds nothing that can be called by that name."""


def make_importable(root: str, path: str) -> None:
    """Put the folder of the file, then the root, before all else that can be imported."""
    folder = os.path.dirname(os.path.join(root, path))
    for place in (folder, root):
        if place in sys.path:
            sys.path.remove(place)
        sys.path.insert(0, place)


def module_name(path: str) -> str | None:
    """The dotted name of a file; ``None`` where it cannot have one."""
    parts = path[: -len(".py")].split("/") if path.endswith(".py") else []
    if parts and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


def load(root: str, path: str, loader: Callable[[str, str], Any] | None = None) -> Any:
    """Import one file of the tree.

    Args:
        root: The folder of the tree.
        path: The file, relative to it.
        loader: Makes what loads a file that cannot be imported by name; Python's own without it.

    Raises:
        BaseException: Whatever its code raises.
    """
    make_importable(root, path)
    file = os.path.join(root, path)
    name = module_name(path)
    if name is not None:
        parent, _, _ = name.rpartition(".")
        found = _find(name, parent)
        if found is not None and os.path.realpath(found) == os.path.realpath(file):
            return importlib.import_module(name)
    # Another module has its name, or it cannot have one: import it as itself.
    alone = name.replace(".", "_") if name else "target"
    by = loader(alone, file) if loader else None
    spec = importlib.util.spec_from_file_location(alone, file, loader=by)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[alone] = module
    spec.loader.exec_module(module)
    return module


def load_beside(root: str, path: str) -> Any:
    """Import another file of the tree, by the name by which the files that are there would.

    Raises:
        BaseException: Whatever its code raises.
    """
    file = os.path.join(root, path)
    for place in sys.path:
        folder = os.path.abspath(place)
        if file.startswith(folder + os.sep):
            name = module_name(file[len(folder) + 1 :].replace(os.sep, "/"))
            found = _find(name, name.rpartition(".")[0]) if name else None
            if name and found is not None and os.path.realpath(found) == os.path.realpath(file):
                return importlib.import_module(name)
    return load(root, path)


def _find(name: str, parent: str) -> str | None:
    """The file that an import of this name would run."""
    try:
        if parent:
            importlib.import_module(parent)
        spec = importlib.util.find_spec(name)
    except (ModuleNotFoundError, ValueError):
        return None
    return spec.origin if spec is not None else None


def find(module: Any, qualname: str) -> Callable[..., Any]:
    """The function that a qualified name means.

    A method is called on an object made without arguments, a new one for each call.

    Raises:
        NoSuchFunctionError: There is none, or it needs an object that cannot be made.
    """
    function = look_up(module, qualname)
    if isinstance(function, _OnNewObject):
        function.try_to_make(qualname)
    return function


def look_up(module: Any, qualname: str) -> Callable[..., Any]:
    """As ``find``, but without trying whether the object can be made.

    Raises:
        NoSuchFunctionError: There is none.
    """
    *holders, last = qualname.split(".")
    holder: Any = module
    for part in holders:
        holder = getattr(holder, part, None)
    found: Any = getattr(holder, last, None)
    if not callable(found):
        raise NoSuchFunctionError(f"{qualname} is not there, or cannot be called")
    if isinstance(holder, type) and isinstance(_in_class(holder, last), types.FunctionType):
        return _OnNewObject(holder, last)
    function: Callable[..., Any] = found
    return function


def _in_class(holder: type, name: str) -> Any:
    """What a class holds under a name, before anything is made of it."""
    return next((vars(base)[name] for base in holder.__mro__ if name in vars(base)), None)


class _OnNewObject:
    """A method, called on a new object each time."""

    def __init__(self, holder: Any, name: str) -> None:
        self._holder = holder
        self._name = name
        self.func = getattr(holder, name)

    def try_to_make(self, qualname: str) -> None:
        """Make such an object once.

        Raises:
            NoSuchFunctionError: It cannot be made.
        """
        try:
            self._holder()
        except Exception as error:
            raise NoSuchFunctionError(
                f"{qualname} needs an object, and {self._holder.__name__}() cannot be made without "
                f"arguments: {type(error).__name__}"
            ) from error

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._holder(), self._name)(*args, **kwargs)


def prepare(function: Callable[..., Any]) -> None:
    """Import what a call of it will need besides its own, before processes are forked for it."""
    inner = getattr(function, "func", function)  # of a functools.partial, and of a method
    code = getattr(getattr(inner, "__func__", inner), "__code__", None)
    if isinstance(code, types.CodeType) and code.co_flags & _ASYNCHRONOUS:
        importlib.import_module("asyncio")


async def _all(items: Any) -> list[Any]:
    """The first values of an asynchronous generator."""
    taken: list[Any] = []
    async for item in items:
        taken.append(item)
        if len(taken) >= MOST_ITEMS:
            break
    return taken


def kind_of(value: object) -> Any:
    """The class that a value really has, whatever it says itself."""
    return type(value)


def finish(value: Any) -> Any:
    """What a call came to: a coroutine is run, a generator is listed."""
    if not isinstance(value, _UNFINISHED):
        return value
    kind = kind_of(value)
    if kind is types.CoroutineType:
        return _listed(_run(value))
    return _listed(value)


def _listed(value: Any) -> Any:
    kind = kind_of(value)
    if kind is types.GeneratorType:
        items: Any = itertools.islice(value, MOST_ITEMS)
        return list(items)
    return _run(_all(value)) if kind is types.AsyncGeneratorType else value


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    import asyncio  # noqa: PLC0415  a sandbox is up before this has loaded

    return asyncio.run(coroutine)
