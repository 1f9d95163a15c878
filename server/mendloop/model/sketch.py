"""How long calls took, counted in buckets whose width grows with the duration.

A base-2 exponential histogram, as OpenTelemetry defines it, at scale 4: bucket ``i`` holds what
lies above ``2**(i/16)`` and not above ``2**((i+1)/16)`` seconds. Two of them are merged by adding,
in any order, and a call is taken out again by subtracting.

Packed: the lowest index as i2, little endian; then, by rising index, the distance to the index
before (0 for the first) and the count, each as a varint (LEB128). No calls are no bytes.
"""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate
from math import frexp, inf
from typing import Final

SCALE: Final = 4
PER_OCTAVE: Final = 2**SCALE
RELATIVE_ERROR: Final = (2 ** (1 / PER_OCTAVE) - 1) / (2 ** (1 / PER_OCTAVE) + 1)
"""Of a quantile, at most: 2.2 %."""

_BOUNDS: Final = tuple(2 ** (step / PER_OCTAVE - 1) for step in range(PER_OCTAVE))
_ONE_BYTE: Final = 128
_MASK: Final = 127


def index(seconds: float) -> int:
    """The bucket of a duration, which must be above zero and finite."""
    mantissa, exponent = frexp(seconds)
    return PER_OCTAVE * (exponent - 1) + bisect_left(_BOUNDS, mantissa) - 1


def timed(seconds: float) -> bool:
    """Whether a duration has a bucket: it is known, above zero, and finite."""
    return 0.0 < seconds < inf


def pack(counts: Mapping[int, int]) -> bytes:
    """Counts by bucket as bytes: equal counts, without those of zero, give equal bytes.

    Raises:
        ValueError: A count is below zero.
    """
    kept = sorted(item for item in counts.items() if item[1])
    if not kept:
        return b""
    lowest = kept[0][0]
    numbers: list[int] = []
    before = lowest
    for at, count in kept:
        numbers += (at - before, count)
        before = at
    head = lowest.to_bytes(2, "little", signed=True)
    if min(numbers) < 0:
        raise ValueError("a bucket cannot hold fewer than no calls")
    if max(numbers) < _ONE_BYTE:
        return head + bytes(numbers)
    return head + b"".join(map(_varint, numbers))


def unpack(sketch: bytes) -> dict[int, int]:
    """Counts by bucket, in the order of the buckets."""
    if not sketch:
        return {}
    body = sketch[2:]
    numbers: bytes | list[int] = body if body.isascii() else _numbers(body)
    first = int.from_bytes(sketch[:2], "little", signed=True)
    return dict(
        zip((first + step for step in accumulate(numbers[::2])), numbers[1::2], strict=True)
    )


def merge(one: bytes, other: bytes) -> bytes:
    """The calls of both."""
    return add(one, unpack(other))


def add(sketch: bytes, counts: Mapping[int, int]) -> bytes:
    """With more calls, by bucket; counts below zero take calls out.

    Raises:
        ValueError: More would be taken out than there are.
    """
    total = unpack(sketch)
    for at, count in counts.items():
        total[at] = total.get(at, 0) + count
    return pack(total)


def count(sketch: bytes) -> int:
    """How many calls it holds."""
    return sum(unpack(sketch).values())


def quantile(sketch: bytes, q: float) -> float:
    """The duration in seconds that a share ``q`` of the calls did not exceed; 0 without calls.

    It is the harmonic middle of the bucket that holds the call of rank ``ceil(q * count)``, so it
    is off by at most ``RELATIVE_ERROR`` of the true value.
    """
    counts = unpack(sketch)
    wanted = max(1.0, q * sum(counts.values()))
    seen = 0
    for at, here in counts.items():
        seen += here
        if seen >= wanted:
            return _middle(at)
    return _middle(max(counts)) if counts else 0.0


def _middle(at: int) -> float:
    # 2 / (1/low + 1/high), written so that no bound has to be a float of its own
    return float(2.0 ** ((at + 1) / PER_OCTAVE - 1)) * (2 - 2 * RELATIVE_ERROR)


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number >= _ONE_BYTE:
        parts.append(number & _MASK | _ONE_BYTE)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _numbers(body: bytes) -> list[int]:
    numbers: list[int] = []
    number = shift = 0
    for byte in body:
        number |= (byte & _MASK) << shift
        shift += 7
        if byte < _ONE_BYTE:
            numbers.append(number)
            number = shift = 0
    return numbers
