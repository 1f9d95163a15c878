"""Answers that a project's tests state in so many words, to be looked at from outside.

    assert share(9, 3) == 3          with raises(ValueError): share(9, -1)

What a test says of its own outcome is said in the process of the change, which could forge it. A
call with plain arguments and a plain answer can be made as any other, and compared here.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from math import isinf
from typing import Final, cast

from mendloop.core.validate.cases import Exactly, Origin, RaisesClearly, TestCase, Wanted
from mendloop.core.validate.reach import dotted_path
from mendloop.core.validate.tree import Function, functions, imported, meaning, module, walk
from mendloop.model.observation import Case
from mendloop.model.target import Target
from mendloop.model.value import Encoded, canonical
from mendloop.noun import dataclass

MOST: Final = 200
_EXACT: Final = 2**53


@dataclass(frozen=True, slots=True)
class _File:
    names: Mapping[str, str]
    target: str
    """The dotted name of the target's function."""


def asserted(path: str, source: str, target: Target) -> Iterator[TestCase]:
    """The calls of a target in a test file whose answers it states.

    Args:
        path: The test file.
        source: Its text.
        target: A function.

    Yields:
        One case each; its parent is the test's node id, without what a parametrisation adds.
    """
    tree = module(source)
    about = _File(imported(tree), f"{dotted_path(target.path)}.{target.selector}")
    number = 0
    for name, function in functions(tree).items():
        if not name.rpartition(".")[2].startswith("test") or "<locals>" in name:
            continue
        node = "::".join((path, *name.split(".")))
        for call, wanted in _stated(about, function):
            if number >= MOST or (case := _case(f"{node}#{number}", call)) is None:
                continue
            number += 1
            yield TestCase(case=case, origin=Origin.SYNTHETIC, wanted=wanted, parent=node)


def _stated(about: _File, function: Function) -> Iterator[tuple[ast.Call, Wanted]]:
    for node in walk(function):
        match node:
            case ast.Assert(
                test=ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right])
            ):
                for call, value in ((left, right), (right, left)):
                    if isinstance(call, ast.Call) and _calls(about, call):
                        yield from ((call, Exactly(one)) for one in _values(value))
            case ast.With(
                items=[ast.withitem(context_expr=ast.Call(func=raises, args=[error]))],
                body=[ast.Expr(value=ast.Call() as call)],
            ) if meaning(raises, about.names) == "pytest.raises" and _calls(about, call):
                if isinstance(error, ast.Name):
                    yield call, RaisesClearly((error.id,))
            case _:
                pass


def _calls(about: _File, call: ast.Call) -> bool:
    """Whether a call is one of the target, by any name that its module may have."""
    name = meaning(call.func, about.names)
    return "." in name and (about.target == name or about.target.endswith(f".{name}"))


def _case(name: str, call: ast.Call) -> Case | None:
    args = [list(_values(arg)) for arg in call.args]
    kwargs = {word.arg or "": list(_values(word.value)) for word in call.keywords}
    if "" in kwargs or not all((*args, *kwargs.values())):
        return None
    return Case(
        id=name,
        args=tuple(arg[0] for arg in args),
        kwargs={word: value[0] for word, value in kwargs.items()},
    )


def _values(node: ast.expr) -> Iterator[Encoded]:
    """The value of a plain expression, encoded; nothing where it is none."""
    try:
        yield encoded(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return


def encoded(value: object) -> Encoded:
    """A literal's value as tagged JSON.

    Raises:
        TypeError: It is of another type than a literal can have.
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < _EXACT else {"$i": str(value)}
        case float():
            return {"$f": repr(value)} if isinf(value) else value
        case bytes():
            return {"$b": value.hex()}
        case complex():
            return {"$c": [repr(value.real), repr(value.imag)]}
        case _:
            return _container(value)


def _container(value: object) -> Encoded:
    if isinstance(value, list | tuple | set):
        parts = [encoded(part) for part in cast("Iterable[object]", value)]
        if isinstance(value, list):
            return parts
        return {"$t": parts} if isinstance(value, tuple) else {"$s": sorted(parts, key=canonical)}
    if isinstance(value, dict):
        pairs = [(key, encoded(part)) for key, part in cast("dict[object, object]", value).items()]
        plain = {key: part for key, part in pairs if isinstance(key, str) and key[:1] != "$"}
        if len(plain) == len(pairs):
            return dict(plain)
        return {"$d": [[encoded(key), part] for key, part in pairs]}
    raise TypeError(type(value).__name__)
