"""The files that are written: whole lines, private, closed in time."""

import os
import resource
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mendloop.recorder import room as rooms
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


def test_what_is_removed_while_it_is_written_is_written_again(
    folder: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = os.write
    removed: list[Path] = []

    def write(descriptor: int, data: bytes) -> int:
        if not removed:  # between any look at the file and the write
            removed.extend(folder.iterdir())
            removed[0].unlink()
        return bare(descriptor, data)

    spool.append([b"1\n"])
    monkeypatch.setattr(os, "write", write)
    spool.append([b"2\n", b"3\n"])

    assert len(removed) == 1
    assert lines(folder) == [b"2\n", b"3\n"]
    assert spool.written == 3


def test_whoever_removes_every_file_costs_lines_and_no_time(
    folder: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = os.write

    def write(descriptor: int, data: bytes) -> int:
        for path in folder.iterdir():
            path.unlink()
        return bare(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(LostError, match="are being removed"):
        spool.append([b"1\n"])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST_HELD", 100)
    monkeypatch.setattr(rooms, "MOST_HELD_OF_FAILURES", 150)


@pytest.mark.usefixtures("small")
@pytest.mark.promise("record/spool-is-bounded")
def test_a_full_folder_takes_failures_for_a_while_and_no_more_successes(
    folder: Path, spool: Spool
) -> None:
    for _ in range(10):
        spool.append([b"123456789\n"])
    with pytest.raises(LostError, match="because no server reads it; failures still are"):
        spool.append([b"123456789\n"])
    assert spool.refuses_successes()
    for _ in range(5):
        spool.append([b"abcdefghi\n"], failures=True)
    with pytest.raises(LostError, match=r"because no server reads it$"):
        spool.append([b"abcdefghi\n"], failures=True)

    assert spool.written == 15
    assert sum(path.stat().st_size for path in folder.iterdir()) == 150


@pytest.mark.usefixtures("small")
def test_what_others_have_left_counts(folder: Path, spool: Spool) -> None:
    folder.mkdir(parents=True)
    (folder / "1-2-3-4.jsonl").write_bytes(b"x" * 99 + b"\n")

    with pytest.raises(LostError):
        spool.append([b"1\n"])
    spool.append([b"2\n"], failures=True)

    assert spool.written == 1


@pytest.mark.usefixtures("small")
def test_once_there_is_room_again_it_is_used(
    folder: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.append([b"x" * 99 + b"\n"])
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(LostError):
        spool.append([b"1\n"])  # it has looked a moment ago

    monkeypatch.setattr(rooms, "LOOK_SECONDS", 0.0)
    spool.append([b"1\n"])

    assert lines(folder) == [b"1\n"]
    assert not spool.refuses_successes()


def test_there_are_only_so_many_files(
    folder: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_FILES", 2)
    monkeypatch.setattr(rooms, "MOST_FILES_OF_FAILURES", 3)
    for _ in range(2):
        spool.append([b"1\n"])
        spool.close()
    with pytest.raises(LostError):
        spool.append([b"1\n"])
    spool.append([b"2\n"], failures=True)
    spool.append([b"1\n"])  # into the same
    spool.close()
    with pytest.raises(LostError):
        spool.append([b"2\n"], failures=True)

    assert len([*folder.iterdir()]) == 3


def test_the_folder_is_not_looked_at_for_every_line(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    bare = os.scandir

    def scandir(path: Path) -> object:
        looks.append(path)
        return bare(path)

    monkeypatch.setattr(os, "scandir", scandir)
    for _ in range(100):
        spool.append([b"1\n"])
        spool.close()

    assert len(looks) == 1


@pytest.mark.parametrize("kind", ["file", "broken link", "link to itself"])
def test_a_folder_that_is_none_costs_lines(folder: Path, spool: Spool, kind: str) -> None:
    folder.parent.mkdir()
    if kind == "file":
        folder.write_bytes(b"")
    else:
        folder.symlink_to(folder.name if kind == "link to itself" else "nowhere")

    with pytest.raises(LostError) as lost:
        spool.append([b"1\n"])

    assert lost.value.lines == 1


def test_a_link_to_a_folder_is_followed(folder: Path, spool: Spool, tmp_path: Path) -> None:
    folder.parent.mkdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    spool.append([b"1\n"])

    assert lines(tmp_path / "elsewhere") == [b"1\n"]
