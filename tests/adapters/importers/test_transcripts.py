import gzip
from pathlib import Path

import pytest

from mendloop.adapters.importers.transcripts import Transcripts
from mendloop.errors import InvalidInput
from mendloop.model.execution import Outcome, Source
from mendloop.model.incoming import BadLine, LeftOut, ReadLine
from tests.adapters.importers.hostile import back, both, called, dumped, failed, returned
from tests.adapters.importers.reading import came


def test_one_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "9f32.jsonl"
    file.write_bytes(failed("Error executing tool divide") + b"\n" + both("toolu_2"))
    first, second = came(Transcripts().read(file)).executions
    assert (first.outcome, first.target, first.source) == (
        Outcome.ERROR,
        "demo.divide",
        Source.TRANSCRIPT,
    )
    assert (second.outcome, second.result, second.seconds) == (Outcome.OK, {"result": 2}, 0)


def test_a_folder_is_read_with_the_files_of_subagents(tmp_path: Path) -> None:
    (tmp_path / "-proj" / "9f32" / "subagents").mkdir(parents=True)
    (tmp_path / "-proj" / "9f32.jsonl").write_bytes(both("toolu_1"))
    packed = gzip.compress(both("toolu_3"))
    (tmp_path / "-proj" / "a.jsonl.gz").write_bytes(packed)
    (tmp_path / "-proj" / "9f32" / "subagents" / "agent-1.jsonl").write_bytes(both("toolu_2"))
    (tmp_path / "-proj" / "notes.md").write_bytes(both("toolu_4"))
    lines = [line for line in Transcripts().read(tmp_path) if isinstance(line, ReadLine)]
    assert [(line.file, line.number) for line in lines] == [
        ("-proj/9f32.jsonl", 1),
        ("-proj/a.jsonl.gz", 1),
        ("-proj/9f32/subagents/agent-1.jsonl", 1),
    ]


def test_a_session_that_was_forked_gives_the_same_ids(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(back())
    assert came(Transcripts().read(tmp_path)).ids == ["t-toolu_bad"] * 2


def test_a_call_is_not_paired_across_files(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(dumped(called()))
    (tmp_path / "b.jsonl").write_bytes(dumped(returned()))
    assert list(Transcripts().read(tmp_path)) == [
        LeftOut(1, "demo.divide: no result follows", "a.jsonl")
    ]


def test_a_file_of_a_folder_that_cannot_be_read_is_one_bad_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\x1f\x8b rubbish")
    (tmp_path / "b.jsonl").write_bytes(both("toolu_1"))
    bad, good = Transcripts().read(tmp_path)
    assert bad == BadLine(1, "the gzip data is damaged from here on", "a.jsonl")
    assert isinstance(good, ReadLine)


def test_links_are_not_followed_to_other_folders(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_bytes(both("toolu_1"))
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    assert came(Transcripts().read(tmp_path / "in")).ids == ["t-toolu_1"]


def test_a_folder_without_transcripts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no transcript"):
        list(Transcripts().read(tmp_path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        list(Transcripts().read(tmp_path / "missing.jsonl"))
