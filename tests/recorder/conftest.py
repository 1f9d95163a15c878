"""A place to record into."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mendloop.recorder.writer import WRITER, Writer
from tests.recorder.processes import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "mendloop.toml").write_text("[targets]\n", encoding="utf-8")
    data = tmp_path / "data"
    return Place(workspace, data)


def _anew() -> None:
    """As if nobody had called yet."""
    vars(WRITER).update(vars(Writer()))


@pytest.fixture
def here(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """This very process records, anew."""
    for name in [name for name in os.environ if name.startswith(("MENDLOOP_", "CLAUDE"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MENDLOOP_DATA_DIR", str(place.data))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(place.workspace))
    _anew()
    yield place
    WRITER.rest()
    _anew()
    WRITER.mode = -1
