"""Run the official MCP suite in both eras, and the Inspector against the product itself.

    python -m tests.conformance.run

The suite speaks HTTP only, to the product's own server and transport with the suite's fixtures
added; the Inspector speaks stdio and HTTP, to the product as it is. Exits 1 unless every scenario
passes or is in ``expected-failures.yml`` with its reason.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
BIN: Final = HERE / "node_modules" / ".bin"
ERAS: Final = ("2025-11-25", "2026-07-28")
_PATIENCE: Final = 600
"""Seconds that one era may take; it takes ten on an idle machine."""
_LAST_WAIT: Final = 20
_PRODUCT: Final = [sys.executable, "-m", "mendloop"]
_TOTAL: Final = re.compile(r"Total: (\d+) passed, (\d+) failed")
_PASSED: Final = re.compile(r"^✓ ", re.MULTILINE)
_FAILED: Final = re.compile(r"^\s*✗ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one program came to."""

    name: str
    good: bool
    told: str


def main() -> int:
    """Run everything, and print a line for each."""
    if not (BIN / "conformance").exists():
        sys.stderr.write("The pinned Node programs are missing: run .ci/node first.\n")
        return 1
    outcomes = [*_suite(), *_inspected()]
    for outcome in outcomes:
        mark = "ok  " if outcome.good else "FAIL"
        sys.stdout.write(f"{mark} {outcome.name}: {outcome.told}\n")
    return 0 if all(outcome.good for outcome in outcomes) else 1


def _suite() -> Generator[Outcome]:
    with _serving([sys.executable, "-m", "tests.conformance.fixture_server"]) as url:
        for era in ERAS:
            ran = _node(
                [
                    "conformance",
                    "server",
                    "--url",
                    url,
                    "--suite",
                    "all",
                    "--spec-version",
                    era,
                    "--expected-failures",
                    str(HERE / "expected-failures.yml"),
                ]
            )
            yield Outcome(f"suite {era}", ran.returncode == 0, _summary(ran.stdout + ran.stderr))


def _summary(told: str) -> str:
    total = _TOTAL.search(told)
    if total is None:
        return "no result\n" + told[-2000:]
    good = len(_PASSED.findall(told))
    summary = f"{good} scenarios, {total[1]} checks passed, {total[2]} failed"
    return "\n     ".join([summary, *(f"unexpected: {name}" for name in _FAILED.findall(told))])


def _inspected() -> Generator[Outcome]:
    with TemporaryDirectory() as folder:
        place = _workspace(Path(folder))
        yield _inspect("stdio", [*_PRODUCT, *place, "serve"])
        with _serving([*_PRODUCT, *place, "serve", "--http", "127.0.0.1:0"]) as url:
            yield _inspect("http", [url, "--transport", "http"])


def _inspect(name: str, server: Sequence[str]) -> Outcome:
    listed = _node(["mcp-inspector", "--cli", *server, "--method", "tools/list"])
    called = _node(
        ["mcp-inspector", "--cli", *server, "--method", "tools/call", "--tool-name", "status"]
    )
    try:
        tools = [tool["name"] for tool in json.loads(listed.stdout)["tools"]]
        answer = json.loads(called.stdout)["structuredContent"]
    except (ValueError, KeyError) as error:
        told = f"{error!r}\n{listed.stdout}{listed.stderr}{called.stdout}{called.stderr}"
        return Outcome(f"inspector {name}", good=False, told=told[-2000:])
    good = {"status", "deploy_fix", "rollback"} <= set(tools) and answer["open_incidents"] == 0
    return Outcome(
        f"inspector {name}", good, f"{len(tools)} tools, status says next: {answer['next']}"
    )


def _workspace(folder: Path) -> list[str]:
    workspace = folder / "workspace"
    workspace.mkdir()
    (workspace / "mendloop.toml").write_text("[targets]\n", encoding="utf-8")
    return ["--workspace", str(workspace), "--data", str(folder / "state")]


@contextmanager
def _serving(command: Sequence[str]) -> Generator[str]:
    """A server of ours for the length of the block, by its URL, which it says on standard error."""
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as server:
        assert server.stderr is not None
        try:
            yield _url(server.stderr)
        finally:
            server.terminate()
            server.wait(_LAST_WAIT)


def _url(told: IO[str]) -> str:
    lines: list[str] = []
    for line in told:
        lines.append(line)
        found = re.search(r"http://\S+", line)
        if found is not None:
            Thread(target=told.read, daemon=True).start()  # or its warnings would fill the pipe
            return found[0]
    raise SystemExit("the server did not say its URL:\n" + "".join(lines))


def _node(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """One of the pinned programs, on the pinned Node."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=_PATIENCE,
    )


if __name__ == "__main__":
    sys.exit(main())
