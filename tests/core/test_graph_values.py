"""What is done with values does not stop at objects: shrunk, varied, told, cleaned of secrets."""

from typing import Any

from mendloop.core.investigate.shapes import type_of
from mendloop.core.investigate.shrink import reductions, size
from mendloop.core.record.redact import Redactor
from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.compare import same
from mendloop.core.validate.perturb import perturbed
from mendloop.core.validate.synthetic import synthetic
from mendloop.model.graph import fault_within
from mendloop.model.observation import Case
from mendloop.model.settled import settled
from mendloop.model.shown import shown, shown_call
from mendloop.model.value import Encoded, canonical

_SHAPES: list[Any] = [["tools/node.py:Node", "next", "value"]]
_RING: list[Any] = [[0, {"$ref": 1}, "a"], [0, {"$ref": 2}, "b"], [0, {"$ref": 0}, "c"]]
_START: Encoded = {"$graph": [_SHAPES, _RING, {"$ref": 0}]}
_GOAL: Encoded = {"$graph": [_SHAPES, _RING, {"$ref": 2}]}
_EDGES: Encoded = {"$graph": [_SHAPES, _RING, {"$d": [[{"$t": [{"$ref": 0}, {"$ref": 1}]}, 7]]}]}


def tables(values: tuple[Encoded, ...]) -> set[str]:
    found = set[str]()
    for value in values:
        match value:
            case {"$graph": [shapes, objects, _]}:
                found.add(canonical([shapes, objects]))
            case _:
                pass
    return found


def test_smaller_calls_hold_graphs_that_can_be_and_get_smaller() -> None:
    args = (_EDGES, _START, _GOAL)
    whole = size({"args": list(args), "kwargs": {}})

    found = list(reductions(args, {}))

    assert len(found) > 10
    for smaller, _ in found:
        assert not fault_within(list(smaller))
        assert settled(smaller) == list(smaller)
        assert size({"args": list(smaller), "kwargs": {}}) < whole
    assert any(
        tables(smaller) != tables(args) and len(tables(smaller)) == 1 for smaller, _ in found
    )


def test_a_value_in_an_object_gets_smaller_in_all_arguments_that_share_it() -> None:
    found = [smaller for smaller, _ in reductions((_START, _GOAL), {})]

    assert any('"value"' in canonical(one[0]) and "null" in canonical(one[0]) for one in found)


def test_near_misses_of_a_graph_are_graphs() -> None:
    case = TestCase(
        case=Case(id="1", args=(_START, _GOAL), kwargs={}),
        origin=Origin.FAILING,
        wanted=SameAsBefore(),
    )

    found = [one.case.args for one in perturbed([case], most=50)]

    assert len(found) > 5
    assert not any(fault_within(list(args)) for args in found)
    assert any(len(tables(args)) == 1 and tables(args) != tables((_START, _GOAL)) for args in found)


def test_dicts_keyed_by_objects_are_equal_in_any_order() -> None:
    pairs: list[Encoded] = [[{"$ref": 0}, 1], [{"$ref": 1}, 2], [{"$ref": 2}, 3]]
    one: Encoded = {"$graph": [_SHAPES, _RING, {"$d": pairs}]}
    other: Encoded = {"$graph": [_SHAPES, _RING, {"$d": pairs[::-1]}]}

    assert same(settled([one])[0], settled([other])[0])


def test_another_structure_is_a_difference() -> None:
    cut: list[Any] = [*_RING[:2], [0, None, "c"]]

    assert not same(_START, {"$graph": [_SHAPES, cut, {"$ref": 0}]})


def test_a_graph_is_told_in_words() -> None:
    assert shown(_START) == (
        "→0 where 0 = Node(next=→1, value='a'); 1 = Node(next=→2, value='b');"
        " 2 = Node(next=→0, value='c')"
    )
    assert shown_call((_START, 3), {"goal": _GOAL}).startswith("(→0, 3, goal=→2) where 0 = Node(")
    assert shown([1, {"$t": []}]) == canonical([1, {"$t": []}])


def test_a_long_graph_is_told_in_part() -> None:
    objects: list[Any] = [[0, {"$ref": n + 1}, n] for n in range(900)]
    text = shown({"$graph": [_SHAPES, [*objects, [0, None, 900]], {"$ref": 0}]})

    assert len(text) < 2_000
    assert text.endswith("more")


def test_a_secret_under_the_name_of_an_attribute_is_taken_out() -> None:
    shapes: list[Any] = [["tools/user.py:User", "name", "password"]]
    value: Encoded = {"$graph": [shapes, [[0, "ann", "hunter2hunter2"]], {"$ref": 0}]}

    clean = Redactor((), key=b"k").value(value)

    assert "hunter2" not in canonical(clean)
    assert not fault_within(clean)
    assert "ann" in canonical(clean)


def test_a_file_of_cases_may_hold_graphs() -> None:
    line = canonical({"args": [_START], "expected": _GOAL})

    (case,) = synthetic([line])

    assert same(case.case.args[0], settled([_START])[0])


def test_the_class_of_an_object_is_its_type() -> None:
    assert type_of(_START) == "Node"
    assert type_of(_EDGES) == "dict"
