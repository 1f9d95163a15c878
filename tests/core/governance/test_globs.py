import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.governance.globs import covered_by

PARTS = st.lists(st.sampled_from(["a", "b", "tools", ".git", "x.py"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("mendloop.toml", "mendloop.toml"),
        ("Mendloop.TOML", "mendloop.toml"),
        (".git/config", ".git/**"),
        (".git/hooks/pre-commit", ".git/**"),
        (".GIT/config", ".git/**"),
        ("policy.toml", "**/policy.toml"),
        ("config/policy.toml", "**/policy.toml"),
        ("a/b/c/policy.toml", "**/policy.toml"),
        (".env", "**/.env*"),
        ("app/.env.local", "**/.env*"),
        (".env/inside", "**/.env*"),
        ("secret/a/b.py", "secret"),
        ("./mendloop.toml", "mendloop.toml"),
        ("a//../mendloop.toml", "nothing"),
        ("a\\policy.toml", "**/policy.toml"),
    ],
)
def test_a_protected_path_is_covered_however_it_is_spelled(path: str, pattern: str) -> None:
    assert covered_by(path, [pattern]) == pattern


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("tools/mendloop.toml", "mendloop.toml"),
        ("mendloop.tomlx", "mendloop.toml"),
        ("tools/policy.py", "**/policy.toml"),
        ("a/b.py", "*.py"),
        ("gitx/config", ".git/**"),
        ("tools/env.py", "**/.env*"),
    ],
)
def test_another_path_is_not(path: str, pattern: str) -> None:
    assert covered_by(path, [pattern]) is None


@given(parts=PARTS)
def test_two_stars_cover_everything_and_every_path_covers_itself_and_all_below(
    parts: list[str],
) -> None:
    path = "/".join(parts)

    assert covered_by(path, ["**"]) == "**"
    assert covered_by(path, [path]) == path
    assert covered_by(f"{path}/below/it", [path]) == path
    assert covered_by(f"above/{path}", [f"**/{path}"]) is not None
    assert covered_by(path, []) is None


@given(path=st.text(min_size=1, max_size=30), pattern=st.text(max_size=20))
def test_any_text_is_answered(path: str, pattern: str) -> None:
    assert covered_by(path, [pattern]) in {None, pattern}


def test_a_hostile_pattern_takes_no_longer_than_its_length() -> None:
    assert covered_by("/".join("a" * 200), ["**/" * 100 + "b"]) is None
