"""Frozen dataclasses, made in a third of the time.

Before Python 3.13 the standard library compiles each method of a dataclass by itself, six of them
for a frozen one. A server is made of some hundreds of such classes, and somebody waits for it. Here
only ``__init__`` is compiled; the other methods are the same few functions for all classes, around
a getter of the fields that is written in C. What such a class does is what the standard library
says, and tests compare the two. To type checkers this is ``dataclasses.dataclass`` itself.
"""

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def dataclass(
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002  named as the standard library names it
) -> Callable[[type[T]], type[T]]:
    """Make a dataclass, as the standard library does."""
    if not (frozen and slots) or sys.version_info >= (3, 13):
        return dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only, eq=eq, repr=repr)

    def make(cls: type[T]) -> type[T]:
        own = {name for name in _OFFERED if name in cls.__dict__}
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(
            cls
        )
        fields = dataclasses.fields(made)  # type: ignore[arg-type]  it was made one just now
        methods: dict[str, Any] = {"__init__": _init(made, fields), **_FROZEN}
        if repr:
            methods["__repr__"] = _repr(tuple(each.name for each in fields if each.repr))
        if eq:
            methods |= _compared(tuple(each.name for each in fields if each.compare))
        for name, method in methods.items():
            if name not in own:
                setattr(made, name, method)
        return made

    return make


def _init(cls: type, fields: tuple[Field[Any], ...]) -> Callable[..., None]:
    """The one method that is compiled: it takes the fields by name, and sets each once."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    for each in fields:
        names[f"_default_{each.name}"] = each.default
        names[f"_make_{each.name}"] = each.default_factory
    given = [each for each in fields if each.init]
    plain = ["self", *(_parameter(each) for each in given if not each.kw_only)]
    keyed = [_parameter(each) for each in given if each.kw_only]
    body = [f" _set(self, {name!r}, {value})" for name, value in map(_assigned, fields) if value]
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()")
    parameters = ", ".join([*plain, *(["*", *keyed] if keyed else [])])
    exec(f"def __init__({parameters}):\n" + "\n".join(body or [" pass"]), names)  # noqa: S102  our own names
    made: Callable[..., None] = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _assigned(field: Field[Any]) -> tuple[str, str]:
    """A field, and what it is set to; nothing where it is set later."""
    if field.default_factory is not MISSING:
        made = f"_make_{field.name}()"
        return (
            field.name,
            f"{made} if {field.name} is _missing else {field.name}" * field.init or made,
        )
    if field.init:
        return field.name, field.name
    return field.name, "" if field.default is MISSING else f"_default_{field.name}"


def _parameter(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return f"{field.name}=_missing"
    return field.name if field.default is MISSING else f"{field.name}=_default_{field.name}"


def _repr(names: tuple[str, ...]) -> Callable[[Any], str]:
    def told(self: Any) -> str:
        values = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{self.__class__.__qualname__}({values})"

    return told


def _none(_: object) -> tuple[()]:
    return ()


def _compared(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    values: Callable[[Any], Any] = attrgetter(*names) if names else _none

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hashed(self: Any) -> int:
        key: Any = (values(self),)
        return hash(key)

    return {"__eq__": equal, "__hash__": hashed}


def _assign(_: object, name: str, __: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(_: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_FROZEN = {
    "__setattr__": _assign,
    "__delattr__": _delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
_OFFERED = frozenset({"__init__", "__repr__", "__eq__", "__hash__", *_FROZEN})
