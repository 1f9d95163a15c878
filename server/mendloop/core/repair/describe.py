"""A change in a few words, for the person who has to judge it."""

from typing import Final

_MOST: Final = 60


def replaced(line: int, old: str, new: str) -> str:
    """``line 41: `<` becomes `<=```."""
    return f"line {line}: `{short(old)}` becomes `{short(new)}`"


def inserted(line: int, new: str) -> str:
    """``line 41: before it comes `if not xs: return 0```."""
    return f"line {line}: before it comes `{short(new)}`"


def appended(line: int, new: str) -> str:
    """``line 41: after it comes `return total```."""
    return f"line {line}: after it comes `{short(new)}`"


def removed(line: int, old: str) -> str:
    """``line 41: `total += x` goes``."""
    return f"line {line}: `{short(old)}` goes"


def short(code: str) -> str:
    """Code on one line, its middle left out where it is long."""
    flat = " ".join(code.split())
    if len(flat) <= _MOST:
        return flat
    half = _MOST // 2 - 2
    return f"{flat[:half]} ... {flat[-half:]}"
