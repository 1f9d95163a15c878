"""Give what may wait for ever a time limit."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import dotted, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_SECONDS: Final = 10
_VERBS: Final = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_CALLS: Final = frozenset(
    {
        *(f"{library}.{verb}" for library in ("requests", "httpx") for verb in _VERBS),
        "httpx.stream",
        "urlopen",
        "request.urlopen",
        "urllib.request.urlopen",
        "socket.create_connection",
        "subprocess.run",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.check_output",
    }
)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for call in unit.of(cst.Call):
        if dotted(call.func) not in _CALLS or not call.args or _limited(call):
            continue
        last = call.args[-1]
        limits = ["timeout"] if "timeout" in visible(unit, call) else []
        for place, limit in enumerate([*limits, str(_SECONDS)]):
            yield unit.replace(last, f"{unit.code(last)}, timeout={limit}", weight=1.0 + place / 10)


def _limited(call: cst.Call) -> bool:
    return any(
        arg.star == "**" or (arg.keyword is not None and arg.keyword.value == "timeout")
        for arg in call.args
    )


RECIPE = Recipe(
    name="add_timeout",
    title="give a call that waits a time limit",
    edits=_edits,
    cost=1.0,
    fits=frozenset({"TimeoutError", "Timeout", "TimeoutExpired", "ReadTimeout", "ConnectTimeout"}),
    settles=True,
    examples=(
        Example(
            "def f(url):\n    return requests.get(url)\n",
            "def f(url):\n    return requests.get(url, timeout=10)\n",
        ),
        Example(
            "def f(url):\n    return urlopen(\n        url,  # ours\n    )\n",
            "def f(url):\n    return urlopen(\n        url, timeout=10,  # ours\n    )\n",
        ),
        Example(
            "def f(cmd, timeout):\n    subprocess.run(cmd, check=True)\n",
            "def f(cmd, timeout):\n    subprocess.run(cmd, check=True, timeout=timeout)\n",
        ),
        Example("def f(url):\n    return requests.get(url, timeout=3)\n", None),
        Example("def f(url, **more):\n    return requests.get(url, **more)\n", None),
        Example("def f(url):\n    return cache.get(url)  # not ours\n", None),
    ),
)
