"""A record's world: bounded and checked when it is read, and without secrets when it is kept."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.record.read import Unreadable, prepared, read_record
from mendloop.core.record.redact import Redactor
from mendloop.core.record.written import line_of
from mendloop.model.execution import Execution
from mendloop.model.target import SideEffect
from mendloop.model.world import WORLDLY, Clock, Exchange, FileRead, World, world_record
from mendloop.model.world_reading import read_world

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SECRET = "tr0ub4dor&3/very secret"  # noqa: S105  made up
texts = st.text(max_size=20)
bodies = texts | st.binary(max_size=20).map(lambda some: {"$b": some.hex()})
exchanges = st.builds(
    Exchange,
    method=st.sampled_from(["GET", "POST"]),
    uri=texts,
    hidden=st.lists(texts, max_size=3).map(tuple),
    asked=st.none() | bodies | st.just({"$opaque": "not kept"}),
    status=st.integers(100, 599),
    reason=texts,
    headers=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    answer=bodies,
)
files = st.builds(
    FileRead,
    path=texts,
    content=st.none() | bodies,
    digest=st.just("") | st.just("a" * 64),
    there=st.booleans(),
)
worlds = st.builds(
    World,
    kept=st.frozensets(st.sampled_from(sorted(WORLDLY))),
    lost=st.dictionaries(st.sampled_from(sorted(WORLDLY)), texts, max_size=2),
    clock=st.none()
    | st.builds(Clock, at=st.integers(0, 2**52), offset=st.integers(-86_399, 86_399)),
    random=st.just("") | st.just("A" * 3_346 + "=="),
    exchanges=st.lists(exchanges, max_size=3).map(tuple),
    files=st.lists(files, max_size=3).map(tuple),
)
RAW: dict[str, Any] = {
    "kept": ["network"],
    "exchanges": [{"method": "GET", "uri": "http://a.test/", "status": 200, "answer": "{}"}],
}


def read(world: object) -> Execution | Unreadable:
    raw = {"target": "shop.total", "outcome": "ok", "world": world}
    return read_record(raw, now=NOW, new_id=lambda: "x-1")


def good(world: object) -> Execution:
    found = read(world)
    assert not isinstance(found, Unreadable), found
    return found


@given(worlds)
def test_a_world_is_the_same_after_it_was_written_and_read(world: World) -> None:
    assert read_world(world_record(world)) == world


@given(worlds)
def test_what_is_exported_can_be_imported(world: World) -> None:
    execution = good(world_record(world))
    line = line_of(execution)
    assert line.isascii()
    assert execution.world == world


@pytest.mark.promise("record/broken-records-are-refused-by-name")
@pytest.mark.parametrize(
    ("world", "named"),
    [
        ([], "world must be an object"),
        ({"loose": True}, "world has only clock"),
        ({"kept": ["subprocess"]}, "world.kept"),
        ({"lost": {"network": "x" * 300}}, "world.lost"),
        ({"clock": {"at": -1}}, "world.clock.at"),
        ({"clock": {"at": 1, "offset": 10**6}}, "world.clock.offset"),
        ({"random": "AAAA"}, "world.random"),
        ({"exchanges": [RAW["exchanges"][0]] * 51}, "world.exchanges"),
        ({"exchanges": [RAW["exchanges"][0] | {"status": True}]}, "status"),
        ({"exchanges": [RAW["exchanges"][0] | {"method": "GET /"}]}, "method"),
        ({"exchanges": [RAW["exchanges"][0] | {"answer": {"$b": "zz"}}]}, "answer"),
        ({"exchanges": [RAW["exchanges"][0] | {"answer": {"$opaque": "x"}}]}, "answer"),
        ({"exchanges": [RAW["exchanges"][0] | {"headers": [["a"]]}]}, "headers"),
        ({"files": [{"path": 5}]}, "world.files.path"),
        ({"files": [{"path": "a", "digest": "x"}]}, "world.files"),
        ({"files": [{"path": "a", "content": "x" * 1_300_000}]}, "world has more than"),
    ],
)
def test_a_world_that_cannot_be_is_refused_by_name(world: object, named: str) -> None:
    found = read(world)
    assert isinstance(found, Unreadable)
    assert named in found.reason


@pytest.mark.promise("record/worlds-hold-no-credentials")
def test_known_secrets_go_out_of_a_world_and_the_state_of_chance_stays() -> None:
    spoken = f"it is {SECRET}"
    world = World(
        kept=frozenset({SideEffect.NETWORK}),
        random="A" * 3_346 + "==",
        exchanges=(
            Exchange(
                method="GET",
                uri=f"http://a.test/{SECRET}",
                asked=spoken,
                status=200,
                headers=(("X-Note", spoken),),
                answer=spoken,
            ),
        ),
        files=(FileRead(path="/a", content=spoken),),
    )
    execution = replace(good(None), world=world)
    clean = prepared(execution, None, Redactor([SECRET], key=b"key")).world
    assert clean is not None
    assert SECRET not in str(world_record(clean))
    assert clean.random == world.random
    assert clean.exchanges[0].asked == {"$opaque": "redacted"}


def test_two_calls_that_were_told_the_same_are_one() -> None:
    one = read_world(RAW)
    later = replace(one, clock=Clock(at=5, offset=0), random="A" * 3_346 + "==")
    assert one.told == later.told != b""
    other = replace(one, exchanges=(replace(one.exchanges[0], answer="[]"),))
    assert other.told != one.told
    assert World().told == b""
