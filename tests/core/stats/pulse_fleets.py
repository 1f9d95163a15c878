"""Calls of a few targets, and their pulses as arrays."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from mendloop.core.stats.pulses import Pulses, unpack
from mendloop.model import pulse
from tests.pulses import fold

LAST: Final = 1_763_683_200

calls: st.SearchStrategy[list[pulse.Call]] = st.lists(
    st.tuples(
        st.integers(LAST - 3 * 86_400, LAST),
        st.booleans(),
        st.floats(0, 1000, allow_nan=False),
    ),
    max_size=40,
)
fleets = st.lists(calls, max_size=8)


def even(failed: Sequence[bool], *, every: int = 600, seconds: float = 0.1) -> list[pulse.Call]:
    """Calls at even distances, the last one just now."""
    first = LAST - every * (len(failed) - 1)
    return [(first + every * place, bad, seconds) for place, bad in enumerate(failed)]


def often(number: int, share: float) -> list[bool]:
    """Failures at even distances."""
    return [int((place + 1) * share) > int(place * share) for place in range(number)]


def pulses(fleet: Sequence[Sequence[pulse.Call]], *, since: int = 0) -> Pulses:
    """As the numerics see them."""
    return unpack([fold(b"", each) for each in fleet], since=since)
