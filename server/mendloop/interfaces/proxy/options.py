"""What ``mendloop proxy`` understands. Read by argparse: a client waits for the server to start."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mendloop.interfaces.listening.address import Address, read_address
from mendloop.noun import dataclass

TOKEN: Final = "MENDLOOP_PROXY_TOKEN"  # noqa: S105  the name of it
_APART: Final = "--"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyOptions:
    """What to stand before, and how."""

    name: str | None
    command: tuple[str, ...]
    """Of a server on standard input and output; empty where there is a URL."""
    url: str
    http: Address
    names: tuple[str, ...]
    """By which other names clients call this host."""
    token_file: Path | None
    workspace: Path | None
    data: Path | None
    verbose: bool


def proxy_options(arguments: Sequence[str]) -> ProxyOptions:
    """Read the arguments behind ``proxy``; on wrong usage say so, and exit with 2."""
    own, command = _parted(arguments)
    parser = _parser()
    read = parser.parse_args(own)
    if bool(read.url) == bool(command):
        parser.error("give either `-- COMMAND ARG...` or a URL")
    if command and read.http is not None:
        parser.error("--http goes with a URL")
    return ProxyOptions(
        name=read.name,
        command=tuple(command),
        url=read.url or "",
        http=read.http or Address(host="127.0.0.1", port=0),
        names=tuple(read.host),
        token_file=read.token_file,
        workspace=read.workspace,
        data=read.data,
        verbose=read.verbose,
    )


def _parted(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    if _APART not in arguments:
        return arguments, ()
    place = arguments.index(_APART)
    return arguments[:place], arguments[place + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mendloop proxy",
        usage="mendloop proxy [options] -- COMMAND [ARG...]\n"
        "       mendloop proxy [options] [--http HOST:PORT] URL",
        description="Stand before an MCP server, pass everything on unchanged, record its calls.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("url", nargs="?", type=_url, metavar="URL", help="a server that speaks Streamable HTTP")
    add("--name", metavar="SERVER", help="what to call it; by default as it calls itself")
    add(
        "--http",
        type=read_address,
        metavar="HOST:PORT",
        help="where to listen for it; by default a free port of 127.0.0.1, which is printed",
    )
    add(
        "--host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which clients call this host; may be repeated",
    )
    add(
        "--token-file",
        type=Path,
        metavar="PATH",
        help="holds the bearer token that requests must have in Proxy-Authorization; "
        f"by default {TOKEN}",
    )
    add(
        "-w",
        "--workspace",
        type=Path,
        metavar="DIR",
        help="whose history it is; by default the nearest folder upward with a mendloop.toml",
    )
    add("--data", type=Path, metavar="DIR", help="where state is kept")
    add("--verbose", action="store_true", help="say at the end what was seen")
    return parser


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
        parts = urlsplit("")
    if not good or parts.username is not None or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} is not like https://example.com/mcp")
    return text
