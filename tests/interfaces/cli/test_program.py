"""The program itself, as a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interfaces.cli.conftest import Line

HEAVY = {"numpy", "scipy", "libcst", "mcp", "uvicorn"}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAUDE")}
    return {**kept, "PYTHONWARNINGS": "error", **more}


def program(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mendloop", *words],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=environment(),
        timeout=25,
    )


def loaded(script: str, *words: str) -> set[str]:
    """The packages that a script has loaded, which runs commands in one process."""
    whole = f"{script}\nimport sys\nprint('loaded', *{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", whole, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=environment(),
        timeout=25,
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


RUN = """
import sys
from mendloop.__main__ import main
for line in sys.argv[1].split(';'):
    sys.argv[1:] = line.split()
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, line
"""


def test_serve_loads_neither_typer_nor_what_the_work_needs() -> None:
    assert loaded(RUN, "serve --help") & {*HEAVY, "typer", "rich", "pydantic"} == set()


def test_a_server_starts_without_typer_and_without_what_the_work_needs(line: Line) -> None:
    packages = loaded(RUN, f"serve -w {line.workspace} --data {line.data}")
    assert "mcp" in packages
    assert packages & {"numpy", "scipy", "libcst", "typer"} == set()


def test_commands_that_only_look_load_nothing_heavy(line: Line) -> None:
    common = f"-w {line.workspace} --data {line.data}"
    looks = ("status", "history shop.price", "show f1", "audit verify", "policy", "init", "doctor")
    packages = loaded(RUN, ";".join(f"{look} {common}" for look in looks))
    assert packages & HEAVY == set()


def test_wrong_usage_ends_with_2_and_help_with_0() -> None:
    assert program("mend").returncode == 2
    shown = program("--help")
    assert shown.returncode == 0
    assert {"status", "approve", "serve", "doctor"} <= set(shown.stdout.split())
    assert program("--version").stdout.startswith("mendloop ")


def test_a_refusal_is_two_lines_and_ends_with_1(line: Line) -> None:
    common = ("-w", str(line.workspace), "--data", str(line.data))
    done = program("show", "x-22222222", *common)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 2


def test_a_fault_of_ours_is_one_line_that_quotes_nothing_and_a_log_that_holds_all(
    new: Line,
) -> None:
    # a segment that has a folder beside it of the name that it once had, which nothing foresees
    spool = new.settings.state / "spool"
    (spool / "1-1-a.open").mkdir(parents=True)
    (spool / "1-1-a.jsonl").write_text("{}\n", encoding="utf-8")
    done = program("status", "-w", str(new.workspace), "--data", str(new.data))
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    log = new.settings.state / "errors.log"
    assert str(log) in line
    assert "Traceback" not in line
    reference = line.partition("Reference ")[2].partition(";")[0]
    assert f"failure {reference}" in log.read_text(encoding="utf-8")
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_serve_answers_and_ends_with_its_input(line: Line) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    words = ("serve", "-w", str(line.workspace), "--data", str(line.data))
    done = program(*words, typed=json.dumps(hello) + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout.splitlines()[0])["result"]["serverInfo"]["name"] == "mendloop"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--http", "0.0.0.0:0"), 1),
        (("--http", "127.0.0.1:0", "--token-file", "missing"), 1),
        (("--http", "nonsense"), 2),
    ],
)
def test_serve_refuses_what_is_not_safe(line: Line, words: tuple[str, ...], code: int) -> None:
    done = program("serve", "-w", str(line.workspace), "--data", str(line.data), *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr


def test_a_terminal_that_knows_ascii_only_is_no_fault(new: Line) -> None:
    record = {"target": "shop.total", "outcome": "ok", "args": ["\u20ac"], "result": "\u20ac"}
    new.done("record", typed=json.dumps(record))
    common = ("-w", str(new.workspace), "--data", str(new.data))
    done = subprocess.run(
        [sys.executable, "-m", "mendloop", "history", "shop.total", *common],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=environment(PYTHONIOENCODING="ascii"),
        timeout=25,
    )
    assert "\\u20ac" in done.stdout


def test_a_reader_that_leaves_early_is_no_fault(line: Line) -> None:
    common = f"-w '{line.workspace}' --data '{line.data}'"
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m mendloop audit export {common} | true"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=environment(),
        timeout=25,
    )
    assert done.stderr == ""


def test_the_environment_names_the_data_folder(line: Line, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mendloop", "status", "--json", "-w", str(line.workspace)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=environment(MENDLOOP_DATA_DIR=str(tmp_path / "elsewhere")),
        timeout=25,
    )
    assert json.loads(done.stdout)["open_incidents"] == 0
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1
