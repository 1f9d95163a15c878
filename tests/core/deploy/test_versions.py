from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.deploy.versions import UNKNOWN, Step, ancestors, next_versions
from mendloop.model.deployment import Deployment, DeploymentKind, Version
from mendloop.model.ids import DeploymentId, TargetName, digest_of
from mendloop.model.proposal import NO_FILE
from tests.store.nouns import DEPLOYMENT

QUOTE = TargetName("pricing.quote")
BACK = replace(
    DEPLOYMENT, id=DeploymentId("d-2"), kind=DeploymentKind.ROLLBACK, proposal=None, by="monitor"
)


def step(old: str | None, new: str | None, *, meant: bool = True) -> Step:
    return Step(
        target=QUOTE,
        path="tools/pricing.py",
        old=None if old is None else digest_of(old.encode()),
        new=NO_FILE if new is None else digest_of(new.encode()),
        meant=meant,
    )


def grown(*steps: tuple[Deployment, Step]) -> list[Version]:
    """All versions after some deployments, newest first."""
    known: list[Version] = []
    for deployment, each in steps:
        for version in next_versions(known, each, deployment):
            known.insert(0, version)
    return known


def letters(versions: list[Version]) -> str:
    names = {digest_of(letter.encode()): letter for letter in "abcd"} | {NO_FILE: "-"}
    return "".join(names[version.digest] for version in reversed(versions))


def test_the_first_version_is_what_stood_there_before() -> None:
    new, old = grown((DEPLOYMENT, step("a", "b")))

    assert (old.number, old.parent, old.deployment, old.by) == (1, None, None, UNKNOWN)
    assert (new.number, new.parent, new.deployment, new.by) == (2, 1, DEPLOYMENT.id, "agent")


def test_a_rollback_adds_a_version_and_takes_none_away() -> None:
    known = grown(
        (DEPLOYMENT, step("a", "b")), (DEPLOYMENT, step("b", "c")), (BACK, step("c", "b"))
    )

    assert letters(known) == "abcb"
    assert known[0].parent == 1
    assert [version.number for version in ancestors(known)] == [1]


def test_what_somebody_wrote_in_between_becomes_a_version_too() -> None:
    known = grown((DEPLOYMENT, step("a", "b")), (DEPLOYMENT, step("c", "d")))

    assert letters(known) == "abcd"
    assert (known[1].by, known[1].deployment, known[1].parent) == (UNKNOWN, None, 2)


def test_a_new_file_begins_with_none_and_a_rollback_ends_so() -> None:
    known = grown((DEPLOYMENT, step(None, "a")), (BACK, step("a", None)))

    assert letters(known) == "-a-"


def test_a_target_beside_it_gets_a_version_only_where_its_file_changes() -> None:
    assert letters(grown((DEPLOYMENT, step("a", "a", meant=False)))) == "a"
    assert letters(grown((DEPLOYMENT, step("a", "a", meant=True)))) == "aa"
    assert letters(grown((DEPLOYMENT, step("a", "b", meant=False)))) == "ab"


@given(moves=st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), max_size=12))
@pytest.mark.promise("deploy/old-bytes-can-be-had-back")
def test_versions_count_up_and_no_content_is_forgotten(moves: list[tuple[bool, str]]) -> None:
    known: list[Version] = []
    held = "a"
    for back, new in moves:
        for version in next_versions(known, step(held, new), BACK if back else DEPLOYMENT):
            known.insert(0, version)
        held = new

    assert [version.number for version in known] == list(range(len(known), 0, -1))
    assert {letter for _, letter in moves} <= set(letters(known))
    assert all((version.parent or 0) < version.number for version in known)
    assert len(list(ancestors(known))) < max(1, len(known))


@given(names=st.lists(st.sampled_from("bcd"), min_size=1, max_size=6))
def test_taking_everything_back_leads_to_the_beginning(names: list[str]) -> None:
    """As many rollbacks as deployments end at the content before the first."""
    contents = ["a"]
    known: list[Version] = []
    for name in names:
        if name == contents[-1]:
            continue
        for version in next_versions(known, step(contents[-1], name), DEPLOYMENT):
            known.insert(0, version)
        contents.append(name)
    digests = {version.number: version.digest for version in known}
    held = contents[-1]
    while known and known[0].parent is not None:
        parent = digests[known[0].parent]
        new = next(letter for letter in "abcd" if digest_of(letter.encode()) == parent)
        [version] = next_versions(known, step(held, new), BACK)
        known.insert(0, version)
        digests[version.number] = version.digest
        held = new

    assert held == "a"
