"""The one way in: an observer, and before it one of the two relays."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from mendloop.errors import MendloopError
from mendloop.interfaces.proxy.observed import Observed
from mendloop.interfaces.proxy.observer import Observer, start_observer
from mendloop.interfaces.proxy.options import TOKEN, ProxyOptions, proxy_options

_FAILED: Final = 1


def main(arguments: Sequence[str]) -> NoReturn:
    """Relay until the server has ended, or until we are told to."""
    options = proxy_options(arguments)
    if options.command:
        from mendloop.interfaces.proxy.relay import relay  # noqa: PLC0415  one of the two

        relay(options.command, _observer(options))
    try:
        _web(options)
    except MendloopError as error:
        sys.stderr.write(f"mendloop: {error.message}\n{error.hint}\n")
        raise SystemExit(_FAILED) from error
    raise SystemExit(0)


def _web(options: ProxyOptions) -> None:
    from mendloop.interfaces.listening.binding import (  # noqa: PLC0415  one of the two
        Binding,
        check_binding,
    )
    from mendloop.interfaces.listening.token import read_token  # noqa: PLC0415

    binding = Binding(
        host=options.http.host,
        port=options.http.port,
        token=read_token(options.token_file, os.environ, TOKEN),
        names=options.names,
    )
    check_binding(binding, variable=TOKEN, option="--host")
    observer = _observer(options)  # before what starts threads, and before what takes a second
    from mendloop.interfaces.proxy.web import serve  # noqa: PLC0415

    serve(options.url, binding, observer)


def _observer(options: ProxyOptions) -> Observer:
    return start_observer(
        Observed(
            web=not options.command,
            name=options.name,
            fallback=_fallback(options),
            verbose=options.verbose,
            workspace=options.workspace,
            data=options.data,
        )
    )


def _fallback(options: ProxyOptions) -> str:
    if options.command:
        return Path(options.command[0]).name
    return urlsplit(options.url).hostname or ""
