"""What calls make of a pulse, in one step."""

from collections.abc import Iterable

from mendloop.model.pulse import Call, add, tallied


def fold(pulse: bytes, calls: Iterable[Call]) -> bytes:
    """The pulse with these calls in it."""
    return add(pulse, tallied(calls)[0])


def unfold(pulse: bytes, calls: Iterable[Call]) -> bytes:
    """The pulse without these calls, which must be in it."""
    tallies = tallied(calls)[0]
    return add(pulse, {at: [-number for number in tally] for at, tally in tallies.items()})
