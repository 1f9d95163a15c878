"""A safe self-improvement loop over the Python tools that a coding agent uses.

In a tool's own code: ``mendloop.record`` decorates a function, ``mendloop.instrument`` takes a
whole MCP server. Both load when they are first asked for; ``__init__.pyi`` has their types.
"""

__version__ = "0.1.0"

_LAZY = ("instrument", "record")


def __getattr__(name: str) -> object:
    """Load the recorder when one of its names is asked for."""
    if name in _LAZY:
        import mendloop.recorder as recorder  # noqa: PLC0415, PLR0402  the package itself stays free

        found: object = getattr(recorder, name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what can be asked for."""
    return [*globals(), *_LAZY]
