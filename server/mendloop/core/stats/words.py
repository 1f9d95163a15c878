"""Numbers as a person reads them."""


def percent(rate: float) -> str:
    """A rate such as ``31 %``, ``2.5 %``, ``0 %``; never 0 or 100 where it is not."""
    share = 100 * rate
    if share in {0, 100}:
        return f"{share:.0f} %"
    if share < 0.1:  # noqa: PLR2004  what one digit after the point can still say
        return "under 0.1 %"
    if share > 99.9:  # noqa: PLR2004  the same, from above
        return "over 99.9 %"
    digits = 0 if 10 <= share <= 90 else 1  # noqa: PLR2004  two digits say enough in the middle
    return f"{share:.{digits}f} %".replace(".0 %", " %")


def calls(number: int) -> str:
    """A number of calls, such as ``1 call`` or ``412 calls``."""
    return f"{number} call" if number == 1 else f"{number} calls"


def seconds(duration: float) -> str:
    """A duration such as ``1.2 s``, ``35 ms`` or ``21 µs``."""
    if 0 < duration < 1e-3:  # noqa: PLR2004  a millisecond
        return f"{1e6 * duration:.3g} \N{MICRO SIGN}s"
    if duration < 1:
        return f"{1000 * duration:.3g} ms"
    return f"{duration:.3g} s" if duration < 100 else f"{duration:.0f} s"  # noqa: PLR2004  no exponent
