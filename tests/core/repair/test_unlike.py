import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.repair.edits import Edit, apply_edits
from mendloop.core.repair.refusal import DoesNotApply
from mendloop.core.repair.unlike import difference


@pytest.mark.parametrize(
    ("has", "wanted", "says"),
    [
        ("\tif a:", "    if a:", "the file indents by 1 tab, the change by 4 spaces."),
        ("x = 1", "x  = 1", "They differ in blanks only."),
        ("if a:", "2:\tif a:", "Line numbers are no part"),
        ("if a:", "  12 | if a:", "Line numbers are no part"),
        ("# \u2019quoted\u2019", "# 'quoted'", "characters that look alike"),
        ("return a\u00a0+ 1", "return a + 1", "blanks only"),
        ("a = b \u2212 1", "a = b - 1", "characters that look alike"),
        ("x = True", "x = true", "upper and lower case"),
        ("if a:", "...", "ellipsis"),
        ("x = 1", "# ...", "ellipsis"),
        ("x = 1", "x = 1\\ny = 2", "no line end"),
        ('print("a\\n")', 'print("b\\n")', ""),
        ("x = 1", "x = 2", ""),
    ],
)
def test_what_the_eye_does_not_see_is_said(has: str, wanted: str, says: str) -> None:
    got = difference(has, wanted)
    assert says in got
    assert bool(got) == bool(says)


@given(st.text(), st.text())
def test_any_two_lines_are_compared_without_harm(has: str, wanted: str) -> None:
    assert difference(has, wanted) == "" or difference(has, wanted).startswith(" ")


def test_a_refused_edit_tells_it() -> None:
    got = apply_edits(
        "def f(a):\n\tif a:\n\t\treturn 1\n", [Edit("    if a:\n        return 1", "")]
    )
    assert isinstance(got, DoesNotApply)
    assert "the file indents by 1 tab, the change by 4 spaces." in got.reason
