"""The program that a server starts: ``python -s -S start.py base|call|cases NUMBER``.

The folder of this file is made importable as ``mendloop.worker``, alone: nothing else of the
package, and none of its dependencies, is there. Afterwards the names are taken away again, so that
the user's own ``import mendloop`` finds what is installed for him.
"""

from __future__ import annotations

import importlib
import os
import sys
import types


def _make_importable() -> None:
    """Put a package of two names in place that holds this folder and nothing else."""
    here = os.path.dirname(os.path.abspath(__file__))
    for name, places in (("mendloop", []), ("mendloop.worker", [here])):
        package = types.ModuleType(name)
        package.__path__ = places
        sys.modules[name] = package
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != here]


def _forget() -> None:
    """Take our names out of the way of the user's; what refers to the modules keeps them."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "mendloop"]:
        del sys.modules[name]
    sys.modules["__main__"] = types.ModuleType("__main__")


def main(role: str, channel: int) -> None:
    """Take up one of the roles."""
    _make_importable()
    run = importlib.import_module("mendloop.worker." + role).run
    _forget()
    sys.dont_write_bytecode = True
    run(channel)


if __name__ == "__main__":
    if sys.argv[1] not in {"base", "call", "cases"}:
        sys.exit("the role is base, call or cases")
    main(sys.argv[1], int(sys.argv[2]))
