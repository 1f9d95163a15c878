"""Read and change one constant of a settings file or a Python module; values worth trying."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from mendloop.core.repair.formats import json_file, python_file, toml_file, yaml_file
from mendloop.core.repair.formats.place import NoPlace, Scalar, key_parts
from mendloop.core.repair.lines import BOM, shown
from mendloop.core.repair.refusal import DoesNotApply
from mendloop.model.target import Range

MOST_VALUES: Final = 24

_NEAR: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0)
"""Steps around the current value, as shares of it."""
_FREE_FACTOR: Final = 4.0
"""How far a constant without a range may go, as a multiple and a fraction of what it is."""
_DIGITS: Final = 3


class _Format(NamedTuple):
    name: str
    read: Callable[[str, str, Sequence[str]], Scalar]
    write: Callable[[str, str, Sequence[str], Scalar], str]


_JSON: Final = _Format("JSON", json_file.read, json_file.write)
_PYTHON: Final = _Format("Python", python_file.read, python_file.write)
_TOML: Final = _Format("TOML", toml_file.read, toml_file.write)
_YAML: Final = _Format("YAML", yaml_file.read, yaml_file.write)
_FORMATS: Final = {
    ".json": _JSON,
    ".py": _PYTHON,
    ".toml": _TOML,
    ".yaml": _YAML,
    ".yml": _YAML,
}


def read(path: str, text: str, key: str) -> Scalar | DoesNotApply:
    """The value of a key, as ``retry.limit`` or ``NAME``, in a file of the format of `path`."""
    return _attempt(path, key, lambda kind, parts: kind.read(text.removeprefix(BOM), key, parts))


def write(path: str, text: str, key: str, value: Scalar) -> str | DoesNotApply:
    """The text with another value for a key, and else as it was.

    The value keeps its type: a whole number may be given for a fraction, nothing else for
    anything else.
    """
    bom = BOM if text.startswith(BOM) else ""
    body = text.removeprefix(BOM)

    def change(kind: _Format, parts: Sequence[str]) -> str:
        fitting = _fitting(kind.read(body, key, parts), value, key)
        after = kind.write(body, key, parts, fitting)
        if kind.read(after, key, parts) != fitting:
            raise NoPlace(
                f"`{key}` would not read as the value that was written.",
                "Send the change as an edit of the file instead.",
            )
        return bom + after

    return _attempt(path, key, change)


def grid(bounds: Range | None, current: Scalar) -> tuple[Scalar, ...]:
    """Other values worth trying, nearest to the current one first; at most `MOST_VALUES`.

    Steps around the current value, and the range in equal parts. Whole numbers stay whole. A
    number without a range goes up to four times as high and as low; a text has no neighbours.
    """
    if isinstance(current, bool):
        return (not current,)
    if isinstance(current, str) or not math.isfinite(current):
        return ()
    low, high = _bounds(bounds, current)
    if isinstance(current, int):
        values = set[int | float](_whole(math.ceil(low), math.floor(high), current))
    else:
        values = set(_fractions(low, high, current))
    values.discard(current)
    kept = sorted(values, key=lambda value: (abs(value - current), value))
    return tuple(_thinned(kept))


def _bounds(bounds: Range | None, current: float) -> tuple[float, float]:
    if bounds is not None:
        return bounds.low, bounds.high
    if not current:
        return -1.0, 1.0
    ends = current / _FREE_FACTOR, current * _FREE_FACTOR
    return min(ends), max(ends)


def _whole(low: int, high: int, current: int) -> Iterator[int]:
    if high - low <= MOST_VALUES:
        yield from range(low, high + 1)
        return
    steps = [1, 2, 3, *(round(abs(current) * share) for share in _NEAR)]
    around = (current + sign * step for step in steps for sign in (-1, 1))
    parts = (low + (high - low) * part // 8 for part in range(9))
    yield from (value for value in (*around, *parts) if low <= value <= high)


def _fractions(low: float, high: float, current: float) -> Iterator[float]:
    span = high - low
    around = (current + sign * abs(current) * share for share in _NEAR for sign in (-1, 1))
    parts = (low + span * part / 10 for part in range(11))
    for value in (*around, *parts):
        rounded = _rounded(value)
        if low <= rounded <= high:
            yield rounded
        elif low <= value <= high:
            yield value


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _thinned(values: Sequence[Scalar]) -> Iterator[Scalar]:
    """All of few; of many the nearest half and every so manieth of the others, ends included."""
    if len(values) <= MOST_VALUES:
        yield from values
        return
    half = MOST_VALUES // 2
    yield from values[:half]
    rest = values[half:]
    for part in range(1, half + 1):
        yield rest[len(rest) * part // half - 1]


def _fitting(old: Scalar, new: Scalar, key: str) -> Scalar:
    """The new value in the type of the old one."""
    if isinstance(old, float) and isinstance(new, int) and not isinstance(new, bool):
        new = float(new)
    elif type(old) is int and isinstance(new, float) and new.is_integer():
        new = int(new)
    if type(old) is not type(new):
        raise NoPlace(
            f"`{key}` is of type {type(old).__name__}, the new value of {type(new).__name__}.",
            "Send a value of the same type.",
        )
    if isinstance(new, float) and not math.isfinite(new):
        raise NoPlace(f"The new value of `{key}` is not finite.", "Send a finite number.")
    return new


_T = TypeVar("_T")


def _attempt(
    path: str, key: str, work: Callable[[_Format, Sequence[str]], _T]
) -> _T | DoesNotApply:
    suffix = path[path.rfind(".") :].lower()
    kind = _FORMATS.get(suffix)
    if kind is None:
        return DoesNotApply(
            f"A constant cannot be found in `{path}`: its ending is not known.",
            f"Use a file that ends in {', '.join(_FORMATS)}.",
        )
    parts = key_parts(key)
    if not parts:
        return DoesNotApply(
            f"`{key}` is no key path.", "Write it as `retry.limit`, or as the name of a constant."
        )
    try:
        return work(kind, parts)
    except NoPlace as problem:
        return problem.refusal
    except (RecursionError, MemoryError):
        return DoesNotApply(f"`{path}` is nested too deeply.", "Move the constant to another file.")
    except (ValueError, SyntaxError) as problem:
        return DoesNotApply(
            f"`{path}` is not {kind.name} that can be read: {shown(str(problem))}.",
            "Mend the file first.",
        )
