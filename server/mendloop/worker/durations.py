"""Durations as a text that is exact, and back."""

from __future__ import annotations

import importlib
from typing import Any


def text(value: Any) -> str:
    """Seconds with six decimals, exact."""
    micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    whole, rest = divmod(abs(micros), 1_000_000)
    return f"{'-' if micros < 0 else ''}{whole}.{rest:06d}"


def value(told: str) -> Any:
    """The duration that a text stands for."""
    whole, _, rest = told.lstrip("-").partition(".")
    found = importlib.import_module("datetime").timedelta(
        seconds=int(whole), microseconds=int(rest or "0")
    )
    return -found if told.startswith("-") else found
