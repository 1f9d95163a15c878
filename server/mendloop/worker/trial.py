"""Tries many versions of one function in one process of the sandbox.

It is told which calls to make and never what is wanted of them. What one version leaves behind is
cleared away before the next, as far as it can be seen: the module's names and containers, what
functions and their decorators have closed over, and caches of results. So it is a sieve and no
test: whatever passes is run again, in processes of its own.
"""

from __future__ import annotations

import functools
import gc
import signal
import sys
import types
from typing import Any, Callable, Sequence

from mendloop.worker import codec, faults, loading

_MOST_MESSAGE = 500
_OFTEN = 50
"""A line that runs this much more seldom than another is not where the time goes."""
_MOST_KEPT = 2_000
"""A longer container is not put back as it was."""
_MOST_RESULT = 1 << 20
_CONTAINERS = (dict, list, set)
_CACHE = type(functools.lru_cache(len))


class OutOfTimeError(BaseException):
    """A version has used its time up; what it catches itself does not stop this."""


class Trial:
    """One loaded file, whose functions can be given other code for a while."""

    def __init__(self, module: Any, root: str, function: str) -> None:
        self._module = module
        self._names: dict[str, Any] = module.__dict__
        self._file = str(module.__file__)
        self._root = root
        self._function = function
        self._armed = False
        self._seen: dict[int, int] = {}
        self._functions: dict[tuple[str, int], types.FunctionType] = {}
        self._caches: list[Any] = []
        self._cells: list[types.CellType] = []
        self._look_around()
        self._bound = dict(self._names)
        self._closed = [(cell, was) for cell in self._cells for was in _content(cell)]
        self._held = [(held, held.copy()) for held in self._containers()]

    def attempt(
        self, change: Sequence[Any] | None, calls: Sequence[Any], seconds: float
    ) -> list[Any]:
        """Make some calls of one version.

        Args:
            change: ``None`` for the file as it is; ``["function", name, line, holders, text]`` for
                other lines of one function; ``["module", text]`` for another file.
            calls: Of each the positional and the named arguments.
            seconds: The processor time that one call may take.
        """
        signal.signal(signal.SIGVTALRM, self._ring)
        undo: Callable[[], None] = _nothing
        module = self._module
        try:
            if change is not None and change[0] == "function":
                undo = self._put_code(*change[1:])
            elif change is not None:
                module, undo = self._put_module(change[1])
            return [self._made(module, args, kwargs, seconds) for args, kwargs in calls]
        except BaseException as error:
            return [["broken", type(error).__name__ + ": " + str(error)[:200]]]
        finally:
            undo()
            self._names.clear()
            self._names.update(self._bound)

    def lines(self, calls: Sequence[Any], seconds: float) -> list[list[int]]:
        """The lines that calls spend their time in, where they do not come to an end."""
        signal.signal(signal.SIGVTALRM, self._ring)
        found: list[list[int]] = []
        for args, kwargs in calls:
            seen: dict[int, int] = {}
            self._seen = seen
            sys.settrace(self._enter)
            try:
                self._made(self._module, args, kwargs, seconds)
            finally:
                sys.settrace(None)
            often = max(seen.values(), default=0) // _OFTEN
            found.append(sorted(line for line, count in seen.items() if count >= often))
        return found

    def _enter(self, frame: types.FrameType, _event: str, _: Any) -> Any:
        return self._line if frame.f_code.co_filename == self._file else None

    def _line(self, frame: types.FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self._seen[frame.f_lineno] = self._seen.get(frame.f_lineno, 0) + 1
        return self._line

    def _look_around(self) -> None:
        """Find the functions of the file, whatever they are wrapped in, and the caches."""
        for found in gc.get_objects():
            if isinstance(found, types.FunctionType):
                code = found.__code__
                if code.co_filename == self._file:
                    self._functions[code.co_name, code.co_firstlineno] = found
                    self._cells += found.__closure__ or ()
            elif isinstance(found, _CACHE) and found.__module__ == self._names["__name__"]:
                self._caches.append(found)
        for found in self._own():  # a decorator may live in another file
            if isinstance(found, types.FunctionType):
                self._cells += found.__closure__ or ()

    def _own(self) -> list[Any]:
        """What the names of the file, of its classes and of its objects stand for."""
        held: list[Any] = [*self._names.values()]
        for value in list(held):
            owner = value if isinstance(value, type) else type(value)
            if owner.__module__ == self._names.get("__name__"):
                held += list(getattr(value, "__dict__", {}).values())
        return held

    def _containers(self) -> list[Any]:
        """What the file keeps between calls."""
        holders = self._own()
        holders += [was for _, was in self._closed]
        for function in self._functions.values():
            holders += list(function.__defaults__ or ())
            holders += list((function.__kwdefaults__ or {}).values())
            holders += list(function.__dict__.values())
        return [one for one in holders if _kind(one) in _CONTAINERS and len(one) <= _MOST_KEPT]

    def _put_back(self) -> None:
        for held, was in self._held:
            if not _untouched(held, was):
                held.clear()
                held.extend(was) if _kind(held) is list else held.update(was)
        for cell, was in self._closed:
            if not any(now is was for now in _content(cell)):
                cell.cell_contents = was
        for cache in self._caches:
            cache.cache_clear()

    def _put_code(
        self, name: str, line: int, holders: Sequence[str], text: str
    ) -> Callable[[], None]:
        function = self._functions[name, line]
        heads = [" " * depth + "class " + holder + ":\n" for depth, holder in enumerate(holders)]
        if not heads and text[:1] in (" ", "\t"):
            heads = ["if 1:\n"]
        lines = "\n" * max(0, line - 1 - len(heads))
        code = compile(lines + "".join(heads) + text, self._file, "exec", 0, dont_inherit=True)
        for part in (*holders, name):
            code = _inner(code, part)
        was = function.__code__
        function.__code__ = code

        def undo() -> None:
            function.__code__ = was

        return undo

    def _put_module(self, text: str) -> tuple[Any, Callable[[], None]]:
        name = str(self._names["__name__"])
        module = types.ModuleType(name)
        for key in ("__package__", "__file__", "__spec__", "__loader__", "__path__"):
            if key in self._names:
                setattr(module, key, self._names[key])
        before = sys.modules.get(name)
        sys.modules[name] = module

        def undo() -> None:
            if before is not None:
                sys.modules[name] = before

        try:
            exec(compile(text, self._file, "exec", 0, dont_inherit=True), module.__dict__)
        except BaseException:
            undo()
            raise
        return module, undo

    def _made(
        self, module: Any, args: list[Any], kwargs: dict[str, Any], seconds: float
    ) -> list[Any]:
        """Make one call, and tell what it came to."""
        self._put_back()
        args, kwargs = codec.decode_call(args, kwargs)
        try:
            try:
                self._armed = True
                signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds / 4)
                function = loading.look_up(module, self._function)
                value = loading.finish(function(*args, **kwargs))
                self._armed = False
            finally:
                self._armed = False
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        except OutOfTimeError:
            return ["timeout"]
        except BaseException as error:
            told = faults.describe(error, self._root)
            return ["raised", told["type"], told["message"][:_MOST_MESSAGE], told["frames"]]
        return ["returned", codec.encode(value, _MOST_RESULT)]

    def _ring(self, _number: int, _frame: Any) -> None:
        if self._armed:
            raise OutOfTimeError


def _nothing() -> None:
    """Undo nothing."""


def _content(cell: types.CellType) -> list[Any]:
    """What a function has closed over, in a list; nothing where that is not bound yet."""
    try:
        return [cell.cell_contents]
    except ValueError:
        return []


def _kind(value: object) -> type:
    return type(value)


def _untouched(held: Any, was: Any) -> bool:
    """Whether a container holds the very things that it held; their own equality is not asked."""
    if len(held) != len(was):
        return False
    if _kind(held) is dict:
        return all(
            key is other and value is there
            for (key, value), (other, there) in zip(held.items(), was.items())  # noqa: B905  new in 3.10
        )
    if _kind(held) is list:
        return all(one is other for one, other in zip(held, was))  # noqa: B905  as above
    return all(one in was for one in held)


def _inner(code: types.CodeType, name: str) -> types.CodeType:
    """The last block of a name that some code makes."""
    found = [
        part for part in code.co_consts if isinstance(part, types.CodeType) and part.co_name == name
    ]
    return found[-1]


ENTRIES: dict[str, Callable[[Any, str, str], Callable[..., Any]]] = {
    "call": lambda module, _root, function: loading.find(module, function),
    "attempt": lambda module, root, function: Trial(module, root, function).attempt,
    "lines": lambda module, root, function: Trial(module, root, function).lines,
}
"""What a case calls: the function itself, or a trial of versions of it."""
RAW = frozenset({"attempt", "lines"})
"""Those that are told of calls, and rebuild the values of each by itself: calls share nothing."""
