"""The filters, run step by step on the calls that matter, for both machines."""

import re
import struct
from pathlib import Path

import pytest

from mendloop.worker import seccomp, syscalls
from mendloop.worker.seccomp import Level

_ALLOW, _EPERM, _ENOSYS, _KILL = 0x7FFF0000, 0x50001, 0x50026, 0x80000000
_CLONE_THREAD, _SIGCHLD, _NEW_USER = 0x3D0F00, 17, 0x10000000
_HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
_OTHER_NAMES = {"newfstatat": "fstatat", "fadvise64": "fadvise64"}


def _decide(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """What a filter answers (classic BPF, the few steps that are used)."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, arch, 0, *[word & (2**64 - 1) for word in words])
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    held, place = 0, 0
    while True:
        code, when_true, when_false, operand = steps[place]
        place += 1
        if code == 0x06:
            return int(operand)
        if code == 0x20:
            (held,) = struct.unpack_from("=I", data, operand)
        else:
            tests = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}
            place += when_true if tests[code] else when_false


class _Machine:
    """One machine's filters."""

    def __init__(self, name: str) -> None:
        self.arch, self.numbers = syscalls.TABLES[name]

    def answer(self, level: Level, call: str, *arguments: int, scoped: bool = True) -> int:
        program = seccomp.program(level, scoped=scoped)
        return _decide(program, self.arch, self.numbers[call], *arguments)


@pytest.fixture(params=sorted(syscalls.TABLES))
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> _Machine:
    made = _Machine(request.param)
    monkeypatch.setattr(seccomp, "MACHINE", request.param)
    monkeypatch.setattr(seccomp, "ARCH", made.arch)
    monkeypatch.setattr(seccomp, "NUMBERS", made.numbers)
    return made


def test_every_number_that_is_not_listed_is_refused(machine: _Machine) -> None:
    listed = set(machine.numbers.values())
    program = seccomp.program(Level.CHILD, scoped=True)
    for number in set(range(500)) - listed:
        assert _decide(program, machine.arch, number) == _EPERM


@pytest.mark.usefixtures("machine")
def test_another_machine_s_numbers_kill() -> None:
    for level in Level:
        assert _decide(seccomp.program(level, scoped=True), 0x40000003, 1) == _KILL


def test_the_numbers_for_short_pointers_kill(machine: _Machine) -> None:
    if machine.arch == syscalls.TABLES["x86_64"][0]:
        program = seccomp.program(Level.BASE, scoped=True)
        assert _decide(program, machine.arch, 0x40000000) == _KILL


@pytest.mark.parametrize(
    ("call", "arguments", "child", "template"),
    [
        ("read", (), _ALLOW, _ALLOW),
        ("openat", (), _ALLOW, _ALLOW),
        ("clone", (_CLONE_THREAD,), _ALLOW, _ALLOW),
        ("clone", (_SIGCHLD,), _EPERM, _ALLOW),
        ("clone", (_SIGCHLD | _NEW_USER,), _EPERM, _EPERM),
        ("clone", (_CLONE_THREAD | _NEW_USER,), _EPERM, _EPERM),
        ("clone3", (), _ENOSYS, _ENOSYS),
        ("socketpair", (1, 1), _ALLOW, _ALLOW),
        ("socketpair", (1, 0x80801), _ALLOW, _ALLOW),
        ("socketpair", (1, 2), _EPERM, _EPERM),
        ("socketpair", (1, 5), _EPERM, _EPERM),
        ("socketpair", (2, 1), _EPERM, _EPERM),
        ("sendto", (3, 0, 0, 0, 0), _ALLOW, _ALLOW),
        ("sendto", (3, 0, 0, 0, 1), _EPERM, _EPERM),
        ("sendto", (3, 0, 0, 0, 1 << 32), _EPERM, _EPERM),
        ("sendmsg", (), _EPERM, _EPERM),
        ("setpgid", (), _EPERM, _EPERM),
        ("fcntl", (3, 3), _ALLOW, _ALLOW),
        ("fcntl", (3, 8), _EPERM, _EPERM),
        ("fcntl", (3, 1026), _EPERM, _EPERM),
        ("prctl", (15,), _ALLOW, _ALLOW),
        ("prctl", (1, 9), _EPERM, _ALLOW),
        ("prctl", (1, 0), _EPERM, _EPERM),
        ("prctl", (4, 1), _EPERM, _EPERM),
        ("prlimit64", (0, 7, 0), _ALLOW, _ALLOW),
        ("prlimit64", (0, 7, 1 << 40), _EPERM, _ALLOW),
        ("prlimit64", (5, 7, 0), _EPERM, _EPERM),
        ("kill", (seccomp.OWN_PID, 9), _ALLOW, _ALLOW),
        ("kill", (1, 9), _EPERM, _ALLOW),
        ("tgkill", (1, 1, 9), _EPERM, _ALLOW),
        ("landlock_restrict_self", (), _EPERM, _ALLOW),
        ("seccomp", (), _EPERM, _ALLOW),
    ],
)
def test_calls_are_decided_by_what_they_are_given(
    machine: _Machine, call: str, arguments: tuple[int, ...], child: int, template: int
) -> None:
    assert machine.answer(Level.CHILD, call, *arguments) == child
    assert machine.answer(Level.TEMPLATE, call, *arguments) == template


def test_without_scopes_a_candidate_may_signal_nobody(machine: _Machine) -> None:
    for call in ("kill", "tgkill"):
        assert machine.answer(Level.TEMPLATE, call, 1, scoped=False) == _EPERM
        assert machine.answer(Level.BASE, call, 1, scoped=False) == _ALLOW


@pytest.mark.parametrize("name", sorted(_HEADERS))
def test_the_numbers_are_those_of_the_kernel_s_own_headers(name: str) -> None:
    header = _HEADERS[name]
    if not header.exists():
        pytest.skip("the kernel's headers are not installed")
    text = header.read_text(encoding="utf-8")
    real = {call: int(number) for call, number in re.findall(r"__NR(?:3264)?_(\w+)\s+(\d+)", text)}
    ours = syscalls.TABLES[name][1]
    known = {call: number for call, number in ours.items() if call in real}
    assert known == {call: real[call] for call in known}
    assert len(known) >= len(ours) - 8
