import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mendloop.adapters.telemetry import tracing
from mendloop.app.observing import SILENT
from mendloop.settings import Settings
from tests.interfaces.mcp.shop import open_shop

HOUSE = """
import sys, anyio
from pathlib import Path
from mendloop.bootstrap import open_house
from mendloop.app.observing import SILENT
from mendloop.settings import Settings

async def main():
    async with open_house(Settings.at(Path(sys.argv[1]), Path(sys.argv[2]), {})) as house:
        await house.loop.stopper.stop("so")

anyio.run(main)
print([name for name in sys.modules if name.partition(".")[0] == "opentelemetry"])
"""


def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **more},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )


def test_nothing_of_opentelemetry_is_loaded_where_nobody_asks_for_it(tmp_path: Path) -> None:
    place = (str(open_shop(tmp_path / "workspace")), str(tmp_path / "state"))
    assert run("-c", HOUSE, *place).stdout == "[]\n"


@pytest.mark.slow
@pytest.mark.promise("telemetry/tells-no-values")
def test_every_action_is_a_span_that_tells_its_outcome_and_nothing_else(tmp_path: Path) -> None:
    place = (str(open_shop(tmp_path / "workspace")), str(tmp_path / "state"))
    done = run("-m", "tests.adapters.traced", *place)
    spans = json.loads(done.stdout)
    assert [(each["name"], each["status"]) for each in spans] == [
        ("mendloop.run_tool", "UNSET"),
        ("mendloop.detect", "UNSET"),
        ("mendloop.run_tool", "ERROR"),
        ("mendloop.stop", "UNSET"),
    ]
    assert spans[2]["attributes"] == {
        "mendloop.action": "run_tool",
        "mendloop.outcome": "not_found",
        "error.type": "not_found",
    }
    assert {(each["told"], each["events"]) for each in spans} == {(None, 0)}
    assert "secret" not in done.stdout


@pytest.mark.slow
def test_an_exporter_that_the_environment_names_gets_the_spans(tmp_path: Path) -> None:
    place = ("-w", str(open_shop(tmp_path / "workspace")), "--data", str(tmp_path / "state"))
    done = run(
        *("-m", "mendloop", "stop", "--reason", "so", "--json", *place),
        OTEL_TRACES_EXPORTER="console",
    )
    assert json.loads(done.stdout)["stopped"]
    span = json.loads(done.stderr)
    assert span["name"] == "mendloop.stop"
    assert span["attributes"] == {"mendloop.action": "stop", "mendloop.outcome": "done"}
    assert span["resource"]["attributes"]["service.name"] == "mendloop"


def test_an_exporter_that_is_not_installed_is_told_of_and_does_no_harm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    with tracing("no-such-exporter", SILENT) as observer:
        assert observer is SILENT
    assert "pip install mendloop[telemetry]" in caplog.text


@pytest.mark.parametrize(
    ("environment", "exporter"),
    [
        ({}, ""),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "x", "OTEL_TRACES_EXPORTER": "none"}, ""),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, ""),
    ],
)
def test_the_variables_of_opentelemetry_say_where_spans_go(
    tmp_path: Path, environment: dict[str, str], exporter: str
) -> None:
    (tmp_path / "workspace").mkdir()
    settings = Settings.at(tmp_path / "workspace", tmp_path / "state", environment)
    assert settings.traces == exporter
