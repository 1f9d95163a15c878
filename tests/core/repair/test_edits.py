import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from mendloop.core.repair.edits import Edit, apply_edits
from mendloop.core.repair.refusal import DoesNotApply

FILE = "def f(x):\n    y = x + 1\n    return y\n\n\ndef g(x):\n    return x\n"


def refused(old: str, *edits: Edit) -> str:
    result = apply_edits(old, edits)
    assert isinstance(result, DoesNotApply)
    return f"{result.reason} {result.hint}"


def test_an_edit_replaces_its_one_occurrence() -> None:
    assert apply_edits(FILE, [Edit("x + 1", "x + 2")]) == FILE.replace("+ 1", "+ 2")


def test_a_later_edit_sees_what_an_earlier_one_left() -> None:
    edits = [Edit("return y", "return z"), Edit("y = x + 1\n    return z", "return x + 1")]
    assert apply_edits(FILE, edits) == FILE.replace("y = x + 1\n    return y", "return x + 1")


def test_text_that_occurs_often_is_refused_with_the_lines() -> None:
    assert refused("a\nb\na\na\n", Edit("a", "c")) == snapshot(
        "The edit: `old` was found 3 times, at lines 1, 3, 4. Add lines around it to `old`, and the same to `new`, until it occurs once."
    )


def test_overlapping_occurrences_count_as_several() -> None:
    assert isinstance(apply_edits("aaa", [Edit("aa", "b")]), DoesNotApply)


def test_text_that_is_not_there_is_refused_with_the_nearest_place() -> None:
    wrong = Edit("def f(x):\n    y = x - 1\n    return y\n", "")
    assert refused(FILE, Edit("+ 1", "+ 2"), wrong) == snapshot(
        "Edit 2 of 2: `old` was not found. The nearest place is line 1; the first difference is at line 2, which reads `    y = x + 2` where `old` has `    y = x - 1`. Copy the text to be replaced from the file as it stands, from line 1 on."
    )


def test_text_like_nothing_in_the_file_is_refused_without_a_place() -> None:
    assert refused(FILE, Edit("SELECT * FROM t", "")) == snapshot(
        "The edit: `old` was not found, nor anything like it. Read the file again: it may be another file, or the text may be gone."
    )


def test_a_line_that_resembles_another_is_named_though_no_line_is_the_same() -> None:
    assert "line 2" in refused(FILE, Edit("    y = x + 100", ""))


def test_an_empty_old_is_refused_in_a_file_with_text() -> None:
    assert refused(FILE, Edit("", "x")) == snapshot(
        "The edit has an empty `old`, and the file is not empty. Put the text to be replaced in `old`; to insert, repeat the line before it in both."
    )


def test_an_empty_old_fills_an_empty_file() -> None:
    assert apply_edits("", [Edit("", "x\n")]) == "x\n"


def test_an_edit_that_changes_nothing_is_refused() -> None:
    assert refused(FILE, Edit("return y", "return y")) == snapshot(
        "The edit changes nothing: `old` and `new` are the same. Leave it out, or send the text that should stand there in `new`."
    )


def test_no_edits_and_too_many_are_refused() -> None:
    assert isinstance(apply_edits(FILE, []), DoesNotApply)
    assert isinstance(apply_edits(FILE, [Edit("x", "y")] * 101), DoesNotApply)


def test_trailing_blanks_do_not_matter() -> None:
    old = "if a:   \n    b()\t\nc()\n"
    assert apply_edits(old, [Edit("if a:\n    b()\n", "if a:\n    d()\n")]) == (
        "if a:\n    d()\nc()\n"
    )


def test_lines_indented_alike_but_less_are_found_and_new_lines_moved() -> None:
    edit = Edit("y = x + 1\nreturn y", "y = x\nif y:\n    y += 1\n\nreturn y")
    assert apply_edits(FILE, [edit]) == FILE.replace(
        "    y = x + 1\n    return y", "    y = x\n    if y:\n        y += 1\n\n    return y"
    )


def test_lines_indented_alike_but_more_are_found_and_new_lines_moved() -> None:
    edit = Edit("        y = x + 1\n        return y\n", "        return x\n")
    assert apply_edits(FILE, [edit]) == FILE.replace("    y = x + 1\n    return y", "    return x")


def test_a_new_line_that_cannot_be_moved_left_is_refused() -> None:
    edit = Edit("        y = x + 1\n        return y\n", "  return x\n")
    assert isinstance(apply_edits(FILE, [edit]), DoesNotApply)


def test_lines_indented_unevenly_are_not_found() -> None:
    assert isinstance(apply_edits(FILE, [Edit("y = x + 1\n  return y", "pass")]), DoesNotApply)


def test_two_loose_matches_are_refused() -> None:
    old = "if a:\n    f()  \nif b:\n    f() \n"
    assert "lines 2, 4" in refused(old, Edit("f()\n", "g()\n"))


def test_blank_lines_alone_are_no_loose_match() -> None:
    assert isinstance(apply_edits("a\n \n", [Edit("\t\n", "b\n")]), DoesNotApply)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_the_file_are_kept_whatever_the_edit_has(end: str) -> None:
    text = FILE.replace("\n", end)
    edit = Edit("y = x + 1\n    return y", "z = x\r\n    z += 1\n    return z")
    after = apply_edits(text, [edit])
    assert after == FILE.replace(
        "y = x + 1\n    return y", "z = x\n    z += 1\n    return z"
    ).replace("\n", end)


def test_a_byte_order_mark_stays_though_the_edit_knows_nothing_of_it() -> None:
    assert apply_edits("\ufeffa = 1\n", [Edit("a = 1\n", "a = 2\n")]) == "\ufeffa = 2\n"
    assert apply_edits("\ufeffa = 1\n", [Edit("\ufeffa = 1", "a = 2")]) == "\ufeffa = 2\n"


def test_a_missing_line_end_at_the_end_stays_missing_after_a_loose_match() -> None:
    assert apply_edits("a\n  b", [Edit("b\n", "c\n")]) == "a\n  c"


texts = st.text(st.sampled_from("ab \t\r\n\f\u2028é"), max_size=30)


one_end = texts.map(lambda text: re.sub(r"\r+\n", "\n", text))


@given(
    before=one_end,
    old=one_end.map(lambda text: f"<{text}>"),
    new=one_end.map(lambda text: f"[{text}]"),
    after=one_end,
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_an_edit_and_its_inverse_restore_a_text_with_one_kind_of_line_end(
    before: str, old: str, new: str, after: str, end: str
) -> None:
    old, new = old.replace("\n", end), new.replace("\n", end)
    text = before.replace("\n", end) + old + after.replace("\n", end)
    done = apply_edits(text, [Edit(old, new)])
    assert isinstance(done, str)
    assert apply_edits(done, [Edit(new, old)]) == text


@given(text=texts, old=texts, new=texts)
def test_any_edit_gives_a_text_or_a_refusal(text: str, old: str, new: str) -> None:
    result = apply_edits(text, [Edit(old, new)])
    assert isinstance(result, str | DoesNotApply)


def test_an_edit_that_an_earlier_one_has_overtaken_is_told_so() -> None:
    got = apply_edits("a = 1\nb = 2\n", [Edit("a = 1", "a = 3"), Edit("a = 1", "a = 4")])
    assert isinstance(got, DoesNotApply)
    assert "Edit 2 of 2: `old` stood in the file, and an earlier edit" in got.reason
