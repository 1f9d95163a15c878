"""The files that are written: whole lines, private, closed in time."""

import os
import resource
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mendloop.recorder import spool as spools
from mendloop.recorder.spool import MOST_LINE, LostError, Spool


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    opened = Spool(folder)
    yield opened
    opened.close()


def lines(folder: Path) -> list[bytes]:
    return [
        line
        for path in sorted(folder.iterdir())
        for line in path.read_bytes().splitlines(keepends=True)
    ]


def test_nothing_is_made_before_there_is_something_to_write(folder: Path, spool: Spool) -> None:
    spool.close()

    assert not folder.parent.exists()


def test_only_the_user_can_read_it(folder: Path, spool: Spool) -> None:
    spool.append([b"{}\n"])
    (segment,) = folder.iterdir()

    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(segment.stat().st_mode) == 0o600


def test_a_segment_is_named_after_its_process(folder: Path, spool: Spool) -> None:
    spool.append([b"1\n"])
    spool.append([b"2\n"])
    (segment,) = folder.iterdir()
    pid, start, _, number = segment.stem.split("-")

    assert (int(pid), number, segment.suffix) == (os.getpid(), "1", ".open")
    assert (
        start == Path("/proc/self/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
    )

    spool.close()

    (closed,) = folder.iterdir()
    assert closed == segment.with_suffix(".jsonl")
    assert closed.read_bytes() == b"1\n2\n"


def test_a_full_segment_is_closed(
    folder: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "MOST_BYTES", 10)
    for _ in range(3):
        spool.append([b"12345678\n", b"9\n"])

    assert sorted(path.suffix for path in folder.iterdir()) == [".jsonl", ".jsonl", ".open"]
    assert len(lines(folder)) == 6


def test_an_old_segment_is_closed(
    folder: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.append([b"1\n"])
    spool.rest()
    assert [path.suffix for path in folder.iterdir()] == [".open"]

    monkeypatch.setattr(spools, "MOST_SECONDS", -1.0)
    spool.rest()
    assert [path.suffix for path in folder.iterdir()] == [".jsonl"]


def test_a_line_that_is_too_long_is_refused_and_the_others_are_kept(
    folder: Path, spool: Spool
) -> None:
    with pytest.raises(LostError) as lost:
        spool.append([b"1\n", b"x" * MOST_LINE + b"\n", b"2\n"])

    assert lost.value.lines == 1
    assert lines(folder) == [b"1\n", b"2\n"]
    assert spool.written == 2


def test_a_folder_that_was_removed_is_made_again(folder: Path, spool: Spool) -> None:
    spool.append([b"1\n"])
    shutil.rmtree(folder.parent)
    spool.append([b"2\n"])

    assert lines(folder) == [b"2\n"]


def test_a_full_disk_leaves_whole_lines_only(folder: Path, spool: Spool) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (25, hard))
    try:
        with pytest.raises(LostError) as lost:
            spool.append([b"123456789\n"] * 4)
        with pytest.raises(LostError) as again:
            spool.append([b"abcdefghi\n"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    spool.append([b"after\n"])

    assert (lost.value.lines, again.value.lines, spool.written) == (2, 1, 3)
    assert lines(folder) == [b"123456789\n", b"123456789\n", b"after\n"]


def test_exhausted_descriptors_cost_lines_and_nothing_else(folder: Path, spool: Spool) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len([*Path("/proc/self/fd").iterdir()]) - 1, hard))
    held: list[int] = []
    try:
        with pytest.raises(OSError):  # noqa: PT011  whichever number is the last
            while True:
                held.append(os.dup(0))
        with pytest.raises(LostError) as lost:
            spool.append([b"1\n", b"2\n"])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held:
            os.close(descriptor)
    spool.append([b"3\n"])

    assert lost.value.lines == 2
    assert lines(folder) == [b"3\n"]
