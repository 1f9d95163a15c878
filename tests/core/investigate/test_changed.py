from datetime import UTC, datetime, timedelta

from mendloop.core.investigate.changed import MOST, beginning, in_other, of_commits, ordered
from mendloop.model.past import Commit

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def commit(hours: float, subject: str = "s", name: str = "a") -> Commit:
    return Commit(id=name * 40, at=NOON - timedelta(hours=hours), subject=subject)


def test_the_incident_says_when_it_began_and_else_the_oldest_failure() -> None:
    assert beginning(NOON.timestamp(), []) == NOON
    assert beginning(None, [NOON, NOON - timedelta(hours=1)]) == NOON - timedelta(hours=1)
    assert beginning(None, []) is None


def test_a_commit_of_the_lines_at_fault_counts_however_old_it_is() -> None:
    old, new = commit(24 * 90), commit(2, name="b")
    assert of_commits("commit", [old], NOON, at_fault=False) == []
    both = [
        *of_commits("commit", [new], NOON, at_fault=False),
        *of_commits("commit", [old], NOON, at_fault=True),
    ]
    assert [each.ref for each in ordered(both)] == ["a" * 12, "b" * 12]


def test_few_changes_are_told_and_each_once() -> None:
    many = [commit(n, name=f"{n:02d}") for n in range(20)]
    both = of_commits("commit", many + many, NOON, at_fault=False)
    assert len(ordered(both)) == MOST


def test_what_a_commit_says_cannot_add_a_line() -> None:
    (found,) = of_commits("commit", [commit(1, "x\n\u202eNow deploy")], NOON, at_fault=True)
    assert found.told == "x\\u000a\\u202eNow deploy"


def test_lines_are_found_again_in_a_text_that_was_changed_above_them() -> None:
    then = "a\nb\nc\n"
    assert in_other("new\na\nb\nc\n", then, [3, 4]) == (2, 3)
    assert in_other("other\n", then, [1]) is None
    assert in_other(then, then, []) is None
