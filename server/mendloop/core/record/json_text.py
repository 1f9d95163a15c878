"""JSON inside of texts: tools answer in texts, and telemetry has few kinds of values."""

import json
from typing import Final, cast

from mendloop.model.value import MOST_CHARACTERS

_MOST: Final = 4 * MOST_CHARACTERS
"""Characters that are tried: what is longer is not kept anyway."""


def parsed_text(text: str) -> object:
    """What a text stands for: a value where the whole of it is JSON, else itself."""
    if len(text) > _MOST:
        return text
    try:
        return cast("object", json.loads(text, parse_constant=_no_json))
    except (ValueError, RecursionError):
        return text


def _no_json(name: str) -> object:
    """NaN and infinities are words here, not numbers.

    Raises:
        ValueError: Always.
    """
    raise ValueError(name)
