import os
from pathlib import Path

import anyio
import pytest

from mendloop.interfaces.mcp.stdin import MOST_BYTES, Lines

pytestmark = pytest.mark.anyio


async def lines(*chunks: bytes) -> list[str]:
    """What comes out of a pipe that is written to in these pieces."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for chunk in chunks:
                pipe.write(chunk)

    got: list[str] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, write)
        got.extend([line async for line in Lines(reading)])
    os.close(reading)
    return got


async def test_lines_come_whole_however_they_were_written() -> None:
    assert await lines(b'{"a"', b":1}\n{}", b"\n", b"\xc3", b"\xa9\n") == ['{"a":1}', "{}", "é"]


async def test_a_line_that_is_no_text_does_not_end_the_reading() -> None:
    assert await lines(b"\xff\n{}\n") == ["\ufffd", "{}"]


async def test_what_follows_the_last_line_end_is_no_line() -> None:
    assert await lines(b"{}\n{") == ["{}"]


@pytest.mark.slow
async def test_a_line_that_never_ends_is_not_held_in_memory() -> None:
    assert await lines(b"x" * (3 * MOST_BYTES), b"\n{}\n") == ["(too long)", "{}"]


async def test_a_file_can_be_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "requests"
    path.write_bytes(b"{}\n[]\n")
    with path.open("rb") as file:
        assert [line async for line in Lines(file.fileno())] == ["{}", "[]"]


async def test_the_reading_can_be_left_at_any_time() -> None:
    reading, writing = os.pipe()
    with anyio.move_on_after(0) as scope:
        async for _ in Lines(reading):
            pytest.fail("nothing was written")
    assert scope.cancelled_caught
    os.close(reading)
    os.close(writing)
