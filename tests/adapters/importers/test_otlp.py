import gzip
import json
import struct
from pathlib import Path

import pytest

from mendloop.adapters.importers.otlp import OtlpFiles
from mendloop.errors import InvalidInput
from mendloop.model.execution import Source
from mendloop.model.incoming import LeftOut
from tests.adapters.importers.hostile import (
    TRACE,
    WHOLE,
    dumped,
    log,
    log_message,
    logged,
    message,
    request,
    span,
)
from tests.adapters.importers.reading import Came, came

FIRST = f"o-{TRACE}-{1:016x}-18605f7e"
SEVENTH = f"o-{TRACE}-{7:016x}-18605f7e"
PRETTY = json.dumps(request(span(1)), indent=2).encode()
TRACES, LOGS = dumped(request(span(1))), dumped(logged(log()))


def of(path: Path, data: bytes) -> Came:
    path.write_bytes(data)
    return came(OtlpFiles().read(path))


def framed(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("data", "ids"),
    [
        (TRACES, [FIRST]),
        (TRACES + b"\n", [FIRST]),
        (TRACES + b"\n\r\n" + LOGS, [FIRST, "t-toolu_log"]),
        (b"\xef\xbb\xbf" + LOGS, ["t-toolu_log"]),
        (PRETTY, [FIRST]),
        (b"[" + TRACES + b",\n" + LOGS + b"]", [FIRST, "t-toolu_log"]),
        (b"[" + TRACES + b"]", [FIRST]),
        (WHOLE, [SEVENTH]),
        (log_message(), ["t-toolu_log"]),
        (framed(WHOLE, log_message()), [SEVENTH, "t-toolu_log"]),
        (b"", []),
        (b"{}", []),
        (dumped({"resourceMetrics": []}) + b"\n" + LOGS, ["t-toolu_log"]),
    ],
    ids=[
        "object", "line", "lines", "mark", "pretty", "array", "array-of-one", "protobuf-traces",
        "protobuf-logs", "collector-protobuf", "empty", "nothing", "metrics",
    ],
)  # fmt: skip
def test_every_form_of_file_is_read(
    tmp_path: Path, data: bytes, ids: list[str], *, packed: bool
) -> None:
    all_ = of(tmp_path / "f", gzip.compress(data) if packed else data)
    assert (all_.ids, all_.reasons) == (ids, [])


def test_a_span_becomes_an_execution(tmp_path: Path) -> None:
    execution = of(tmp_path / "f", TRACES).one()
    assert (execution.source, execution.target, execution.seconds) == (
        Source.OTEL,
        "demo.divide",
        0.012,
    )
    assert (execution.kwargs, execution.result, execution.whole) == ({"a": 4, "b": 2}, 2, True)


def test_a_first_line_that_is_broken_does_not_spoil_the_others(tmp_path: Path) -> None:
    all_ = of(tmp_path / "f", TRACES[:-5] + b"\n" + TRACES)
    assert all_.ids == [FIRST]
    assert len(all_.reasons) == 1


def test_a_broken_object_of_many_lines_is_told_once(tmp_path: Path) -> None:
    all_ = of(tmp_path / "f", PRETTY[:-30])
    assert (all_.ids, len(all_.reasons)) == ([], 1)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"hello", "neither OTLP in JSON nor in protobuf"),
        (b"\0\0", "neither OTLP in JSON nor in protobuf"),
        (framed(WHOLE)[:-1], "the file ends within a request"),
        (framed(WHOLE)[:3], "neither OTLP in JSON nor in protobuf"),
        (b"\x0a\xff\xff", "no export request of traces or logs"),
        (dumped({"spans": []}), "it is no OTLP"),
        (PRETTY.decode().encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_otlp_is_told(tmp_path: Path, data: bytes, why: str) -> None:
    all_ = of(tmp_path / "f", data)
    assert all_.ids == []
    assert why in all_.reasons[0]


def test_good_requests_stand_before_and_after_a_bad_one(tmp_path: Path) -> None:
    all_ = of(tmp_path / "f", framed(WHOLE, b"\xff\xff", log_message()))
    assert all_.ids == [SEVENTH, "t-toolu_log"]
    assert len(all_.reasons) == 1


def test_ids_in_protobuf_are_those_in_json(tmp_path: Path) -> None:
    in_protobuf = of(tmp_path / "f", message().SerializeToString())
    in_json = of(tmp_path / "g", dumped(request(span(1), span(7), span(2))))
    assert sorted(in_protobuf.ids) == sorted(in_json.ids)


def test_what_is_no_execution_is_left_out_and_told(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(dumped(logged(log(decision="reject"))))
    assert list(OtlpFiles().read(file)) == [LeftOut(1, "demo.divide: it had no permission")]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        list(OtlpFiles().read(tmp_path / "missing"))
