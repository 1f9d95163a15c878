"""What ``mendloop`` does but for the proxy: serve, or run the command line."""

import gc
import io
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

import anyio

from mendloop.errors import MendloopError
from mendloop.interfaces.cli.advice import refusal
from mendloop.interfaces.cli.faults import FAULTS
from mendloop.interfaces.cli.serve_options import ServeOptions, serve_options
from mendloop.recorder.place import switched_off

_INTERRUPTED: Final = 130
"""128 and the number of the signal, as shells count."""


def enter(arguments: Sequence[str]) -> None:
    """Do what the arguments of this process say."""
    sys.excepthook = FAULTS.report
    try:
        _run(arguments)
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None


def _run(arguments: Sequence[str]) -> None:
    if arguments[:1] == ["serve"]:
        serve(arguments[1:])
        return
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # what a terminal's encoding lacks is written out, rather than nothing at all
            stream.reconfigure(errors="backslashreplace")
    with _uncollected():
        from mendloop.interfaces.cli.app import (  # noqa: PLC0415  a server needs no Typer
            command_line,
        )
    command_line(arguments, serve)


def serve(arguments: Sequence[str]) -> None:
    """Serve MCP until the client leaves or a signal comes."""
    options = serve_options(arguments)
    try:
        anyio.run(_serve, options)
    except MendloopError as error:
        sys.stderr.write(refusal(error))
        raise SystemExit(1) from error


async def _serve(options: ServeOptions) -> None:
    with _uncollected():
        # behind the reading of the options, so that wrong ones are told at once
        from mendloop.bootstrap import open_house  # noqa: PLC0415
        from mendloop.interfaces.listening.binding import Binding  # noqa: PLC0415
        from mendloop.interfaces.mcp.sdk import Updates  # noqa: PLC0415
        from mendloop.interfaces.mcp.server import ServerOptions, build_server  # noqa: PLC0415
        from mendloop.interfaces.mcp.tending import tending  # noqa: PLC0415
        from mendloop.interfaces.mcp.transport import serve_http, serve_stdio  # noqa: PLC0415
        from mendloop.settings import Settings  # noqa: PLC0415
    settings = Settings.at(options.workspace, options.data, os.environ)
    FAULTS.keep_in(settings.state)
    async with open_house(settings) as house:
        updates = Updates()
        server = build_server(
            house.loop,
            updates=updates,
            options=ServerOptions(
                read_only=options.read_only, require_person=settings.defaults.mcp.require_person
            ),
        )
        async with tending(house.tender, updates):
            if options.http is None:
                await serve_stdio(server)
                return
            with _uncollected():
                from mendloop.interfaces.mcp.metrics import with_metrics  # noqa: PLC0415
                from mendloop.interfaces.mcp.otlp import receivers  # noqa: PLC0415
            await serve_http(
                server,
                Binding(
                    host=options.http.host,
                    port=options.http.port,
                    token=options.token(os.environ),
                    names=options.names,
                ),
                beside=with_metrics(
                    house.meter,
                    None if _keeps_nothing(options) else receivers(house.loop.recorder),
                ),
                ready=lambda url: print(url, file=sys.stderr, flush=True),  # noqa: T201
            )


def _keeps_nothing(options: ServeOptions) -> bool:
    """Whether calls that others tell of are not to be kept."""
    return options.read_only or switched_off()


@contextmanager
def _uncollected() -> Generator[None]:
    """Import without the garbage collector: a tenth of the start.

    Modules are a hundred thousand new objects and none of them is garbage, yet the collector would
    look through them again and again while they are made, and at every later collection.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
