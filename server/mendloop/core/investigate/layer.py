"""Where does a fault seem to lie: in the code, in what it is given, or around it?

A guess from few signs, said with its reason and how sure it is. It orders what is tried first; it
decides nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from mendloop.core.investigate.clusters import last_own
from mendloop.model.diagnosis import Layer
from mendloop.model.execution import Execution, Fault
from mendloop.model.target import TargetKind
from mendloop.model.value import Encoded

_DEPENDENCY: Final = frozenset({"ImportError", "ModuleNotFoundError"})
_ENVIRONMENT: Final = frozenset(
    {
        "BlockingIOError",
        "BrokenPipeError",
        "ConnectError",
        "ConnectTimeout",
        "ConnectionAbortedError",
        "ConnectionError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "FileExistsError",
        "FileNotFoundError",
        "HTTPError",
        "IsADirectoryError",
        "NotADirectoryError",
        "OSError",
        "PermissionError",
        "ReadTimeout",
        "SSLError",
        "Timeout",
        "TimeoutError",
        "URLError",
        "gaierror",
    }
)
_SETTING: Final = (
    "api_key",
    "apikey",
    "config",
    "credential",
    "endpoint",
    "env",
    "host",
    "password",
    "port",
    "region",
    "secret",
    "setting",
    "token",
    "url",
)
_LOOKUPS: Final = frozenset({"KeyError", "AttributeError", "NoOptionError", "NoSectionError"})
_SAYS_INPUT: Final = frozenset(
    {"TypeError", "ValueError", "KeyError", "IndexError", "AttributeError", "JSONDecodeError"}
    | {"UnicodeDecodeError", "UnicodeEncodeError", "ValidationError", "ZeroDivisionError"}
)
MOST: Final = 0.95
"""No guess is surer than this."""
OFTEN: Final = 0.5
"""Less than this share of replayed failures failing again speaks for something outside."""


def guess(
    *,
    faults: Sequence[Fault],
    replayed: int,
    reproduced: int,
    input_clue: str,
    kind: TargetKind,
) -> tuple[Layer, float, str]:
    """Say where a fault seems to lie.

    Args:
        faults: What failing calls raised; none where they were wrong or took too long.
        replayed: How many failing calls were made again in the sandbox.
        reproduced: How many of them failed again in the same way.
        input_clue: What failing inputs have and passing ones do not, as ``input_clue`` says it.
        kind: What sort of target it is.

    Returns:
        The layer, how sure from 0 to 1, and why, in a sentence.
    """
    if kind is TargetKind.TEXT:
        return Layer.PROMPT, 0.6, "The target is a text that a model or a person reads."
    if kind is TargetKind.CONSTANT:
        return Layer.CONFIGURATION, 0.6, "The target is a constant."
    return _around(faults) or _inside(replayed, reproduced, input_clue, faults)


def input_clue(failing: Sequence[Execution], passing: Sequence[Execution]) -> str:
    """What sets the arguments of failing calls apart, in a few words; empty for nothing.

    An argument counts whose type is the same in every failing call, and no passing call shows it.
    """
    if not failing or not passing:
        return ""
    bad, good = [_types(one) for one in failing], [_types(one) for one in passing]
    for place in sorted(frozenset(bad[0]).intersection(*bad)):
        kinds = {types[place] for types in bad}
        if len(kinds) == 1 and not kinds & {types.get(place, "left out") for types in good}:
            return f"{place} is {min(kinds)} in every failing call and in no passing one"
    return ""


def _around(faults: Sequence[Fault]) -> tuple[Layer, float, str] | None:
    """Whether the errors themselves tell of something around the code."""
    if not faults:
        return None
    for layer, what, share in (
        (Layer.DEPENDENCY, "about a missing or broken import", _share(faults, _DEPENDENCY)),
        (Layer.CONFIGURATION, "about a setting that is not there", _settings(faults)),
        (Layer.ENVIRONMENT, "about files, rights or connections", _share(faults, _ENVIRONMENT)),
    ):
        if share > OFTEN:
            return layer, min(MOST, share * 0.9), f"{share:.0%} of the errors are {what}."
    return None


def _inside(
    replayed: int, reproduced: int, clue: str, faults: Sequence[Fault]
) -> tuple[Layer, float, str]:
    """Code or input: what replay says."""
    if replayed == 0:
        return Layer.UNKNOWN, 0.2, "No failing call is on record that could be made again."
    share = reproduced / replayed
    said = f"{reproduced} of {replayed} replayed failures fail again in the same way"
    if share < OFTEN:
        return (
            Layer.ENVIRONMENT,
            min(MOST, 0.8 * (1 - share)),
            f"Only {said}, so that something outside the code decides.",
        )
    if clue and _share(faults, _SAYS_INPUT) > OFTEN:
        return Layer.INPUT, min(MOST, 0.7 * share), f"{said}, and {clue}."
    return Layer.CODE, min(MOST, 0.9 * share), f"{said}, with nothing but the recorded arguments."


def _share(faults: Sequence[Fault], types: frozenset[str]) -> float:
    return sum(_short(fault) in types for fault in faults) / len(faults) if faults else 0.0


def _settings(faults: Sequence[Fault]) -> float:
    """The share of errors that look something up that is named like a setting."""
    return sum(map(_missing_setting, faults)) / len(faults)


def _missing_setting(fault: Fault) -> bool:
    words = fault.message.lower()
    upper = fault.message.strip("'\"").isupper() and "_" in fault.message
    own = last_own(fault.frames)
    in_settings = own is not None and any(
        word in own.file.lower() for word in ("config", "settings")
    )
    named = upper or in_settings or any(word in words for word in _SETTING)
    return _short(fault) in _LOOKUPS and named


def _short(fault: Fault) -> str:
    return fault.type.rpartition(".")[2]


def _types(execution: Execution) -> Mapping[str, str]:
    """The type of every argument, by its place."""
    return {
        **{f"argument {place}": _type(arg) for place, arg in enumerate(execution.args, start=1)},
        **{f"argument {name!r}": _type(arg) for name, arg in execution.kwargs.items()},
    }


def _type(value: Encoded) -> str:
    match value:
        case None:
            return "None"
        case dict() if any(key.startswith("$") for key in value):
            return next(key for key in value if key.startswith("$"))
        case [] | {} | "":
            return f"an empty {type(value).__name__}"
        case _:
            return type(value).__name__
