from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.investigate.layer import guess, input_clue
from mendloop.model.diagnosis import Layer
from mendloop.model.execution import Execution, Fault, Frame, Outcome
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.target import TargetKind
from mendloop.model.value import Encoded


def fault(kind: str, message: str = "no", file: str = "tools/a.py") -> Fault:
    return Fault(type=kind, message=message, frames=(Frame(file=file, line=1, function="f"),))


def call(*args: Encoded, **kwargs: Encoded) -> Execution:
    settings: dict[str, Any] = {"args": args, "kwargs": kwargs}
    return Execution(
        id=ExecutionId("e-1"),
        target=TargetName("f"),
        at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=0.1,
        outcome=Outcome.OK,
        **settings,
    )


@pytest.mark.parametrize(
    ("faults", "replayed", "reproduced", "clue", "layer"),
    [
        ([fault("ModuleNotFoundError")] * 3, 3, 3, "", Layer.DEPENDENCY),
        ([fault("builtins.ImportError")], 0, 0, "", Layer.DEPENDENCY),
        ([fault("FileNotFoundError")] * 2, 2, 2, "", Layer.ENVIRONMENT),
        ([fault("requests.exceptions.ConnectTimeout")], 1, 0, "", Layer.ENVIRONMENT),
        ([fault("KeyError", "'API_KEY'")], 1, 1, "", Layer.CONFIGURATION),
        ([fault("KeyError", "'region'")], 1, 1, "", Layer.CONFIGURATION),
        ([fault("KeyError", "'x'", "app/settings.py")], 1, 1, "", Layer.CONFIGURATION),
        ([fault("TypeError")] * 9, 9, 9, "argument 1 is None", Layer.INPUT),
        ([fault("TypeError")] * 9, 9, 9, "", Layer.CODE),
        ([fault("RecursionError")], 1, 1, "argument 1 is None", Layer.CODE),
        ([], 5, 5, "", Layer.CODE),
        ([fault("TypeError")] * 9, 9, 2, "", Layer.ENVIRONMENT),
        ([fault("TypeError")], 0, 0, "", Layer.UNKNOWN),
        ([fault("ImportError"), fault("TypeError"), fault("TypeError")], 3, 3, "", Layer.CODE),
    ],
)
def test_the_signs_point_to_a_layer(
    faults: list[Fault], replayed: int, reproduced: int, clue: str, layer: Layer
) -> None:
    found, confidence, why = guess(
        faults=faults,
        replayed=replayed,
        reproduced=reproduced,
        input_clue=clue,
        kind=TargetKind.FUNCTION,
    )
    assert found is layer
    assert 0.0 < confidence < 1.0
    assert why.endswith(".")


@pytest.mark.parametrize(
    ("kind", "layer"),
    [(TargetKind.TEXT, Layer.PROMPT), (TargetKind.CONSTANT, Layer.CONFIGURATION)],
)
def test_what_is_no_function_is_its_own_layer(kind: TargetKind, layer: Layer) -> None:
    found = guess(faults=[fault("OSError")], replayed=0, reproduced=0, input_clue="", kind=kind)
    assert found[0] is layer


@given(st.integers(1, 50), st.integers(0, 50))
def test_the_more_failures_come_again_the_surer_it_is_the_code(replayed: int, less: int) -> None:
    def sure(reproduced: int) -> float:
        layer, confidence, _ = guess(
            faults=[],
            replayed=replayed,
            reproduced=reproduced,
            input_clue="",
            kind=TargetKind.FUNCTION,
        )
        return confidence if layer is Layer.CODE else 0.0

    assert sure(replayed) >= sure(max(replayed - less, 0))


@pytest.mark.parametrize(
    ("failing", "passing", "clue"),
    [
        ([call(1, None), call(2, None)], [call(1, 2)], "argument 2 is None"),
        ([call(1, None), call(2, None)], [call(1, 2), call(1, None)], ""),
        ([call(x="")], [call(x="a")], "argument 'x' is an empty str"),
        ([call({"$t": []})], [call([1])], "argument 1 is $t"),
        ([call(1), call("a")], [call(2.0)], ""),
        ([call(x=1)], [call()], "argument 'x' is int"),
        ([call()], [call(1)], ""),
        ([], [call(1)], ""),
        ([call(1)], [], ""),
    ],
)
def test_what_sets_failing_arguments_apart_is_said(
    failing: list[Execution], passing: list[Execution], clue: str
) -> None:
    found = input_clue(failing, passing)
    assert found.startswith(clue)
    assert bool(found) == bool(clue)
