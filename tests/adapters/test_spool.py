"""The folder into which recorders write, as the reader sees it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mendloop.adapters.spool import SpoolFolder
from mendloop.app.ingest import Segment
from mendloop.model.incoming import BadLine, ReadLine
from mendloop.recorder.spool import Spool

_MANY = 1 << 20


def _only(folder: Path) -> Segment:
    (segment,) = SpoolFolder(folder).segments()
    return segment


def _dead() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def _left(folder: Path, data: bytes, *, age: float) -> Segment:
    """A segment whose writer was killed some seconds ago."""
    path = folder / f"{_dead()}-7-abc-0.open"
    path.write_bytes(data)
    state = path.stat()
    os.utime(path, (state.st_atime, state.st_mtime - age))
    return _only(folder)


def test_no_folder_is_an_empty_spool(tmp_path: Path) -> None:
    assert SpoolFolder(tmp_path / "none").segments() == ()


def test_what_a_living_writer_has_written_is_read_and_its_file_is_not_finished(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path)
    spool.append([b'{"a": 1}\n', b'{"a": 2}\n'])
    segment = _only(tmp_path)
    assert not segment.finished
    part = SpoolFolder(tmp_path).read(segment, 0, _MANY)
    assert part is not None
    assert [line.record for line in part.lines if isinstance(line, ReadLine)] == [
        {"a": 1},
        {"a": 2},
    ]
    assert SpoolFolder(tmp_path).read(segment, part.after, _MANY) is None
    spool.close()


def test_a_closed_file_is_finished_and_keeps_its_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([b"{}\n"])
    before = _only(tmp_path)
    spool.close()
    after = _only(tmp_path)
    assert (before.name, before.finished, after.finished) == (after.name, False, True)
    assert SpoolFolder(tmp_path).read(before, 0, _MANY) is not None  # found under its new ending


def test_half_a_line_is_left_while_its_writer_may_go_on(tmp_path: Path) -> None:
    segment = _left(tmp_path, b'{"a": 1}\n{"a"', age=10)
    part = SpoolFolder(tmp_path).read(segment, 0, _MANY)
    assert part is not None
    assert (len(part.lines), part.after, segment.finished) == (1, 9, False)
    assert SpoolFolder(tmp_path).read(segment, 9, _MANY) is None


def test_half_a_line_of_a_dead_writer_is_said_to_be_cut_off(tmp_path: Path) -> None:
    segment = _left(tmp_path, b'{"a": 1}\n{"a"', age=1000)
    part = SpoolFolder(tmp_path).read(segment, 9, _MANY)
    assert part is not None
    (line,) = part.lines
    assert isinstance(line, BadLine)
    assert (line.reason, line.excerpt) == ("cut off when its writer died", '{"a"')
    assert part.after == segment.size


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xfe{}", "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b"{", "not JSON"),
        (b"\x00\x00", "not JSON"),
        (b"[" * 10_000, "not JSON"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (b'{"a": "\x1b[31m"}', "not JSON"),
        (b"nothing of the kind", "not JSON"),
    ],
)
def test_a_line_that_is_none_is_named_and_the_ones_around_it_are_kept(
    tmp_path: Path, raw: bytes, reason: str
) -> None:
    (tmp_path / "1-1-a-0.jsonl").write_bytes(b'{"a": 1}\n' + raw + b'\n{"a": 2}\n')
    part = SpoolFolder(tmp_path).read(_only(tmp_path), 0, _MANY)
    assert part is not None
    first, bad, last = part.lines
    assert isinstance(bad, BadLine)
    assert bad.reason.startswith(reason)
    assert isinstance(first, ReadLine)
    assert isinstance(last, ReadLine)


def test_a_line_longer_than_a_part_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "1-1-a-0.jsonl").write_bytes(b'{"a": "' + b"x" * 5000 + b'"}\n')
    part = SpoolFolder(tmp_path).read(_only(tmp_path), 0, 100)
    assert part is not None
    assert isinstance(part.lines[0], ReadLine)


def test_a_line_without_end_is_passed_over_in_bounded_parts(tmp_path: Path) -> None:
    size = 9 * 1024 * 1024
    (tmp_path / "1-1-a-0.jsonl").write_bytes(b"x" * size + b'\n{"a": 2}\n')
    folder, segment, place = SpoolFolder(tmp_path), _only(tmp_path), 0
    seen: list[ReadLine | BadLine] = []
    while part := folder.read(segment, place, _MANY):
        seen += part.lines
        place = part.after
    assert place == segment.size
    assert isinstance(seen[0], BadLine)
    assert "longer than" in seen[0].reason
    assert isinstance(seen[-1], ReadLine)


@pytest.mark.parametrize(
    "name", ["notes.txt", "1-1-a-0.jsonl.tmp", "..jsonl", "x-1-a-0.jsonl", "1-1-.jsonl"]
)
def test_files_of_other_names_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"{}\n")
    (tmp_path / "1-2-b-0.jsonl").mkdir()
    (tmp_path / "1-3-c-0.jsonl").symlink_to(tmp_path / name)
    assert SpoolFolder(tmp_path).segments() == ()


def test_a_process_that_has_taken_the_number_of_a_dead_writer_is_told_from_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / f"{os.getpid()}-1-abc-0.open"  # this process did not start in tick 1
    path.write_bytes(b"{}\n")
    os.utime(path, (0, 0))
    assert _only(tmp_path).finished
