"""Small sums for reports."""


def average(values):
    """Return the mean of the measured values, 0.0 where nothing was measured.

    Sensors that did not answer send None; these are left out.
    """
    if values is None:
        return 0.0
    measured = [value for value in values if value is not None]
    total = sum(measured)
    return round(total / len(measured), 3)
