"""Notes the calls that a library's own doctests make. Run as a program, in a process of its own.

    python collect.py FOLDER MODULE...

Prints one JSON object: by file and function the calls, as tagged JSON.
"""

import contextlib
import doctest
import functools
import importlib
import inspect
import io
import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from mendloop.worker import codec

MOST = 60
"""Calls that are kept of a function."""
_MOST_TEXT = 2_000

_Calls = dict[str, dict[str, tuple[list[Any], dict[str, Any]]]]


def main(folder: str, names: list[str]) -> None:
    """Run the doctests of some modules, and tell what was called."""
    sys.path.insert(0, folder)
    modules = [importlib.import_module(name) for name in names]
    examples = [part for module in modules for part in doctest.DocTestFinder().find(module)]
    calls: _Calls = {}
    for module in modules:
        for name, function in list(vars(module).items()):
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                _watch(module, name, function, calls)
    for example in examples:
        for name, value in list(example.globs.items()):
            example.globs[name] = _WATCHED.get(id(value), value)
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            runner.run(example, out=lambda _: None, clear_globs=False)
    told = {name: list(found.values()) for name, found in calls.items()}
    sys.stdout.write(json.dumps(told))


_WATCHED: dict[int, Callable[..., Any]] = {}
_KEPT: list[object] = []


def _watch(module: ModuleType, name: str, function: Callable[..., Any], calls: _Calls) -> None:
    """Put a function in place of another, wherever its package has it, that notes its calls."""
    found = calls.setdefault(f"{module.__name__}:{name}", {})

    @functools.wraps(function)
    def watched(*args: Any, **kwargs: Any) -> Any:
        _note(found, args, kwargs)
        return function(*args, **kwargs)

    _KEPT.append(function)
    _WATCHED[id(function)] = watched
    package = module.__name__.partition(".")[0]
    for other, loaded in list(sys.modules.items()):
        if other.partition(".")[0] == package:
            for key, value in list(vars(loaded).items()):
                if value is function:
                    setattr(loaded, key, watched)


def _note(
    found: dict[str, tuple[list[Any], dict[str, Any]]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    if len(found) >= MOST:
        return
    try:
        call = (
            [codec.encode(value, _MOST_TEXT) for value in args],
            {name: codec.encode(value, _MOST_TEXT) for name, value in kwargs.items()},
        )
    except codec.TooLargeError:
        return
    text = json.dumps(call, sort_keys=True)
    if "$opaque" not in text and "$dataclass" not in text and "$enum" not in text:
        found.setdefault(text, call)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
