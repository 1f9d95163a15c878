from pathlib import Path

import pytest
from inline_snapshot import snapshot

from mendloop.errors import InvalidInput
from mendloop.settings import Settings


def at(workspace: Path, **environment: str) -> Settings:
    return Settings.at(workspace, workspace.parent / "data", environment)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    return folder


def test_the_shipped_defaults_are_whole(workspace: Path) -> None:
    assert at(workspace).defaults.detect.success_below == 0.90


def test_the_workspace_overrides_what_is_shipped_and_the_environment_overrides_both(
    workspace: Path,
) -> None:
    (workspace / "mendloop.toml").write_text(
        "[settings.detect]\nsuccess_below = 0.8\nleast_calls = 9\n", encoding="utf-8"
    )
    found = at(workspace, MENDLOOP_DETECT__SUCCESS_BELOW="0.95").defaults.detect
    assert (found.success_below, found.least_calls) == (0.95, 9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "[settings.detect]\nsucess_below = 0.8\n",
            snapshot("Setting `detect.sucess_below`: Extra inputs are not permitted."),
            id="misspelt-key",
        ),
        pytest.param(
            "[settings.watch]\nalpha = 2\n",
            snapshot("Setting `watch.alpha`: Input should be less than 1."),
            id="out-of-range",
        ),
        pytest.param(
            "[settings]\nwatch = 3\n",
            snapshot("mendloop.toml [settings]: `watch` is no table."),
            id="no-table",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(
    workspace: Path, text: str, message: str
) -> None:
    (workspace / "mendloop.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        at(workspace)
    assert caught.value.message == message


def test_the_nearest_manifest_upward_names_the_workspace(workspace: Path) -> None:
    (workspace / "mendloop.toml").touch()
    deep = workspace / "a" / "b"
    deep.mkdir(parents=True)
    found = Settings.at(None, workspace.parent / "data", {"CLAUDE_PROJECT_DIR": str(deep)})
    assert found.workspace == workspace


def test_two_workspaces_never_share_a_state_folder(tmp_path: Path) -> None:
    one, two = tmp_path / "a" / "tools", tmp_path / "b" / "tools"
    one.mkdir(parents=True)
    two.mkdir(parents=True)
    data = tmp_path / "data"
    assert Settings.at(one, data, {}).state != Settings.at(two, data, {}).state


def test_only_the_user_can_look_into_the_state_folder(workspace: Path) -> None:
    assert at(workspace).state.stat().st_mode & 0o777 == 0o700


@pytest.mark.promise("settings/state-outside-the-workspace")
def test_a_state_folder_inside_the_workspace_is_refused(workspace: Path) -> None:
    with pytest.raises(InvalidInput, match="inside the workspace"):
        Settings.at(workspace, workspace / "data", {})


def test_secret_looking_variables_are_known_and_short_ones_are_not(workspace: Path) -> None:
    environment = {"API_KEY": "hunter2hunter2", "MY_TOKEN": "short", "HOME": "/home/somebody"}
    found = at(workspace, **environment)
    assert found.secrets == ("hunter2hunter2",)  # the token is too short to look for
