"""The recorder runs where the user's tools run: the standard library only, from Python 3.9 on."""

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import mendloop
from mendloop import recorder
from tests.recorder.processes import SOURCE, Place

_PACKAGE = Path(mendloop.__file__).parent
_FILES = sorted((_PACKAGE / "recorder").glob("*.py"))


def _needs(*paths: Path) -> str:
    """What of the files is newer than the oldest Python; nothing where all is well."""
    program = "import sys, vermin; sys.exit(vermin.main())"
    options = ["--target=3.9-", "--no-tips", "--violations", "--no-parse-comments"]
    done = subprocess.run(
        [sys.executable, "-c", program, *options, *map(str, paths)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}"


def test_it_needs_no_later_python() -> None:
    assert _needs(_PACKAGE / "__init__.py", *_FILES) == ""


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.name))
def test_its_syntax_is_that_of_the_oldest_python(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


def test_what_needs_a_later_python_is_found(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text("import tomllib\n", encoding="utf-8")

    assert "3.11" in _needs(tmp_path / "new.py")


@pytest.mark.promise("record/standard-library-only")
def test_recording_loads_nothing_but_the_standard_library(place: Place) -> None:
    done = place.run(
        "import sys\n"
        f"sys.path.insert(0, {str(SOURCE)!r})\n"
        "import mendloop\n"
        "@mendloop.record\n"
        "def double(number): return number * 2\n"
        "double(1); mendloop.instrument; mendloop.recorder.flush()\n"
        "known = sys.stdlib_module_names | {'mendloop', '__main__'}\n"
        "print({name.partition('.')[0] for name in sys.modules} - known)\n"
        "print(sorted(n for n in sys.modules if n.startswith('mendloop.') and 'recorder' not in n))\n",
        flags=["-I", "-S"],
    )

    assert (done.stdout, done.stderr) == ("set()\n[]\n", "")


def test_what_loads_at_import_is_next_to_nothing() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules)\n"
        "import mendloop, mendloop.recorder\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(SOURCE)], capture_output=True, check=True
    )

    assert done.stdout == b"['mendloop', 'mendloop.recorder']\n"


@pytest.mark.parametrize("package", [mendloop, recorder], ids=["mendloop", "recorder"])
def test_a_name_that_nobody_offers_is_refused(package: ModuleType) -> None:
    assert {"record", "instrument"} <= set(dir(package))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018
