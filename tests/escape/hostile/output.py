"""Drowning or deceiving whoever reads."""

from tests.escape.attempt import Attempt, Fires

ATTEMPTS: dict[str, Attempt] = {
    "standard-output": Attempt(
        """
import os
def f(place):
    for _ in range(300):
        os.write(1, b"x" * 10_000)
""",
        fires=Fires.FLOODS,
    ),
    "standard-error": Attempt(
        """
import os
def f(place):
    for _ in range(300):
        os.write(2, b"x" * 10_000)
""",
        fires=Fires.FLOODS,
    ),
    "control-characters": Attempt(
        """
def f(place):
    print("\\x1b]0;owned\\x07\\x1b[2J")
""",
        fires=Fires.FLOODS,
    ),
    "huge-result": Attempt(
        """
def f(place):
    return "x" * 10 ** 7
""",
        fires=Fires.FLOODS,
    ),
    "huge-message": Attempt(
        """
def f(place):
    raise ValueError("x" * 10 ** 7)
""",
        fires=Fires.FLOODS,
    ),
    "huge-name-of-an-exception": Attempt(
        """
def f(place):
    raise type("E" * 10 ** 7, (Exception,), {})
""",
        fires=Fires.FLOODS,
    ),
    "huge-bytes": Attempt(
        """
def f(place):
    return b"x" * 10 ** 7
""",
        fires=Fires.FLOODS,
    ),
    "result-that-doubles": Attempt(
        """
def f(place):
    x = "0123456789"
    for _ in range(18):
        x = [x, x]
    return x
""",
        fires=Fires.FLOODS,
    ),
}
