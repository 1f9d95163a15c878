"""One way to get out, or to do harm, and how it shows where nothing prevents it."""

from dataclasses import dataclass
from enum import StrEnum


class Fires(StrEnum):
    """What an ordinary process does when the attempt succeeds."""

    OUT = "out"
    """The call returns ``"out"``, or makes an ordinary judge say so."""
    HANGS = "hangs"
    """It never ends by itself."""
    HOLDS_UP = "holds up"
    """It answers, but whoever looks at the answer, or waits for the end, waits for ever."""
    DIES = "dies"
    """The process ends, and with it whatever was to be told."""
    FLOODS = "floods"
    """More than a megabyte, or a control character, arrives where somebody reads."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Source with an ``f(place)``; ``place`` names what there is to be reached."""

    source: str
    fires: Fires = Fires.OUT
    writes: bool = False
    """Whether it is given a folder to write in."""
    everywhere: bool = True
    """Whether it succeeds in any ordinary process: some need a right, a device or a setting."""
