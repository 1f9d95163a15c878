"""What an order costs."""

UNIT_CENTS = 1290

# from this many pieces, this many percent off
VOLUME = (
    (100, 15),
    (50, 10),
    (10, 5),
)

COUPONS = {"WELCOME5": 5, "SPRING10": 10, "VIP15": 15}


def quote(quantity, coupon=None):
    """Return the price of an order in cents.

    The volume discount starts at 10 pieces and grows at 50 and 100. A coupon takes its
    percentage off what is left; an unknown coupon changes nothing.
    """
    percent = 0
    for pieces, off in VOLUME:
        if quantity > pieces:
            percent = off
            break
    price = quantity * UNIT_CENTS * (100 - percent) // 100
    return price * (100 - COUPONS.get(coupon, 0)) // 100
