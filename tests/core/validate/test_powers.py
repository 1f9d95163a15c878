import ast

import pytest

from mendloop.core.validate.powers import power_of
from mendloop.core.validate.surface import RISKY_CALLS, RISKY_MODULES, capabilities
from mendloop.model.power import Power


@pytest.mark.parametrize(
    ("source", "power"),
    [
        ("import subprocess", Power.SUBPROCESS),
        ("import os\nos.system('ls')", Power.SUBPROCESS),
        ("import os\nos.execv('a', [])", Power.SUBPROCESS),
        ("import asyncio\nasyncio.create_subprocess_exec('a')", Power.SUBPROCESS),
        ("from urllib import request", Power.NETWORK),
        ("import socket", Power.NETWORK),
        ("eval('1')", Power.EVAL),
        ("__import__('json')", Power.EVAL),
        ("import pickle", Power.EVAL),
        ("open('a', 'w')", Power.WRITES_FILES),
        ("import io\nio.open('a')", Power.WRITES_FILES),
        ("import os\nos.remove('a')", Power.WRITES_FILES),
        ("def f(p): p.write_text('a')", Power.WRITES_FILES),
        ("import os\nos.listdir('.')", Power.FILES),
        ("import pathlib", Power.FILES),
        ("import sqlite3", Power.DATABASE),
        ("import ctypes", Power.NATIVE),
        ("import os\nos.environ['A']", Power.ENVIRONMENT),
        ("f.__globals__", Power.INTROSPECTION),
        ("getattr(a, b)", Power.INTROSPECTION),
        ("import threading", Power.THREADS),
        ("import signal", Power.OTHER),
    ],
)
def test_what_a_file_reaches_for_is_a_power_by_name(source: str, power: Power) -> None:
    assert power in {power_of(name) for name in capabilities(ast.parse(source))}


def test_every_name_is_some_power_and_few_are_other() -> None:
    names = [f"import:{module}" for module in RISKY_MODULES]
    names += [f"call:{call}" for call in RISKY_CALLS]
    other = {name for name in names if power_of(name) is Power.OTHER}
    assert other == {
        "call:breakpoint", "call:input", "import:atexit", "import:os", "import:posix",
        "import:resource", "import:signal",
    }  # fmt: skip
