"""Does it surely fail less often than a cap? May be asked after every call.

A bet against "the rate is at least ``cap``": each of five lower rates q multiplies its stake by
q / cap at a failure and by (1 - q) / (1 - cap) at a success. At any rate of ``cap`` or more the
sum of the stakes is a supermartingale, so that it ever reaches 1/alpha has a probability of at most
alpha, however often it is looked at (Ville 1939; Waudby-Smith and Ramdas 2024 for the betting).
"""

from typing import Final

SHARES: Final = (0.6, 0.4, 0.2, 0.06, 0.0)
"""The rates that are bet on, as shares of the cap."""
STAKES: Final = (0.15, 0.2, 0.2, 0.15, 0.3)
"""What is put on each at first; most on "it never fails", which a mended tool does not."""


def stake(stakes: tuple[float, ...], *, failed: bool, cap: float) -> tuple[float, ...]:
    """The stakes after one more call.

    Args:
        stakes: Before it; ``STAKES`` before the first.
        failed: Whether the call failed.
        cap: The rate that is bet against, above 0 and below 1.
    """
    if failed:
        return tuple(each * share for each, share in zip(stakes, SHARES, strict=True))
    return tuple(
        each * (1 - share * cap) / (1 - cap) for each, share in zip(stakes, SHARES, strict=True)
    )
