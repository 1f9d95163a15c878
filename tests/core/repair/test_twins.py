from mendloop.core.repair.refusal import DoesNotApply
from mendloop.core.repair.twins import carried

BEFORE = '''\
def net(total, people):
    """The share of each."""
    each = total // people
    return round(each, 2)
'''
AFTER = '''\
def net(total, people):
    """The share of each."""
    if not people:
        return 0
    each = total // people
    return round(each, 2)
'''
TWIN = '''\
    def part(self_, amount, heads):  # kept
        """Another word for it."""
        one = amount // heads
        return round(one, 2)  # cents
'''


def test_a_change_is_made_in_the_words_of_the_twin() -> None:
    twin = TWIN.replace("self_, ", "")
    assert carried(BEFORE, AFTER, twin) == twin.replace(
        "        one = ", "        if not heads:\n            return 0\n        one = "
    )


def test_what_is_no_twin_is_refused() -> None:
    assert isinstance(carried(BEFORE, AFTER, TWIN), DoesNotApply)
    assert isinstance(carried(BEFORE, AFTER, "def f(:\n"), DoesNotApply)
    merged = "def part(amount, amount_):\n    one = amount // amount\n    return round(one, 2)\n"
    assert isinstance(carried(BEFORE, AFTER, merged), DoesNotApply)


def test_keywords_of_calls_and_attributes_are_the_business_of_others() -> None:
    before = "def net(total):\n    return cut(total=total.total, more=[total])\n"
    after = before.replace("[total]", "[total or 0]")
    twin = "def part(sum_):\n    return cut(total=sum_.total, more=[sum_])\n"
    assert carried(before, after, twin) == twin.replace("[sum_]", "[sum_ or 0]")
