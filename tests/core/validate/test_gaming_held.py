from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.held import SHARE, Parted, held_back, held_check, parted
from mendloop.model.report import Disagreement, Verdict

KEY = b"a key that nobody else has"


def against(number: int) -> Disagreement:
    return Disagreement(call=f"[[{number}],{{}}]", wanted="1", got="2", why="")


EVERY = tuple(against(number) for number in range(400))


@given(st.lists(st.sampled_from(EVERY), unique=True))
def test_every_call_is_either_shown_or_counted(few: list[Disagreement]) -> None:
    found = parted(few, KEY)
    assert len(found.shown) + found.held == len(few)
    assert not any(held_back(one.call, KEY) for one in found.shown)


def test_about_the_stated_share_is_kept_back() -> None:
    assert 0.5 / SHARE < parted(EVERY, KEY).held / len(EVERY) < 1.5 / SHARE


def test_another_server_keeps_back_other_calls() -> None:
    assert parted(EVERY, KEY).shown != parted(EVERY, b"another key").shown


def test_the_same_calls_are_kept_back_for_every_change() -> None:
    assert parted(EVERY, KEY) == parted(EVERY, KEY)


def test_a_change_that_is_fitted_to_what_is_shown_is_marked() -> None:
    check = held_check(Parted(shown=(), held=2), Verdict.FAILED).check
    assert (check.name, check.verdict) == ("held_back", Verdict.FAILED)
    assert "fitted to what is shown" in check.summary
    assert check.numbers == {"held_back": 2.0, "shown": 0.0}


def test_nothing_is_said_against_a_change_that_nothing_speaks_against() -> None:
    assert held_check(parted((), KEY), Verdict.PASSED).check.verdict is Verdict.PASSED


def test_of_what_is_kept_back_nothing_but_the_number_is_told() -> None:
    held = [one for one in EVERY if held_back(one.call, KEY)]
    found = parted(held, KEY)
    check = held_check(found, Verdict.FAILED).check
    assert found.shown == ()
    assert not any(one.call in check.summary for one in held)
