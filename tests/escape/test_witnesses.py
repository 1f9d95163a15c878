"""Every attempt succeeds in an ordinary process, or it would prove nothing in a sandbox."""

import time
from pathlib import Path

import pytest

from tests.escape import hostile, plain

_SECONDS = 20
_HANG_SECONDS = 1.5
_QUICK = sorted(
    name
    for name, attempt in hostile.ALL.items()
    if attempt.everywhere and name not in hostile.ENDLESS
)


def test_there_are_enough_of_every_kind() -> None:
    witnessed = [name for name, attempt in hostile.ALL.items() if attempt.everywhere]
    assert len(witnessed) >= 60
    assert len(hostile.ALL) - len(witnessed) <= 4
    assert all(len(attempts) >= 5 for attempts in hostile.KINDS.values())


@pytest.mark.parametrize("name", _QUICK)
def test_the_same_code_succeeds_in_an_ordinary_process(
    name: str, place: dict[str, object], tmp_path: Path
) -> None:
    attempt = hostile.ALL[name]
    process = plain.start(attempt, place, tmp_path / "code")
    assert plain.fired(process, attempt, _SECONDS)


def test_what_never_ends_never_ends_in_an_ordinary_process(
    place: dict[str, object], tmp_path: Path
) -> None:
    endless = {name: hostile.ALL[name] for name in hostile.ENDLESS}
    # all at once: each takes the whole time
    running = {
        name: plain.start(attempt, place, tmp_path / name) for name, attempt in endless.items()
    }
    until = time.monotonic() + _HANG_SECONDS
    ended = [
        name
        for name, process in running.items()
        if not plain.fired(process, endless[name], max(0.1, until - time.monotonic()))
    ]
    assert ended == []
