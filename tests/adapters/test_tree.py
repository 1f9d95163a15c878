import pytest

from mendloop.errors import Unavailable
from tests.adapters.conftest import Home


def test_the_tree_holds_sources_and_small_data_and_no_surroundings(home: Home) -> None:
    for path in (
        "tools/pricing.py",
        "data/rates.csv",
        ".env",
        ".git/config",
        ".venv/lib/x.py",
        "venv/lib/x.py",
        "node_modules/x/x.py",
        "tools/__pycache__/pricing.cpython-311.pyc",
        "mine/pyvenv.cfg",
        "mine/lib/x.py",
    ):
        (home.root / path).parent.mkdir(parents=True, exist_ok=True)
        (home.root / path).write_bytes(path.encode())

    assert home.workspace.tree() == {
        "data/rates.csv": b"data/rates.csv",
        "tools/pricing.py": b"tools/pricing.py",
    }


def test_large_data_is_left_out_and_a_large_source_is_not(home: Home) -> None:
    (home.root / "data.csv").write_bytes(b"x" * (256 * 1024 + 1))
    (home.root / "table.py").write_bytes(b"#" * (256 * 1024 + 1))

    assert set(home.workspace.tree()) == {"table.py"}


def test_links_show_what_is_inside_and_never_what_is_outside(home: Home) -> None:
    outside = home.root.parent / "outside"
    outside.mkdir()
    (outside / "secret.py").write_bytes(b"secret")
    (home.root / "lib").mkdir()
    (home.root / "lib" / "a.py").write_bytes(b"a")
    (home.root / "twin").symlink_to("lib")
    (home.root / "b.py").symlink_to("lib/a.py")
    (home.root / "secret.py").symlink_to(outside / "secret.py")
    (home.root / "all").symlink_to(outside)
    (home.root / "lib" / "up").symlink_to("..")
    (home.root / "gone.py").symlink_to("nowhere.py")

    assert home.workspace.tree() == {"lib/a.py": b"a", "twin/a.py": b"a", "b.py": b"a"}


def test_a_workspace_that_is_too_large_is_refused_and_not_cut(home: Home) -> None:
    for number in range(9):
        with (home.root / f"{number}.py").open("wb") as file:
            file.truncate(2 * 1024 * 1024)

    with pytest.raises(Unavailable, match="16 MB"):
        home.workspace.tree()
