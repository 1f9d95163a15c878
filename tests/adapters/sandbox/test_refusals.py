"""Where a layer is missing, or only pretends to be there, nothing is run."""

import json
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox, state_of
from mendloop.adapters.sandbox.process import Report
from mendloop.errors import InvalidInput, Unavailable

pytestmark = [pytest.mark.anyio, pytest.mark.promise("sandbox/fail-closed")]

_CREATE, _RESTRICT = 444, 446
_SECCOMP = {"x86_64": 317, "aarch64": 277}[platform.machine()]
_DOES_NOTHING, _NOT_THERE, _ANY = 0, 38, -1


def _served_without(*rules: list[int]) -> dict[str, Any]:
    """What a server says on a machine whose kernel answers some calls like this."""
    order: dict[str, Any] = {"rules": rules, "place": {}, "escapes": {}, "name": "none"}
    asked = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("apart.py"))],
        input=json.dumps(order),
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        timeout=25,
    )
    answer: dict[str, Any] = json.loads(asked.stdout)
    return answer


@pytest.mark.parametrize(
    ("call", "answer", "missing"),
    [
        (_CREATE, _NOT_THERE, "Landlock"),
        (_RESTRICT, _NOT_THERE, "not implemented"),
        (_RESTRICT, _DOES_NOTHING, "no reading outside"),
        (_SECCOMP, _NOT_THERE, "not implemented"),
        (_SECCOMP, _DOES_NOTHING, "no datagrams"),
    ],
)
def test_without_a_layer_or_with_one_that_does_nothing_no_code_is_run(
    call: int, answer: int, missing: str
) -> None:
    served = _served_without([call, answer, _ANY])
    assert served.keys() == {"refused"}
    assert served["refused"].startswith("The sandbox does not hold: ")
    assert missing in served["refused"]


async def test_a_higher_tier_than_there_is_is_refused() -> None:
    sandbox = LinuxSandbox(least_tier="A")
    with pytest.raises(Unavailable, match="tier A"):
        async with sandbox.open({}, python=sys.executable):
            pass
    assert (await sandbox.probe()).tier == "none"


def test_every_probe_must_have_been_denied() -> None:
    good = Report(layers={"seccomp": "x"}, probes={"no network": "denied"}, why="")
    assert (state_of(good).tier, state_of(good).missing) == ("B", ())
    for bad in (
        replace(good, probes={"no network": "possible"}),
        replace(good, probes={"no network": "unclear: Invalid argument"}),
        replace(good, probes={}),
        replace(good, why="Landlock: the kernel has none"),
    ):
        assert state_of(bad).tier == "none"
        assert state_of(bad).missing


async def test_the_probe_of_this_machine_names_its_layers() -> None:
    state = await LinuxSandbox().probe()
    assert (state.tier, state.missing) == ("B", ())
    assert state.layers["landlock"].startswith("version ")
    assert state.layers["no network"] == "denied"


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.py", "a/../../b", "", "a\0b"])
async def test_a_path_that_leaves_the_tree_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        async with LinuxSandbox().open({path: b""}, python=sys.executable):
            pass


async def test_an_interpreter_that_is_none_is_refused() -> None:
    for python in ("/nonexistent/python", "/bin/true"):
        with pytest.raises(Unavailable):
            async with LinuxSandbox().open({}, python=python):
                pass
