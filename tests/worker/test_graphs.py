"""Objects that refer to each other cross every wall as they are: shared, cyclic, each once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from mendloop.adapters.sandbox import frames
from mendloop.core.record.values import Malformed, answer, encoded, encoded_call
from mendloop.core.validate.compare import same
from mendloop.model.settled import settled
from mendloop.model.value import Encoded, canonical
from mendloop.recorder import classes as recorder_classes
from mendloop.recorder import encode as recorder_encode
from mendloop.recorder.graphs import take, take_all
from mendloop.worker import classes, codec
from tests.model.orders import called_otherwise

_MOST = 1_000_000
_HERE = Path(__file__).parent
_NODE = "test_graphs.py:Node"


class Node:
    """A node whose making, and whose attributes' setting, must not run."""

    def __init__(self, value: object, links: object = None) -> None:
        self.value = value
        self.links = links


class Slotted:
    __slots__ = ("links", "value")

    def __init__(self, value: object, links: object = None) -> None:
        self.value = value
        self.links = links


class Guarded:
    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.__dict__["value"] = 1

    @override
    def __setattr__(self, name: str, value: object) -> None:
        raise AssertionError(name)

    def __setstate__(self, state: object) -> None:
        raise AssertionError(state)

    @property
    def size(self) -> int:
        raise AssertionError


@pytest.fixture(autouse=True)
def home() -> Iterator[None]:
    recorder_classes.at_home(str(_HERE))
    classes.at_home(str(_HERE))
    yield
    recorder_classes.at_home("")
    classes.at_home("")


@st.composite
def _graphs(draw: st.DrawFn) -> list[Any]:
    """Arguments of a call: nodes of one random graph, and containers of them."""
    kinds = draw(st.lists(st.sampled_from([Node, Slotted]), min_size=1, max_size=6))
    nodes: list[Any] = [kind(draw(st.integers(0, 2))) for kind in kinds]
    shared: list[Any] = [[], {}, set()]
    some = st.lists(st.sampled_from(nodes), max_size=3)
    shared[0] += draw(some)
    shared[1].update(dict.fromkeys(draw(some), 1))
    shared[2].update(draw(some))
    forms = st.one_of(
        some,
        some.map(tuple),
        some.map(set),
        some.map(frozenset),
        some.map(lambda items: {(one, items[0]): 7 for one in items}),
        st.sampled_from(nodes),
        st.sampled_from(shared),
        st.none(),
    )
    for node in nodes:
        node.links = draw(forms)
    if draw(st.booleans()):
        shared[0].append(shared)
    return draw(st.lists(forms, min_size=1, max_size=3))


def _recorded(values: list[Any]) -> list[Encoded]:
    raw = [json.loads(recorder_encode.encoded(taken).text) for taken in take_all(values)]
    read, _ = encoded_call(tuple(encoded(value, "args") for value in raw), {})
    return list(read)


def _observed(value: object) -> Encoded:
    raw = json.loads(json.dumps(codec.encode(value, _MOST)))
    return settled([frames.checked(raw)])[0]


@given(_graphs())
def test_what_was_recorded_is_rebuilt_alike_and_recorded_the_same_again(values: list[Any]) -> None:
    told = _recorded(values)
    built, _ = codec.decode_call(json.loads(json.dumps(told)), {})

    assert all(map(same, told, _recorded(built)))
    for value, again in zip(values, built, strict=True):
        assert same(_observed(again), _observed(value))


@given(_graphs())
def test_recorder_and_sandbox_write_a_graph_alike(values: list[Any]) -> None:
    for value in values:
        taken = json.loads(recorder_encode.encoded(take(value)).text)
        assert same(answer(taken, "result"), _observed(value))


@given(_graphs())
def test_the_one_form_of_a_graph_is_its_own(values: list[Any]) -> None:
    told = _recorded(values)

    assert settled(told) == told


@given(_graphs(), st.randoms(use_true_random=False))
def test_the_order_in_which_objects_and_elements_are_met_is_no_difference(
    values: list[Any], chance: Any
) -> None:
    told: Any = _observed(values)
    if "$graph" not in told:
        return
    shapes, objects, root = told["$graph"]

    assert settled(called_otherwise(shapes, objects, [root], chance)) == [told]


def test_arguments_share_the_objects_that_they_shared() -> None:
    goal = Node("b")
    start = Node("a", [goal])
    goal.links = [start]

    (one, other, edges), _ = codec.decode_call(_recorded([start, goal, {(start, goal): 3}]), {})

    assert one.links[0] is other
    assert other.links[0] is one
    assert edges == {(one, other): 3}
    assert type(one) is Node


def test_equal_copies_stay_apart() -> None:
    (one, other), _ = codec.decode_call(_recorded([Node(1), Node(1)]), {})

    assert one is not other


def test_a_list_of_many_links_is_kept_and_rebuilt() -> None:
    first: Any = None
    for value in range(1_000):
        first = Node(value, first)

    (built,), _ = codec.decode_call(_recorded([first]), {})
    count = 0
    while built is not None:
        built, count = built.links, count + 1

    assert count == 1_000


def test_too_many_objects_are_not_kept() -> None:
    assert _recorded([[Node(value) for value in range(2_001)]]) == [{"$opaque": "too large"}]


@pytest.mark.promise("sandbox/objects-without-their-code")
def test_no_code_of_a_class_runs_when_an_object_is_rebuilt() -> None:
    told = _recorded([Guarded()])
    before = Guarded.made

    (built,), _ = codec.decode_call(told, {})

    assert (type(built), vars(built), Guarded.made) == (Guarded, {"value": 1}, before)


def test_objects_are_rebuilt_nowhere_but_in_the_sandbox() -> None:
    with pytest.raises(codec.NotRebuiltError, match="in the sandbox only"):
        codec.decode(_recorded([Node(1)])[0])


class Words(list[str]):
    """More than its attributes."""


@pytest.mark.parametrize("value", [Words(["a"]), ValueError("a"), object(), Node])
def test_what_is_more_than_its_attributes_is_opaque(value: object) -> None:
    assert "$opaque" in canonical(_recorded([value])[0])
    assert "$opaque" in canonical(_observed(value))


def test_a_class_outside_the_workspace_is_not_looked_up() -> None:
    for name in ("../x.py:Node", "test_codec.py:json", "gone.py:Node", "test_graphs.py:Nobody"):
        with pytest.raises(classes.NotHereError):
            classes.find(name)


_ONE = [[_NODE, "value"]]
_WRONG: list[tuple[Any, str]] = [
    ([_ONE, [[0, {"$ref": 1}]], None], "there is no object 1"),
    ([_ONE, [[0, {"$ref": -1}]], None], "there is no object -1"),
    ([_ONE, [[0, {"$ref": True}]], None], "a reference is the number of an object"),
    ([_ONE, [[1, 2]], None], "begins with neither"),
    ([_ONE, [[0, 1, 2]], None], "as many parts"),
    ([[["/etc/x.py:Node"]], [], None], "a class is named as"),
    ([[["a/../../x.py:Node"]], [], None], "a class is named as"),
    ([[["os.system"]], [], None], "a class is named as"),
    ([[[_NODE, "a", "a"]], [], None], "an attribute twice"),
    ([_ONE, [["set", {"$ref": 0}]], None], "stands in a set"),
    ([_ONE, [["list"]], {"$d": [[{"$t": [{"$ref": 0}]}, 1]]}], "stands in a set"),
    ([_ONE, [["list"]] * 2_001, None], "at most 2000 objects"),
    ([_ONE, [[0, {"$graph": [[], [], None]}]], None], "a graph stands in a graph"),
]


@pytest.mark.parametrize(("content", "wrong"), _WRONG)
def test_a_graph_that_cannot_be_is_refused(content: Any, wrong: str) -> None:
    with pytest.raises(Malformed, match=wrong):
        encoded({"$graph": content}, "args[0]")
    with pytest.raises(frames.MalformedError):
        frames.checked({"$graph": content})


def test_what_only_looks_a_little_like_a_graph_is_a_dict() -> None:
    assert encoded({"$graph": "x"}, "args[0]") == {"$d": [["$graph", "x"]]}
    assert encoded({"$ref": 5}, "args[0]") == {"$d": [["$ref", 5]]}
