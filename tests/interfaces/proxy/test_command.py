"""``mendloop proxy``, as a client starts it."""

import sys
from pathlib import Path

import pytest

from tests.interfaces.proxy.seen import spooled
from tests.interfaces.proxy.wire import PATIENCE, Start

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay"}}\n'
MENDLOOP = [sys.executable, "-m", "mendloop"]


@pytest.mark.slow
def test_the_command_becomes_the_relay_and_what_stands_behind_the_dashes_is_the_servers(
    started: Start, tmp_path: Path
) -> None:
    code = "import sys; print(sys.argv[1:], flush=True); sys.stdin.readline(); sys.exit(6)"
    server = [sys.executable, "-c", code, "--name", "theirs", "--", "--help"]
    data = str(tmp_path / "data")
    command = [*MENDLOOP, "--data", data, "proxy", "--name", "ours", "--", *server]
    process = started(command, tmp_path / "other")
    out, err = process.communicate(CALL, timeout=PATIENCE)
    assert (out, err) == (b"['--name', 'theirs', '--', '--help']\n", b"")
    assert process.returncode == 6
    (record,) = spooled(tmp_path / "data")
    assert record["target"] == "ours.pay"


@pytest.mark.parametrize("program", [MENDLOOP, [str(Path(sys.executable).with_name("mendloop"))]])
def test_as_the_first_word_it_is_the_relay_at_once(
    started: Start, tmp_path: Path, program: list[str]
) -> None:
    code = "import sys; sys.stdin.readline(); sys.exit(6)"
    command = [*program, "proxy", "--name", "ours", "--", sys.executable, "-c", code]
    process = started(command, tmp_path)
    assert process.communicate(CALL, timeout=PATIENCE) == (b"", b"")
    assert process.returncode == 6
    (record,) = spooled(tmp_path)
    assert record["target"] == "ours.pay"


def test_the_relay_loads_no_part_of_the_command_line_and_no_server(
    started: Start, tmp_path: Path
) -> None:
    heavy = {"typer", "mcp", "anyio", "pydantic", "asyncio", "mendloop.interfaces.entry"}
    program = (
        "import sys; from mendloop.__main__ import main; import mendloop.interfaces.proxy.relay as r; "
        f"r.relay = lambda *_: sys.exit(repr(sorted({heavy!r} & set(sys.modules)))); "
        "sys.argv[1:] = ['proxy', '--', 'cat']; main()"
    )
    process = started([sys.executable, "-c", program], tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert err == b"[]\n"


@pytest.mark.slow
def test_its_help_is_its_own(started: Start, tmp_path: Path) -> None:
    process = started([*MENDLOOP, "proxy", "--help"], tmp_path)
    out, _ = process.communicate(timeout=PATIENCE)
    assert out.startswith(b"usage: mendloop proxy [options] -- COMMAND [ARG...]")
    assert process.returncode == 0


@pytest.mark.promise("proxy/imports-nothing-from-where-it-starts")
def test_a_folder_full_of_modules_is_passed_over(started: Start, tmp_path: Path) -> None:
    for name in ("json", "argparse", "typing", "subprocess", "ctypes", "dataclasses", "resource"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('caught')\n", encoding="utf-8")
    begin = f"import os; os.chdir({str(tmp_path)!r}); import sys; sys.path[0] = ''; "
    program = (
        begin + "sys.argv[1:] = ['proxy', '--', 'cat']; from mendloop.__main__ import main; main()"
    )
    process = started([sys.executable, "-c", program], tmp_path / "state")
    out, err = process.communicate(b"x", timeout=PATIENCE)
    assert (out, err, process.returncode) == (b"x", b"", 0)


@pytest.mark.promise("proxy/imports-nothing-from-where-it-starts")
def test_nothing_is_imported_from_the_folder_that_it_is_started_in(
    started: Start, tmp_path: Path
) -> None:
    for name in ("json", "argparse", "mendloop"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('caught')\n", encoding="utf-8")
    program = f"import os; os.chdir({str(tmp_path)!r}); from mendloop.interfaces.cli import proxy_command as p; "
    become = program + "p._become(['--', 'cat'])"
    process = started([sys.executable, "-P", "-c", become], tmp_path / "state")
    out, err = process.communicate(b"x", timeout=PATIENCE)
    assert (out, err, process.returncode) == (b"x", b"", 0)
