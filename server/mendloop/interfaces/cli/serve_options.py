"""What ``serve`` understands.

Read by argparse, which the MCP SDK loads anyway: a server is started by a waiting person, and Typer
would cost it a thirtieth of the whole start.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from mendloop.app.resource import check_url
from mendloop.errors import InvalidInput
from mendloop.interfaces.listening.address import Address, read_address
from mendloop.interfaces.listening.token import read_token
from mendloop.noun import dataclass

TOKEN: Final = "MENDLOOP_HTTP_TOKEN"  # noqa: S105  the name of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How to serve."""

    workspace: Path | None
    data: Path | None
    http: Address | None
    """``None`` for standard input and output."""
    names: tuple[str, ...]
    """By which other names clients call this host."""
    url: str
    """How clients name the server, where a proxy stands before it."""
    read_only: bool
    token_file: Path | None

    def token(self, environment: Mapping[str, str]) -> str | None:
        """What every HTTP request must bear, where anything is set.

        Raises:
            InvalidInput: The file cannot be read, or is empty.
        """
        return read_token(self.token_file, environment, TOKEN)


def serve_options(arguments: Sequence[str]) -> ServeOptions:
    """Read the arguments behind ``serve``; on wrong usage say so, and exit with 2."""
    read = _parser().parse_args(arguments)
    return ServeOptions(
        workspace=read.workspace,
        data=read.data,
        http=read.http,
        names=tuple(read.name),
        url=read.url,
        read_only=read.read_only,
        token_file=read.token_file,
    )


def _public(text: str) -> str:
    try:
        check_url(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(error.message) from error
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mendloop serve",
        description="Serve MCP over standard input and output, or over Streamable HTTP.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--http",
        type=read_address,
        metavar="HOST:PORT",
        help="serve Streamable HTTP at /mcp; off this machine only with a token",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="another name by which clients call this host; may be repeated",
    )
    parser.add_argument(
        "--url",
        type=_public,
        default="",
        metavar="URL",
        help="how clients name this server, where a proxy with TLS stands before it",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="offer only what looks; nothing can be changed"
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="PATH",
        help=f"holds one bearer token of HTTP requests; by default {TOKEN}; a team has "
        "`mendloop tokens`",
    )
    parser.add_argument(
        "-w",
        "--workspace",
        type=Path,
        metavar="DIR",
        help="the folder of the tools; by default the nearest one upward with a mendloop.toml",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where state is kept; by default MENDLOOP_DATA_DIR"
    )
    return parser
