"""Whatever passes, the observer survives it and goes on to see what is good."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interfaces.proxy.corpus import FROM_CLIENT, FROM_SERVER
from tests.interfaces.proxy.seen import Seen, answer, call

CASES = [
    *(pytest.param("client", raw, id=f"client: {name}") for name, raw in FROM_CLIENT.items()),
    *(pytest.param("server", raw, id=f"server: {name}") for name, raw in FROM_SERVER.items()),
]


def test_the_corpus_is_as_large_as_it_was() -> None:
    assert (len(FROM_CLIENT), len(FROM_SERVER)) == (50, 24)
    assert len({*FROM_CLIENT.values()}) == 50


@pytest.mark.promise("proxy/observer-survives-anything")
@pytest.mark.parametrize(("side", "raw"), CASES)
def test_good_calls_around_it_are_recorded(side: str, raw: bytes) -> None:
    seen = Seen()
    seen.client(call(1, "before"))
    (seen.client if side == "client" else seen.server)(raw)
    seen.server(answer(1))
    seen.client(call(2, "after"))
    seen.server(answer(2))
    seen.end()
    good = [each["target"] for each in seen.records if each["outcome"] == "ok"]
    assert good == ["server.before", "server.after"]


def test_a_too_long_answer_takes_its_call_out_of_the_count() -> None:
    seen = Seen()
    seen.client(call(1), call(2))
    seen.server(b'{"jsonrpc":"2.0","id":1,"result":{"content":"' + b"x" * 5_000_000 + b'"}}')
    seen.server(answer(2))
    seen.end()
    assert len(seen.records) == 1
    assert (seen.counts.unsure, seen.counts.too_long) == (1, 1)


def test_a_too_long_answer_of_which_the_id_is_not_known_leaves_no_call_certain() -> None:
    seen = Seen()
    seen.client(call(1), call(2))
    seen.server(b'{"result":{"id":1,"content":"' + b"x" * 5_000_000 + b'"},"id":2}')
    seen.end()
    assert seen.records == []
    assert seen.counts.unsure == 2


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=200)), max_size=20))
def test_random_bytes_never_break_the_observer(chunks: list[tuple[bool, bytes]]) -> None:
    seen = Seen()
    for from_client, raw in chunks:
        (seen.client if from_client else seen.server)(raw)
    seen.client(b"", call("good"))
    seen.server(b"", answer("good"))
    assert [each["target"] for each in seen.records][-1] == "server.add"


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)


plain: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
)
json_values = st.recursive(plain, nested, max_leaves=8)
keys = st.sampled_from(
    ["id", "method", "params", "result", "error", "name", "arguments", "_meta", "taskId", "task"]
)
methods = st.sampled_from(["tools/call", "initialize", "tasks/get", "notifications/cancelled"])
messages = st.dictionaries(keys, methods | json_values | st.dictionaries(keys, json_values))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.booleans(), messages), max_size=8))
def test_messages_of_any_shape_never_break_it_either(
    said: list[tuple[bool, dict[str, object]]],
) -> None:
    seen = Seen()
    for from_client, message in said:
        (seen.client if from_client else seen.server)(message)
    seen.client(call("good"))
    seen.server(answer("good"))
    seen.end()
    assert "server.add" in [each["target"] for each in seen.records]
