"""Who sits at the desk, and whether anybody does."""

import os
import pwd
import sys
from collections.abc import Mapping
from typing import Final

from mendloop.errors import Refused
from mendloop.interfaces.answers.text import clean

_AGENT_MARKS: Final = ("CLAUDECODE", "AI_AGENT")
_WORD: Final = "yes"


def account() -> str:
    """The operating system account, not what the environment calls it: two names are two people."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def actor(environment: Mapping[str, str]) -> str:
    """Who does something that an agent may do too: ``agent``, or the person's account."""
    return "agent" if _marks(environment) else account()


def refuse_agents(environment: Mapping[str, str]) -> None:
    """Refuse where the environment says that an agent runs this.

    A seat belt and no lock: whoever can run commands can change the environment.

    Raises:
        Refused: It says so.
    """
    marks = _marks(environment)
    if marks:
        raise Refused(
            f"{' and '.join(marks)} in the environment: an agent runs this, and an agent cannot "
            "approve.",
            hint="Ask a person to run the command in a terminal of their own.",
        )


def refuse_without_terminal(
    otherwise: str = "add --yes where a person has decided already",
) -> None:
    """Refuse where nobody could read what is shown, or answer.

    Args:
        otherwise: What can be done without one; empty where nothing can.

    Raises:
        Refused: Standard input or output is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(
            "There is no terminal, so that nobody can be asked.",
            hint=f"Run it in a terminal{f', or {otherwise}' if otherwise else ''}.",
        )


def asked(question: str) -> bool:
    """Ask for the word ``yes``; anything else is a no."""
    sys.stdout.write(f"{clean(question, 1_000)} Type {_WORD} to approve: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == _WORD


def _marks(environment: Mapping[str, str]) -> list[str]:
    return [mark for mark in _AGENT_MARKS if environment.get(mark)]
