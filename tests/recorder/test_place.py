"""The recorder finds the folders that the server uses."""

import os
import stat
import threading
from pathlib import Path

import pytest

from mendloop.errors import InvalidInput
from mendloop.recorder import place as places
from mendloop.recorder.place import KEY_FILE, NoPlaceError
from mendloop.settings import Settings
from tests.recorder.processes import Place

_NAMES = ("HOME", "XDG_STATE_HOME", "MENDLOOP_DATA_DIR", "CLAUDE_PROJECT_DIR")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return monkeypatch


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"XDG_STATE_HOME": "{tmp}/xdg"},
        {"XDG_STATE_HOME": "relative"},
        {"XDG_STATE_HOME": ""},
        {"MENDLOOP_DATA_DIR": "{tmp}/data"},
        {"MENDLOOP_DATA_DIR": "~/data"},
        {"MENDLOOP_DATA_DIR": "{tmp}/data", "XDG_STATE_HOME": "{tmp}/xdg"},
    ],
    ids=["none", "xdg", "xdg-relative", "xdg-empty", "data", "data-home", "both"],
)
@pytest.mark.parametrize("below", ["", "deep/down"], ids=["root", "below"])
def test_the_state_folder_is_the_one_that_the_server_uses(
    place: Place, environment: pytest.MonkeyPatch, tmp_path: Path, named: dict[str, str], below: str
) -> None:
    for name, value in named.items():
        environment.setenv(name, value.format(tmp=tmp_path))
    folder = place.workspace / below
    folder.mkdir(parents=True, exist_ok=True)
    environment.chdir(folder)

    state = places.state_folder(places.workspace())

    assert state == Settings.at(None, None, os.environ).state
    assert places.spool_folder() == state / "spool"


def test_a_client_names_the_workspace(
    place: Place, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.chdir(tmp_path)
    environment.setenv("CLAUDE_PROJECT_DIR", str(place.workspace))

    assert places.workspace() == place.workspace


@pytest.mark.parametrize("named", ["state", "../data", "."])
def test_a_data_folder_inside_the_workspace_is_none(
    place: Place, environment: pytest.MonkeyPatch, named: str
) -> None:
    environment.chdir(place.workspace)
    environment.setenv("MENDLOOP_DATA_DIR", named)

    with pytest.raises(InvalidInput, match="inside the workspace"):
        Settings.at(None, None, os.environ)
    with pytest.raises(NoPlaceError, match="inside the workspace"):
        places.state_folder(places.workspace())
    assert places.spool_folder() is None


@pytest.mark.parametrize("word", ["off", "OFF ", "0", "false", "no"])
def test_recording_can_be_switched_off(environment: pytest.MonkeyPatch, word: str) -> None:
    environment.setenv("MENDLOOP_RECORD", word)

    assert places.spool_folder() is None


def test_all_who_come_at_once_get_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    keys: list[bytes] = []
    start = threading.Barrier(8)

    def come() -> None:
        start.wait()
        keys.append(places.redaction_key(folder))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert {*keys} == {(folder / KEY_FILE).read_bytes()}
    assert len(keys[0]) == 32
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_a_key_that_was_never_written_is_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).touch()

    assert places.redaction_key(tmp_path) == (tmp_path / KEY_FILE).read_bytes() != b""
