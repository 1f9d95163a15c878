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


@pytest.mark.slow
def test_its_help_is_its_own(started: Start, tmp_path: Path) -> None:
    process = started([*MENDLOOP, "proxy", "--help"], tmp_path)
    out, _ = process.communicate(timeout=PATIENCE)
    assert out.startswith(b"usage: mendloop proxy [options] -- COMMAND [ARG...]")
    assert process.returncode == 0


@pytest.mark.promise("proxy/imports-nothing-from-where-it-starts")
def test_nothing_is_imported_from_the_folder_that_it_is_started_in(
    started: Start, tmp_path: Path
) -> None:
    for name in ("json", "argparse", "mendloop"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('caught')\n")
    program = f"import os; os.chdir({str(tmp_path)!r}); from mendloop.interfaces.cli import proxy_command as p; "
    become = program + "p._become(['--', 'cat'])"
    process = started([sys.executable, "-P", "-c", become], tmp_path / "state")
    out, err = process.communicate(b"x", timeout=PATIENCE)
    assert (out, err, process.returncode) == (b"x", b"", 0)
