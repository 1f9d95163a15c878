"""How much may be written in a scratch folder, all files together."""

from pathlib import Path

import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.adapters.sandbox.room import holds_more
from mendloop.model.observation import Crashed, Returned
from tests.adapters.sandbox.calls import seen

_KIBI = 1024


def test_files_count_together_wherever_they_lie(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    for number in range(4):
        (deep / str(number)).write_bytes(bytes([1]) * 64 * _KIBI)
    assert holds_more(tmp_path, 200 * _KIBI)
    assert not holds_more(tmp_path, 400 * _KIBI)


def test_a_link_counts_as_itself_and_is_not_followed(tmp_path: Path) -> None:
    outside, room = tmp_path / "outside", tmp_path / "room"
    outside.mkdir()
    room.mkdir()
    (outside / "big").write_bytes(bytes([1]) * 512 * _KIBI)
    (room / "link").symlink_to(outside)
    assert not holds_more(room, 64 * _KIBI)


def test_a_folder_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert not holds_more(tmp_path / "gone", 0)


@pytest.mark.anyio
@pytest.mark.promise("sandbox/no-exhaustion")
async def test_who_writes_too_much_is_blamed_and_the_next_has_all_the_room_again(
    session: LinuxSession,
) -> None:
    source = (
        "def f(files):\n    for number in range(files):\n"
        "        with open(str(number), 'wb') as file:\n            file.write(bytes(7 << 20))\n"
        "    return files\n"
    )
    much = await seen(session, source, 12, writes_files=True)
    assert isinstance(much, Crashed)
    assert "64 MiB" in much.detail
    for _ in range(5):
        assert await seen(session, source, 8, writes_files=True) == Returned(8)
