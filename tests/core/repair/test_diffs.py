import difflib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from mendloop.core.repair.diffs import apply_diff
from mendloop.core.repair.refusal import DoesNotApply

FILE = "".join(f"line {number}\n" for number in range(1, 21))


def diff_of(old: str, new: str, path: str = "f.py", context: int = 3) -> str:
    def lines(text: str) -> list[str]:
        return re.findall(r"[^\n]*\n|[^\n]+", text)

    made = difflib.unified_diff(lines(old), lines(new), f"a/{path}", f"b/{path}", n=context)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in made
    )


def applied(old: str, diff: str) -> str:
    result = apply_diff({"f.py": old}.get, diff)
    assert not isinstance(result, DoesNotApply), result
    assert set(result) == {"f.py"}
    return result["f.py"]


def refused(old: str, diff: str) -> str:
    result = apply_diff({"f.py": old}.get, diff)
    assert isinstance(result, DoesNotApply)
    return f"{result.reason} {result.hint}"


lines = st.text(st.sampled_from("ab-+ @\\\t\r\f\u2028é"), max_size=4)
texts = st.lists(st.tuples(lines, st.sampled_from(["\n", "\r\n"])), max_size=12).map(
    lambda parts: "".join(line + end for line, end in parts)
)
files = st.tuples(texts, lines).map("".join)


@given(old=files, new=files, context=st.integers(0, 4))
def test_a_diff_of_two_texts_makes_one_of_the_other(old: str, new: str, context: int) -> None:
    diff = diff_of(old, new, context=context)
    if diff:
        assert applied(old, diff) == new


@given(old=files, new=files)
def test_a_diff_and_its_inverse_restore_the_text(old: str, new: str) -> None:
    if old != new:
        assert applied(applied(old, diff_of(old, new)), diff_of(new, old)) == old


@given(diff=st.text(st.sampled_from('-+ @,0123\n\\ab/\r"'), max_size=80), old=files)
def test_any_diff_gives_texts_or_a_refusal(diff: str, old: str) -> None:
    for text in (diff, f"--- a/f.py\n+++ b/f.py\n{diff}"):
        assert isinstance(apply_diff({"f.py": old}.get, text), dict | DoesNotApply)


def test_a_removed_line_that_looks_like_a_header_is_a_removed_line() -> None:
    old = "-- select\na\n"
    assert applied(old, diff_of(old, "++ b\na\n")) == "++ b\na\n"


@pytest.mark.parametrize("moved", [-50, -3, 3, 50])
def test_a_hunk_is_found_up_to_fifty_lines_away(moved: int) -> None:
    long = "".join(f"line {number}\n" for number in range(200))
    new = long.replace("line 100\n", "changed\n")
    start = 98 + moved
    diff = diff_of(long, new).replace("@@ -98,7 +98,7 @@", f"@@ -{start},7 +{start},7 @@")
    assert applied(long, diff) == new


def test_a_hunk_farther_away_is_refused_and_its_place_named() -> None:
    long = "".join(f"line {number}\n" for number in range(200))
    diff = diff_of(long, long.replace("line 100\n", "changed\n")).replace("-98,7", "-20,7")
    assert refused(long, diff) == snapshot(
        "Hunk 1 (f.py, said to be at line 20) stands at line 98, more than 50 lines away or before another hunk. Correct its line number, and give the hunks in the order of the file."
    )


def test_a_hunk_that_fits_twice_equally_near_is_refused() -> None:
    diff = "--- a/f.py\n+++ b/f.py\n@@ -2 +2 @@\n-a\n+b\n"
    assert refused("a\nx\na\n", diff) == snapshot(
        "Hunk 1 (f.py, said to be at line 2) fits equally well at lines 1 and 3. Give it more context lines, or the right line number."
    )


def test_what_a_hunk_removes_must_match_exactly() -> None:
    diff = diff_of(FILE, FILE.replace("line 7\n", "changed\n")).replace("-line 7", "-line  7")
    assert refused(FILE, diff) == snapshot(
        "Hunk 1 (f.py, said to be at line 4) does not fit. The nearest place is line 4; the first difference is at line 7, which reads `line 7` where the hunk has `line  7`. They differ in blanks only. Make the diff against the file as it stands; lines to remove must match it exactly."
    )


def test_blanks_in_kept_lines_do_not_matter_as_a_last_resort() -> None:
    diff = diff_of(FILE, FILE.replace("line 7\n", "changed\n")).replace(" line 6", "   line   6 ")
    assert applied(FILE, diff) == FILE.replace("line 7\n", "changed\n")


def test_a_later_hunk_follows_the_drift_of_an_earlier_one() -> None:
    new = FILE.replace("line 3\n", "three\n").replace("line 17\n", "seventeen\n")
    head = "inserted\n" * 30
    assert applied(head + FILE, diff_of(FILE, new)) == head + new


def test_line_ends_of_the_file_are_kept_when_the_diff_has_others() -> None:
    new = FILE.replace("line 7\n", "changed\nadded\n")
    windows = FILE.replace("\n", "\r\n")
    assert applied(windows, diff_of(FILE, new)) == new.replace("\n", "\r\n")
    assert applied(FILE, diff_of(FILE, new).replace("\n", "\r\n")) == new


def test_a_byte_order_mark_stays() -> None:
    diff = diff_of("a\nb\n", "c\nb\n")
    assert applied("\ufeffa\nb\n", diff) == "\ufeffc\nb\n"
    assert applied("\ufeffa\n", diff_of("\ufeffa\n", "\ufeffb\n")) == "\ufeffb\n"


def test_a_forgotten_marker_of_a_missing_line_end_is_forgiven() -> None:
    diff = "--- a/f.py\n+++ b/f.py\n@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n"
    assert applied("a\nb", diff) == "a\nc\nd"


def test_wrong_counts_in_a_hunk_header_are_forgiven() -> None:
    diff = diff_of(FILE, FILE.replace("line 7\n", "changed\n"))
    for counts in ("@@ -4,9 +4,9 @@", "@@ -4,3 +4,3 @@", "@@ -4 +4 @@"):
        assert applied(FILE, diff.replace("@@ -4,7 +4,7 @@", counts)) == (
            FILE.replace("line 7\n", "changed\n")
        )


def test_a_hunk_without_numbers_is_found_where_it_fits_once() -> None:
    diff = "--- a/f.py\n+++ b/f.py\n@@ def f @@\n line 6\n-line 7\n+changed\n"
    assert applied(FILE, diff) == FILE.replace("line 7\n", "changed\n")
    assert "fits equally well" in refused(FILE + FILE, diff)


def test_text_around_a_diff_is_passed_over() -> None:
    diff = diff_of(FILE, FILE.replace("line 7\n", "changed\n"))
    fenced = f"Here it is:\n\n```diff\n{diff}```\n"
    assert applied(FILE, fenced) == FILE.replace("line 7\n", "changed\n")


def test_git_diffs_of_several_files_apply_together() -> None:
    git = (
        "From 1 Mon Sep 17 00:00:00 2001\nSubject: x\n\n"
        "diff --git a/f.py b/f.py\nindex 1..2 100644\n"
        + diff_of("a\n", "b\n")
        + "diff --git a/new.py b/new.py\nnew file mode 100644\nindex 0..2\n"
        "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+x = 1\n\\ No newline at end of file\n"
        "diff --git a/pkg/__init__.py b/pkg/__init__.py\nnew file mode 100644\nindex 0..e69de29\n"
        + 'diff --git "a/sp\\303\\251.py" "b/sp\\303\\251.py"\n'
        '--- "a/sp\\303\\251.py"\n+++ "b/sp\\303\\251.py"\n@@ -1 +1 @@\n-q\n+r\n-- \n2.43.0\n'
    )
    held = {"f.py": "a\n", "spé.py": "q\n"}
    assert apply_diff(held.get, git) == {
        "f.py": "b\n",
        "new.py": "x = 1",
        "pkg/__init__.py": "",
        "spé.py": "r\n",
    }


def test_one_hunk_that_does_not_fit_refuses_the_whole_diff() -> None:
    both = diff_of("a\n", "b\n") + diff_of("x\n", "y\n", "g.py")
    assert isinstance(apply_diff({"f.py": "a\n", "g.py": "z\n"}.get, both), DoesNotApply)


def test_paths_come_as_written_but_normalised() -> None:
    diff = "--- ./../x//f.py\t2026-01-01\n+++ ./../x//f.py\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n"
    assert apply_diff({"../x/f.py": "a\n"}.get, diff) == {"../x/f.py": "b\n"}
    absolute = "--- /dev/null\n+++ /etc/f\n@@ -0,0 +1 @@\n+a\n"
    assert apply_diff(dict[str, str]().get, absolute) == {"/etc/f": "a\n"}


@pytest.mark.parametrize(
    ("diff", "reason"),
    [
        ("", "The diff is empty"),
        ("change 1 to 2", "no file header"),
        ("--- a/f.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "deletes a file"),
        ("diff --git a/f b/f\ndeleted file mode 100644\nindex 1..0\n", "deletes a file"),
        ("diff --git a/f b/g\nsimilarity index 90%\nrename from f\nrename to g\n", "renames"),
        ("--- a/f.py\n+++ b/g.py\n@@ -1 +1 @@\n-a\n+b\n", "renames f.py to g.py"),
        ("diff --git a/f b/f\nindex 1..2\nGIT binary patch\nliteral 1\nIc$\n", "binary"),
        ("diff --git a/f b/f\nBinary files a/f and b/f differ\n", "binary"),
        ("diff --git a/f b/f\nold mode 100644\nnew mode 100755\n", "mode"),
        ("*** Begin Patch\n*** Update File: f.py\n@@\n-a\n+b\n", "not a unified diff"),
        ("--- a/f.py\n+++ b/f.py\n", "no hunk"),
        ("--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n a\n", "adds and removes nothing"),
        ("--- /dev/null\n+++ b/f.py\n@@ -0,0 +1 @@\n+a\n", "exists already"),
        ("--- a/h.py\n+++ b/h.py\n@@ -1 +1 @@\n-a\n+b\n", "does not exist"),
        ("@@ -1 +1 @@\n-a\n+b\n", "follows no file header"),
        ('--- "a/f\n+++ "b/f\n@@ -1 +1 @@\n-a\n+b\n', "no closing quote"),
        ("+" * 2_000_001, "are the most"),
    ],
)
def test_what_cannot_be_applied_is_refused_by_name(diff: str, reason: str) -> None:
    assert reason in refused("a\n", diff)


AROUND = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"


@pytest.mark.parametrize(
    ("diff", "places"),
    [
        ("@@ -2,5 +2,5 @@\n TWO\n three\n-four\n+4\n five\n SIX\n", [4]),
        ("@@ -2,5 +2,5 @@\n TWO\n THREE\n-four\n+4\n FIVE\n SIX\n", [4]),
        ("@@ -4 +4,5 @@\n-four\n+4\n", [4]),
        ("@@ -3,4 +3,4 @@\n gone\n-four\n+4\n five\n-six\n+6\n", [4, 6]),
    ],
)
def test_up_to_two_lines_at_either_end_of_a_hunk_may_have_changed(
    diff: str, places: list[int]
) -> None:
    wanted: list[str] = [*AROUND.splitlines()]
    for place in places:
        wanted[place - 1] = str(place)
    assert applied(AROUND, f"--- a/f.py\n+++ b/f.py\n{diff}").splitlines() == wanted


@pytest.mark.parametrize(
    "diff",
    [
        "@@ -1,6 +1,6 @@\n ONE\n TWO\n THREE\n-four\n+4\n five\n six\n",
        "@@ -2,3 +2,3 @@\n TWO\n+new\n FOUR\n",
        "@@ -3,4 +3,4 @@\n three\n-four\n+4\n FIVE\n-six\n+6\n",
        "@@ -3,3 +3,3 @@\n three\n-FOUR\n+4\n five\n",
    ],
)
def test_no_more_than_that_may(diff: str) -> None:
    assert "does not fit" in refused(AROUND, f"--- a/f.py\n+++ b/f.py\n{diff}")


def test_lines_that_fit_in_several_places_without_their_context_are_refused() -> None:
    twice = "a\nsame\nb\nc\nsame\nd\n"
    said = refused(twice, "--- a/f.py\n+++ b/f.py\n@@\n x\n-same\n+other\n y\n")
    assert "fits equally well at lines 2 and 5" in said
