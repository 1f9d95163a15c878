from collections.abc import Sequence

import pytest

from mendloop.core.validate.harness import free_name
from mendloop.core.validate.reach import belongs_to_tests, import_root, reaching

TREE = {
    "tools/shop.py": "def share(a, b): ...\n",
    "tools/till.py": "from tools.shop import share\n",
    "tools/other.py": "import json\n",
    "tests/test_shop.py": "from tools.shop import share\n",
    "tests/test_till.py": "import tools.till\n",
    "tests/test_by_name.py": "import importlib\nm = importlib.import_module('tools.shop')\n",
    "tests/test_other.py": "# shop is named here, and not imported\nimport tools.other\n",
    "tests/broken_test.py": "from tools.shop import (\n",
}


def reached(tree: dict[str, str], *paths: str, names: Sequence[str] = (), most: int = 9) -> object:
    content = {path: text.encode() for path, text in tree.items()}
    return reaching(content, paths or ("tools/shop.py",), names, most=most).files


def test_what_imports_a_module_directly_or_through_another_reaches_it() -> None:
    assert reached(TREE) == ("tests/test_by_name.py", "tests/test_shop.py", "tests/test_till.py")
    assert reached(TREE, "tools/other.py") == ("tests/test_other.py",)


@pytest.mark.parametrize(
    "line",
    [
        "import tools.shop",
        "import shop",
        "from tools import shop",
        "from tools import shop as s",
        "from .shop import share",
        "from . import shop",
    ],
)
def test_a_module_is_known_by_every_name_that_it_may_be_imported_by(line: str) -> None:
    tree = {"tools/shop.py": "", "tools/test_it.py": f"{line}\n"}
    assert reached(tree) == ("tools/test_it.py",)


def test_a_conftest_that_imports_it_lets_all_tests_below_reach_it() -> None:
    tree = {
        "tools/shop.py": "",
        "a/conftest.py": "import tools.shop\n",
        "a/b/test_deep.py": "",
        "c/test_far.py": "",
    }
    assert reached(tree) == ("a/b/test_deep.py",)


def test_of_too_many_those_that_mention_the_name_are_taken() -> None:
    tree = {"tools/shop.py": ""} | {
        f"tests/test_{n}.py": "import tools.shop\n" + ("share()\n" if n == 5 else "")
        for n in range(9)
    }
    assert reached(tree, names=["share"], most=3) == ("tests/test_5.py",)
    assert reached(tree, names=["nothing"], most=3) == tuple(f"tests/test_{n}.py" for n in range(3))


@pytest.mark.parametrize(
    ("path", "its"),
    [
        ("tests/test_a.py", True),
        ("a_test.py", True),
        ("tests/data/rates.json", True),
        ("conftest.py", True),
        ("pytest.ini", True),
        ("pytest.py", True),
        ("pluggy/__init__.py", True),
        ("tools/contest.py", False),
        ("settings.toml", False),
    ],
)
def test_what_decides_how_tests_run_belongs_to_them(path: str, its: bool) -> None:  # noqa: FBT001
    assert belongs_to_tests(path) is its


def test_a_package_is_imported_from_the_folder_that_holds_it() -> None:
    tree = {"src/pkg/__init__.py", "src/pkg/in/__init__.py", "src/pkg/in/mod.py", "a/b.py"}
    assert import_root(tree, "src/pkg/in/mod.py") == "src"
    assert import_root(tree, "a/b.py") == "a"
    assert import_root(tree, "top.py") == ""


def test_the_harness_takes_nobodys_place() -> None:
    first = free_name(())
    assert free_name({first}) != first
