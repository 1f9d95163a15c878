"""What to do next, said in commands: answers and refusals name tools."""

import re
import shlex
from collections.abc import Mapping
from typing import Final

from mendloop.errors import MendloopError
from mendloop.interfaces.answers.text import clean

_MOST: Final = 4_000
_COMMANDS: Final[Mapping[str, str]] = {
    "status": "status",
    "detect": "detect",
    "investigate": "investigate",
    "generate_fix": "fix",
    "propose_fix": "propose",
    "test_fix": "test",
    "deploy_fix": "deploy",
    "rollback": "rollback",
    "run_tool": "run",
    "record_execution": "record",
}
_OPTIONS: Final = {("detect", "target"): "--target", ("propose", "incident"): "--incident"}
_CALL: Final = re.compile(rf"\b({'|'.join(_COMMANDS)})\(([^()]*)\)")
_NAME: Final = re.compile(rf"\b({'|'.join(name for name in _COMMANDS if '_' in name)})\b")
_ARGUMENT: Final = re.compile(r"(\w+)=('(?:[^'\\]|\\.)*')")
_LISTS: Final = re.compile(rf"\b({'|'.join(_COMMANDS)})(?= lists\b)")
_BY_LABEL: Final = re.compile(r"(?<= by )record_execution\b")
"""The tool records and labels; of the commands each does one."""
_LABEL: Final = re.compile(
    r"record_execution\(label=\{'execution': '([^']*)', 'expected': \.\.\.\}\)"
)


def refusal(error: MendloopError) -> str:
    """What went wrong, and what to do about it: two lines."""
    hint = as_commands(clean(error.hint, _MOST))
    return f"mendloop: {clean(error.message, _MOST)}\n{hint}\n"


def as_commands(said: str) -> str:
    """The same advice, with commands in the place of tools.

    Only how a call is written changes: ``test_fix(proposal='p-1')`` is ``mendloop test p-1``.
    """
    labelled = _LABEL.sub(
        lambda found: f"mendloop label {shlex.quote(found[1])} --expected JSON", said
    )
    called = _CALL.sub(_command, _BY_LABEL.sub("mendloop label", labelled))
    called = _LISTS.sub(lambda found: f"mendloop {_COMMANDS[found[1]]}", called)
    return _NAME.sub(lambda found: f"mendloop {_COMMANDS[found[1]]}", called)


def _command(found: re.Match[str]) -> str:
    name = _COMMANDS[found[1]]
    words = [f"mendloop {name}"]
    for key, value in _ARGUMENT.findall(found[2]):
        option = _OPTIONS.get((name, key))
        words += [option] if option else []
        words.append(shlex.quote(value[1:-1]))
    if "..." in found[2]:
        words.append("--reason TEXT" if name == "rollback" else "...")
    return " ".join(words)
