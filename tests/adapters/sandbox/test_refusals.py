"""Where a layer is missing, or only pretends to be there, nothing is run."""

import platform
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.adapters.sandbox.process import Report
from mendloop.adapters.sandbox.tiers import hints, state_of
from mendloop.errors import InvalidInput, Unavailable
from tests.escape.servers import order, served
from tests.escape.tiers import tier_or_skip

pytestmark = [pytest.mark.anyio, pytest.mark.promise("sandbox/fail-closed")]

_CREATE, _RESTRICT = 444, 446
_SECCOMP = {"x86_64": 317, "aarch64": 277}[platform.machine()]
_DOES_NOTHING, _NOT_THERE, _ANY = 0, 38, -1


@pytest.mark.parametrize("tier", ["A", "B"])
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
    call: int, answer: int, missing: str, tier: str
) -> None:
    rules = [call, answer, _ANY]
    told = served(order({}, rules, least=tier_or_skip(tier), best=tier, empty=True))
    assert told.keys() == {"refused", "hint"}
    assert told["refused"].startswith("The sandbox does not hold: ")
    assert missing in told["refused"]
    assert "Landlock" in told["hint"]


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A path of programs on which bubblewrap is not."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("no_bubblewrap")
async def test_without_bubblewrap_the_next_tier_is_used_and_says_what_would_help() -> None:
    state = await LinuxSandbox().probe()
    assert (state.tier, state.missing) == ("B", ())
    assert state.layers["tier A"] == "not here: bubblewrap is not installed"
    assert "apt-get install bubblewrap" in state.hints[0]


@pytest.mark.usefixtures("no_bubblewrap")
async def test_a_demanded_tier_that_does_not_come_up_is_refused_with_how_to_mend_it() -> None:
    sandbox = LinuxSandbox(least_tier="A")
    with pytest.raises(Unavailable, match="bubblewrap is not installed") as refusal:
        async with sandbox.open({}, python=sys.executable):
            pass
    assert "apt-get install bubblewrap" in refusal.value.hint
    state = await sandbox.probe()
    assert (state.tier, state.missing) == ("none", ("bubblewrap is not installed",))


@pytest.mark.parametrize("tier", ["C", "S", ""])
async def test_a_tier_that_this_machine_cannot_have_is_refused(tier: str) -> None:
    sandbox = LinuxSandbox(least_tier=tier, best_tier="Z")
    with pytest.raises(Unavailable, match="cannot be had"):
        async with sandbox.open({}, python=sys.executable):
            pass


async def test_a_bubblewrap_with_root_s_rights_is_not_used(no_bubblewrap: Path) -> None:
    made = no_bubblewrap / "bwrap"
    made.write_text("#!/bin/sh\n", encoding="utf-8")
    made.chmod(0o4755)
    state = await LinuxSandbox(least_tier="A").probe()
    assert state.missing == ("bubblewrap is setuid",)
    assert "chmod u-s" in state.hints[0]


async def test_a_bubblewrap_that_only_starts_the_program_is_found_out(no_bubblewrap: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("there are no namespaces")
    made = no_bubblewrap / "bwrap"
    made.write_text(_PRETENDER, encoding="utf-8")
    made.chmod(0o755)
    state = await LinuxSandbox(least_tier="A").probe()
    assert state.tier == "none"
    wanted = {
        "no /proc",
        "no names of other files",
        "no network in common",
        "no process of the server",
        "no processes in common",
        "no shell",
        "no socket of the server",
    }
    assert wanted <= set(state.missing)
    assert any("apparmor_restrict_unprivileged_userns" in hint for hint in state.hints)


_PRETENDER = f"""#!{sys.executable}
import json, os, sys
words = sys.argv[1:]
worker = words[words.index("/mendloop-worker") - 1]
with os.fdopen(int(words[words.index("--info-fd") + 1]), "w") as told:
    json.dump({{"child-pid": os.getpid()}}, told)
own = words[words.index("--") + 1:]
os.execv(own[0], [word.replace("/mendloop-worker", worker) for word in own])
"""
"""Makes nothing of what it is asked for."""


async def test_a_bubblewrap_that_may_make_no_namespaces_says_so(no_bubblewrap: Path) -> None:
    made = no_bubblewrap / "bwrap"
    complaint = "bwrap: setting up uid map: Permission denied"
    made.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n", encoding="utf-8")
    made.chmod(0o755)
    state = await LinuxSandbox().probe()
    assert state.tier == "B"
    assert complaint in state.layers["tier A"]
    assert "apparmor_restrict_unprivileged_userns" in state.hints[0]
    assert "docker run --security-opt seccomp=" in state.hints[0]


def test_every_probe_must_have_been_denied() -> None:
    good = Report(layers={"seccomp": "x"}, probes={"no network": "denied"}, why="")
    for tier in ("A", "B"):
        assert (state_of(good, tier).tier, state_of(good, tier).missing) == (tier, ())
    for bad in (
        replace(good, probes={"no network": "possible"}),
        replace(good, probes={"no network": "unclear: Invalid argument"}),
        replace(good, probes={}),
        replace(good, why="Landlock: the kernel has none"),
    ):
        assert state_of(bad, "A").tier == "none"
        assert state_of(bad, "A").missing
        assert state_of(bad, "A").hints


def test_each_way_of_mending_is_told_once() -> None:
    told = hints(["no network in common", "bwrap: No permissions to create new namespace", "x"])
    assert len(told) == 2


async def test_the_probe_of_this_machine_names_its_layers(tier: str) -> None:
    state = await LinuxSandbox(best_tier=tier).probe()
    assert (state.tier, state.missing, state.hints) == (tier, (), ())
    assert state.layers["landlock"].startswith("version ")
    assert state.layers["no network"] == "denied"
    assert ("no /proc" in state.layers) is (tier == "A")


async def test_the_best_tier_that_holds_is_used() -> None:
    state = await LinuxSandbox().probe()
    assert state.tier == ("A" if shutil.which("bwrap") else "B")


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
