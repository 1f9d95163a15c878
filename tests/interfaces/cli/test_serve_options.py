from pathlib import Path

import pytest
from typer.testing import CliRunner

from mendloop.errors import InvalidInput
from mendloop.interfaces.cli.app import build
from mendloop.interfaces.cli.serve_options import serve_options
from mendloop.interfaces.listening.address import Address


def test_by_default_everything_is_served_over_standard_input() -> None:
    options = serve_options([])
    assert (options.http, options.read_only, options.token({})) == (None, False, None)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8765", Address(host="127.0.0.1", port=8765)),
        ("localhost:0", Address(host="localhost", port=0)),
        ("[::1]:80", Address(host="::1", port=80)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: Address) -> None:
    assert serve_options(["--http", text, "--read-only"]).http == address


@pytest.mark.parametrize("text", ["8765", "127.0.0.1", ":8765", "host:port", "host:70000", "h:-1"])
def test_an_address_that_is_none_is_wrong_usage(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        serve_options([f"--http={text}"])
    assert ended.value.code == 2
    assert "127.0.0.1:8765" in capsys.readouterr().err


def test_an_option_must_be_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        serve_options(["--read"])
    assert ended.value.code == 2
    assert "--read" in capsys.readouterr().err


def test_the_file_of_the_token_counts_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of-the-file\n", encoding="utf-8")
    environment = {"MENDLOOP_HTTP_TOKEN": "of-the-environment"}
    assert serve_options([]).token(environment) == "of-the-environment"
    assert serve_options(["--token-file", str(file)]).token(environment) == "of-the-file"


def test_a_token_file_without_a_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xff")
    for name in ("empty", "binary", "missing"):
        with pytest.raises(InvalidInput, match=name):
            serve_options(["--token-file", str(tmp_path / name)]).token({})


def test_options_in_front_of_serve_are_passed_on(tmp_path: Path) -> None:
    served: list[list[str]] = []
    words = ["--workspace", str(tmp_path), "--data", "d", "serve", "--read-only", "--http", "h:1"]
    result = CliRunner().invoke(build(lambda arguments: served.append(list(arguments))), words)
    assert result.exit_code == 0, result.output
    options = serve_options(served[0])
    assert (options.workspace, options.data) == (tmp_path, Path("d"))
    assert (options.read_only, options.http) == (True, Address(host="h", port=1))
