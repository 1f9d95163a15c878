"""What runs in the process of the user's tools: the standard library and nothing else.

``record`` decorates a function, ``instrument`` takes a whole MCP server; both write what happens
to files that the server reads. ``flush`` and ``state`` are for whoever wants to be sure. All load
when they are first asked for, so that a module in here can be had alone; ``__init__.pyi`` has
their types.
"""

_LAZY = {
    "State": "mendloop.recorder.writer",
    "flush": "mendloop.recorder.writer",
    "instrument": "mendloop.recorder.servers",
    "record": "mendloop.recorder.decorate",
    "state": "mendloop.recorder.writer",
}


def __getattr__(name: str) -> object:
    """Load what is asked for."""
    if name in _LAZY:
        from importlib import import_module  # noqa: PLC0415  nothing before it is needed

        found: object = getattr(import_module(_LAZY[name]), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what can be asked for."""
    return [*globals(), *_LAZY]
