import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from mendloop import assets
from mendloop.core.detect.rule import Rule
from mendloop.errors import InvalidInput
from mendloop.settings import Profile, Settings
from mendloop.settings.defaults import read_defaults


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
            "[settings.history]\nretention = 3\n",
            snapshot("Setting `history.retention`: Extra inputs are not permitted."),
            id="misspelt-key-of-a-new-table",
        ),
        pytest.param(
            "[settings]\nprofile = 'fast'\n",
            snapshot("mendloop.toml [settings] profile: there is no profile 'fast'."),
            id="no-such-profile",
        ),
        pytest.param(
            "[settings]\nprofil = 'production'\n",
            snapshot("mendloop.toml [settings]: `profil` is no table."),
            id="misspelt-profile",
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


def test_a_manifest_that_is_no_file_is_its_reader_s_to_tell(workspace: Path) -> None:
    (workspace / "mendloop.toml").mkdir()
    assert at(workspace).defaults == read_defaults({}, {})


SHIPPED = tomllib.loads(assets.text("config/defaults.toml"))
PROFILES = {
    each: tomllib.loads(assets.text(f"config/profiles/{each.value}.toml")) for each in Profile
}


def test_every_profile_sets_what_there_is_and_changes_it() -> None:
    for profile, chosen in PROFILES.items():
        for table, keys in chosen.items():
            assert SHIPPED[table].keys() >= keys.keys(), profile
            assert all(value != SHIPPED[table][key] for key, value in keys.items()), profile
    assert PROFILES[Profile.PRODUCTION] == {}


@pytest.mark.parametrize("path", ["defaults", *(f"profiles/{each.value}" for each in Profile)])
def test_beside_every_setting_stands_its_reason(path: str) -> None:
    text = assets.text(f"config/{path}.toml")
    keys = [line for line in text.splitlines() if re.match(r"\w+ = ", line)]
    assert [line for line in keys if "  # " not in line] == []


def test_without_a_word_the_profile_is_production(workspace: Path) -> None:
    found = at(workspace).defaults
    assert found.profile is Profile.PRODUCTION
    assert found.model_dump(mode="json") == SHIPPED


@pytest.mark.parametrize("profile", [Profile.DEVELOPMENT, Profile.AGGRESSIVE])
def test_a_profile_lies_above_the_shipped_and_below_the_workspace(
    workspace: Path, profile: Profile
) -> None:
    wish = "success_below = 0.8\nleast_calls = 9\n"
    (workspace / "mendloop.toml").write_text(
        f'[settings]\nprofile = "{profile.value}"\n[settings.detect]\n{wish}', encoding="utf-8"
    )
    found = at(workspace, MENDLOOP_DETECT__LEAST_CALLS="7").defaults
    assert found.profile is profile
    wanted = {
        table: {**keys, **PROFILES[profile].get(table, {})}
        for table, keys in SHIPPED.items()
        if table != "profile"
    }
    wanted["detect"] |= {"success_below": 0.8, "least_calls": 7}
    assert found.model_dump(mode="json", exclude={"profile"}) == wanted


def test_the_environment_names_the_profile_before_the_workspace_does(workspace: Path) -> None:
    (workspace / "mendloop.toml").write_text(
        '[settings]\nprofile = "development"\n', encoding="utf-8"
    )
    assert at(workspace, MENDLOOP_PROFILE="aggressive").defaults.profile is Profile.AGGRESSIVE
    assert at(workspace, MENDLOOP_PROFILE="").defaults.profile is Profile.DEVELOPMENT
    with pytest.raises(InvalidInput) as caught:
        at(workspace, MENDLOOP_PROFILE="quiet")
    assert str(caught.value) == snapshot(
        "MENDLOOP_PROFILE: there is no profile 'quiet'. Name one of development, production, aggressive."
    )


def test_what_detection_goes_by_can_all_be_set(workspace: Path) -> None:
    chosen = at(workspace).defaults.detect.model_dump()
    assert chosen.keys() == {field.name for field in fields(Rule)} | {"window_hours"}


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
