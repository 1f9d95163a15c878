"""Values out of texts that people and suppliers send."""


def price(text):
    """Return the amount of a price such as "$12.50" or "EUR 8"."""
    amount = text.strip()
    for sign in ("$", "EUR", "GBP"):
        amount = amount.removeprefix(sign).strip()
    return round(float(amount), 2)
