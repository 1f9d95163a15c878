"""The way between two versions, and the files that it comes to."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.deploy.cascade import Way, taken, way
from mendloop.core.deploy.reversal import Edited
from mendloop.core.deploy.versions import Step, ancestors, line, next_versions
from mendloop.model.deployment import Deployment, DeploymentKind, Progress, Version
from mendloop.model.ids import DeploymentId, Digest, TargetName, digest_of
from mendloop.model.proposal import FileChange
from tests.store.nouns import DEPLOYMENT

TARGET = TargetName("a")
COMMITTED = replace(DEPLOYMENT, progress=Progress.COMMITTED, targets=(TARGET,))


def change(path: str, old: bytes, new: bytes) -> FileChange:
    return FileChange(path=path, old=digest_of(old), new=digest_of(new))


def deployed(number: int, *files: FileChange) -> Deployment:
    return replace(COMMITTED, id=DeploymentId(f"d-{number}"), files=files)


def history(*made: Deployment) -> tuple[Version, ...]:
    """The versions of ``a``, newest first."""
    known: tuple[Version, ...] = ()
    for each in made:
        own = each.files[0]
        step = Step(target=TARGET, path="a", old=own.old, new=own.new, meant=True)
        known = (*reversed(next_versions(known, step, each)), *known)
    return known


def files(found: tuple[FileChange, ...] | Edited) -> dict[str, tuple[Digest | None, Digest]]:
    assert not isinstance(found, Edited), found
    return {each.path: (each.old, each.new) for each in found if each.old != each.new}


ONE = deployed(1, change("a", b"1", b"2"), change("b", b"x", b"y"))
TWO = deployed(2, change("a", b"2", b"3"))
BACK = replace(
    COMMITTED,
    id=DeploymentId("d-9"),
    kind=DeploymentKind.ROLLBACK,
    files=(change("a", b"3", b"2"),),
)
MADE = {each.id: each for each in (ONE, TWO, BACK)}


def test_the_way_back_undoes_every_deployment_between_in_all_its_files() -> None:
    known = history(ONE, TWO)
    steps = way(known, known[-1])
    assert [each.number for each in steps.undone] == [3, 2]
    now: dict[str, Digest | None] = {"a": digest_of(b"3"), "b": digest_of(b"y")}
    assert files(taken(steps, MADE, now)) == {
        "a": (digest_of(b"3"), digest_of(b"1")),
        "b": (digest_of(b"y"), digest_of(b"x")),
    }


def test_what_was_brought_back_stands_for_what_it_was() -> None:
    known = history(ONE, TWO, BACK)
    assert known[0].digest == digest_of(b"2")
    steps = way(known, known[-1])
    assert [each.deployment for each in steps.undone] == [ONE.id]
    assert [each.number for each in way(known, known[1]).redone] == [3]


def test_a_file_that_holds_something_else_stops_all_of_it() -> None:
    known = history(ONE)
    now: dict[str, Digest | None] = {"a": digest_of(b"2"), "b": digest_of(b"edited")}
    assert taken(way(known, known[-1]), MADE, now) == Edited("b")


def test_to_where_one_stands_there_is_no_way_to_go() -> None:
    known = history(ONE, TWO)
    assert way(known, known[0]) == Way(undone=(), redone=())


@given(st.lists(st.sampled_from([b"p", b"q", b"r"]), min_size=1, max_size=7), st.data())
def test_back_and_on_again_is_where_one_came_from(
    contents: list[bytes], data: st.DataObject
) -> None:
    before, made = b"0", list[Deployment]()
    for number, content in enumerate(contents):
        made.append(deployed(number, change("a", before, content)))
        before = content
    known = history(*made)
    wanted = data.draw(st.sampled_from(known))
    by_id = {each.id: each for each in made}
    now: dict[str, Digest | None] = {"a": known[0].digest}

    there = taken(way(known, wanted), by_id, now)

    assert not isinstance(there, Edited)
    assert {each.path: each.new for each in there} == {"a": wanted.digest}


@given(st.lists(st.one_of(st.none(), st.integers(1, 6)), min_size=1, max_size=6))
def test_a_line_of_versions_always_ends(parents: list[int | None]) -> None:
    [first] = history(ONE)[-1:]
    known = tuple(
        replace(first, number=number, parent=parent)
        for number, parent in reversed(list(enumerate(parents, 1)))
    )
    found = line(known, known[0])
    assert found[0] == known[0]
    assert len(found) <= len(known) + 1
    assert list(ancestors(known)) == list(found[1:])
