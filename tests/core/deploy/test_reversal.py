from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.deploy.reversal import Edited, in_force, reversal
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.ids import DeploymentId, Digest, digest_of
from mendloop.model.proposal import NO_FILE, FileChange
from tests.store.nouns import DEPLOYMENT

A, B, C = (digest_of(letter) for letter in (b"a", b"b", b"c"))


def deployed(name: str, old: Digest | None, new: Digest) -> Deployment:
    return replace(
        DEPLOYMENT,
        id=DeploymentId(name),
        files=(FileChange(path="a.py", old=old, new=new),),
        progress=Progress.COMMITTED,
    )


def taken_back(name: str) -> Deployment:
    return replace(
        deployed(f"{name}-back", B, A),
        kind=DeploymentKind.ROLLBACK,
        undoes=DeploymentId(name),
    )


def test_the_way_back_is_from_new_to_old() -> None:
    assert reversal(deployed("d", A, B), {"a.py": B}) == (FileChange(path="a.py", old=B, new=A),)


def test_a_file_that_was_made_goes() -> None:
    assert reversal(deployed("d", None, B), {"a.py": B}) == (
        FileChange(path="a.py", old=B, new=NO_FILE),
    )


def test_what_is_back_already_stays() -> None:
    assert reversal(deployed("d", A, B), {"a.py": A}) == (FileChange(path="a.py", old=A, new=A),)
    assert reversal(deployed("d", None, B), {"a.py": None}) == (
        FileChange(path="a.py", old=None, new=NO_FILE),
    )


@given(
    old=st.sampled_from([None, A, B, C]),
    new=st.sampled_from([A, B, C]),
    held=st.sampled_from([None, A, B, C]),
)
@pytest.mark.promise("deploy/outside-edits-are-kept")
def test_anything_else_is_somebodys_edit(
    old: Digest | None, new: Digest, held: Digest | None
) -> None:
    answer = reversal(deployed("d", old, new), {"a.py": held})

    assert isinstance(answer, Edited) == (held not in {old, new})


def test_in_force_is_the_newest_whose_bytes_are_in_place_and_not_taken_back() -> None:
    first, second = deployed("d-1", A, B), deployed("d-2", B, C)

    assert in_force([second, first], {"a.py": C}) == second
    assert in_force([second, first], {"a.py": B}) == first
    assert in_force([second, first], {"a.py": A}) is None
    assert in_force([taken_back("d-2"), second, first], {"a.py": C}) is None
    assert in_force([taken_back("d-2"), second, first], {"a.py": B}) == first
    assert in_force([replace(first, progress=Progress.UNDONE)], {"a.py": B}) is None
    assert in_force([], {}) is None
