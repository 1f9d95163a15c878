from dataclasses import dataclass
from pathlib import Path

import pytest

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.model.action import Action
from mendloop.model.deployment import Deployment
from tests.adapters.changes import leave


@dataclass(frozen=True)
class Home:
    """A workspace, its state folder, and what a test wants to know of them."""

    root: Path
    state: Path
    workspace: DiskWorkspace
    blobs: DiskBlobs

    def apply(self, wanted: Deployment) -> None:
        action = Action({"deploy": "deploy", "rollback": "roll_back"}[wanted.kind.value])
        self.workspace.apply(leave(action, wanted), wanted)

    def undo(self, wanted: Deployment) -> tuple[str, ...]:
        return self.workspace.undo(leave(Action.RECOVER, wanted), wanted)

    def files(self) -> dict[str, bytes]:
        """Every file of the workspace, drafts included."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def saved(self) -> set[bytes]:
        """The contents of edits that could not have their names back."""
        folder = self.state / "conflicts"
        return {path.read_bytes() for path in folder.iterdir()} if folder.exists() else set()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    root, state = tmp_path / "workspace", tmp_path / "state"
    root.mkdir()
    state.mkdir()
    return Home(root, state, DiskWorkspace(root, state), DiskBlobs(state / "blobs"))
