"""Payments of more than one person."""


def split_bill(total, people):
    """Split a bill so that the shares add up to it.

    Args:
        total: The amount, such as "84.50".
        people: Who pays. Those named first pay the odd cents.

    Returns:
        The share of each person.
    """
    cents = round(float(total) * 100)
    share, odd = divmod(cents, len(people))
    return {name: (share + (place < odd)) / 100 for place, name in enumerate(people)}
