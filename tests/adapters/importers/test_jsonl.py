import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from mendloop.adapters.importers.jsonl import JsonLines
from mendloop.errors import InvalidInput
from mendloop.model.incoming import BadLine, ReadLine
from tests.adapters.importers.hostile import dumped, record


def read(path: Path) -> list[ReadLine | BadLine]:
    return list(JsonLines().read(path))


def kept(path: Path, data: bytes) -> list[ReadLine | BadLine]:
    path.write_bytes(data)
    return read(path)


def test_every_line_but_the_empty_ones_is_read_with_its_number_and_its_text(tmp_path: Path) -> None:
    first, third = dumped({"a": 1}), dumped({"b": [2.5]})
    assert kept(tmp_path / "f", first + b"\r\n \n" + third) == [
        ReadLine(1, {"a": 1}, first),
        ReadLine(3, {"b": [2.5]}, third),
    ]


def test_the_text_is_exactly_what_was_parsed(tmp_path: Path) -> None:
    odd = b'\xef\xbb\xbf {"a": "\\ud800", "b": 12345678901234567890}\r\n'
    (line,) = kept(tmp_path / "f", odd)
    assert isinstance(line, ReadLine)
    assert line.text is not None
    assert json.loads(line.text) == line.record


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\0\0\0", b"\r\n"])
def test_a_file_without_records_has_none(tmp_path: Path, data: bytes) -> None:
    assert kept(tmp_path / "f", data) == []


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_may_be_gzip_whatever_it_is_called(tmp_path: Path, *, packed: bool) -> None:
    data = dumped(record()) + b"\n" + dumped(record(id="x-2"))
    found = kept(tmp_path / "f", gzip.compress(data) if packed else data)
    assert [line.record for line in found if isinstance(line, ReadLine)] == [
        record(),
        record(id="x-2"),
    ]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told(tmp_path: Path, coding: str) -> None:
    data = dumped(record()).decode().encode(coding)
    assert kept(tmp_path / "f", data) == [BadLine(1, "the file is UTF-16: convert it to UTF-8")]


def test_the_reason_quotes_nothing_of_the_line(tmp_path: Path) -> None:
    (line,) = kept(tmp_path / "f", b'{"password": "hunter2" oops')
    assert isinstance(line, BadLine)
    assert line.reason == "not JSON: Expecting ',' delimiter (column 24)"
    assert line.excerpt == '{"password": "hunter2" oops'


def test_of_a_long_bad_line_only_the_start_is_shown_on(tmp_path: Path) -> None:
    (line,) = kept(tmp_path / "f", b"x" * 5_000_000)
    assert isinstance(line, BadLine)
    assert line.excerpt == "x" * 1_000


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read(tmp_path / name)


def test_memory_stays_flat(tmp_path: Path) -> None:
    file = tmp_path / "f"
    line = dumped(record(args=["x" * 1_000])) + b"\n"
    file.write_bytes(line * 20_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in JsonLines().read(file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 6 << 20, "the file has 21 MB"
