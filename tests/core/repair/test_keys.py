from mendloop.core.repair.keys import MOST, keys_of


def test_the_keys_of_mappings_are_found_however_deep_the_outer_ones_first() -> None:
    found = keys_of([[{"left": {"value": 1}, "right": None}, [{"deep": {"er": 2}}], "text"]])
    assert found == ("left", "right", "value", "deep", "er")


def test_tags_are_no_keys_and_what_they_hold_is_looked_through() -> None:
    assert keys_of([[{"$t": [{"inside": 1}]}, {"$d": [[1, {"paired": 2}]]}]]) == (
        "inside",
        "paired",
    )


def test_only_a_few_are_given() -> None:
    assert len(keys_of([[{f"k{number}": 0 for number in range(100)}]])) == MOST
    assert keys_of([]) == ()
