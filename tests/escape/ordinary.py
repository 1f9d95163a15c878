"""Ordinary programs, each with its arguments and what it returns.

A sandbox that refuses everything proves nothing.
"""

from typing import Any

PROGRAMS: dict[str, tuple[str, list[Any], object]] = {
    "asyncio": (
        """
import asyncio
async def one(x):
    await asyncio.sleep(0)
    return x * 2
async def f(x):
    return await asyncio.gather(*(one(part) for part in x))
""",
        [[1, 2]],
        [2, 4],
    ),
    "threads": (
        """
from concurrent.futures import ThreadPoolExecutor
def f(x):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda part: part + 1, x))
""",
        [[1, 2, 3]],
        [2, 3, 4],
    ),
    "sqlite3": (
        """
import sqlite3
def f(rows):
    db = sqlite3.connect(":memory:")
    db.execute("create table t (a, b)")
    db.executemany("insert into t values (?, ?)", rows)
    return db.execute("select sum(b) from t where a > 1").fetchone()[0]
""",
        [[[1, 10], [2, 20], [3, 30]]],
        50,
    ),
    "regular expressions": (
        """
import re
def f(text):
    return re.findall(r"(\\w+)@(\\w+)", text)
""",
        ["a@b c@d"],
        [{"$t": ["a", "b"]}, {"$t": ["c", "d"]}],
    ),
    "decimal": (
        """
from decimal import Decimal
def f(x):
    return x + Decimal("0.20")
""",
        [{"$decimal": "0.10"}],
        {"$decimal": "0.30"},
    ),
    "dataclasses": (
        """
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int
def f(p):
    return [type(p).__name__, p, Point(p.y, p.x)]
""",
        [{"$dataclass": ["tools.candidate.Point", {"x": 1, "y": 2}]}],
        [
            "Point",
            {"$dataclass": ["tools.candidate.Point", {"x": 1, "y": 2}]},
            {"$dataclass": ["tools.candidate.Point", {"x": 2, "y": 1}]},
        ],
    ),
    "enumerations": (
        """
import enum
class Side(enum.Enum):
    LEFT = 1
    RIGHT = 2
def f(side):
    return [side is Side.LEFT, Side.RIGHT]
""",
        [{"$enum": ["tools.candidate.Side", "LEFT"]}],
        [True, {"$enum": ["tools.candidate.Side", "RIGHT"]}],
    ),
    "generators": ("def f(n):\n    yield from range(n)\n", [3], [0, 1, 2]),
    "endless generators": (
        "import itertools\ndef f():\n    yield from itertools.repeat(0)\n",
        [],
        [0] * 10_000,
    ),
    "asynchronous generators": (
        "async def f(n):\n    for x in range(n):\n        yield x\n",
        [3],
        [0, 1, 2],
    ),
    "recursion": ("def f(n):\n    return 1 if n == 0 else n * f(n - 1)\n", [10], 3_628_800),
    "big results": ("def f(n):\n    return ['x' * 100] * n\n", [5000], ["x" * 100] * 5000),
    "big numbers": ("def f(n):\n    return 10 ** n\n", [40], {"$i": "1" + "0" * 40}),
    "dates": (
        "from datetime import timedelta\ndef f(day):\n    return [day + timedelta(1), timedelta(0, 1)]\n",
        [{"$date": "2026-02-28"}],
        [{"$date": "2026-03-01"}, {"$timedelta": "1.000000"}],
    ),
    "time zones": (
        """
from datetime import datetime
import time
def f():
    return [time.tzname[0], datetime.fromtimestamp(0).hour]
""",
        [],
        ["UTC", 0],
    ),
    "own signals": (
        """
import signal
def f():
    got = []
    signal.signal(signal.SIGALRM, lambda *_: got.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    return got
""",
        [],
        [1],
    ),
    "hashing": (
        "import hashlib\ndef f(x):\n    return hashlib.sha256(x.encode()).hexdigest()[:8]\n",
        ["a"],
        "ca978112",
    ),
    "compression": (
        """
import gzip, bz2, lzma
def f(x):
    return [len(m.decompress(m.compress(x))) for m in (gzip, bz2, lzma)]
""",
        [{"$b": "00" * 9}],
        [9, 9, 9],
    ),
    "subclasses of what is there": (
        "import collections\ndef f(x):\n    return dict(collections.Counter(x))\n",
        ["aab"],
        {"a": 2, "b": 1},
    ),
    "json": (
        "import json\ndef f(x):\n    return json.loads(json.dumps({'a': [x, None, 1.5]}))\n",
        ["\u00e9"],
        {"a": ["\u00e9", None, 1.5]},
    ),
    "places of the world": (
        """
from datetime import datetime, timezone
from zoneinfo import ZoneInfo
def f():
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    return noon.astimezone(ZoneInfo("Europe/Zurich")).hour
""",
        [],
        14,
    ),
    "modules beside it": (
        """
import importlib
def f(x):
    return importlib.import_module("beside").twice(x)
""",
        [4],
        8,
    ),
    "statistics": (
        "import statistics\ndef f(x):\n    return statistics.median(x)\n",
        [[3, 1, 2]],
        2,
    ),
    "templates and text": (
        """
import csv, io, string, textwrap
def f(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return [string.Template("$a!").substitute(a=1), textwrap.fill("a b", 1), out.getvalue()]
""",
        [[["x", 1]]],
        ["1!", "a\nb", "x,1\r\n"],
    ),
    "caches": (
        """
import functools
@functools.lru_cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def f(n):
    return fib(n)
""",
        [50],
        12_586_269_025,
    ),
    "clocks": (
        """
import time
def f():
    start = time.monotonic()
    time.sleep(0.001)
    return time.monotonic() > start
""",
        [],
        True,
    ),
    "queues and locks": (
        """
import queue, threading
def f(n):
    box, done = queue.Queue(), []
    def work():
        while (item := box.get()) is not None:
            done.append(item)
    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for item in range(n):
        box.put(item)
    for _ in workers:
        box.put(None)
    for worker in workers:
        worker.join()
    return sorted(done)
""",
        [5],
        [0, 1, 2, 3, 4],
    ),
}
WRITERS: dict[str, tuple[str, list[Any], object]] = {
    "temporary files": (
        """
import tempfile
def f(x):
    with tempfile.TemporaryFile("w+") as file, tempfile.NamedTemporaryFile() as named:
        file.write(x)
        file.seek(0)
        named.write(b"y")
        return file.read()
""",
        ["text"],
        "text",
    ),
    "folders and links": (
        """
import os, shutil
def f():
    os.makedirs("a/b")
    os.symlink("b", "a/c")
    with open("a/c/file", "w") as file:
        file.write("x" * 10)
    shutil.copyfile("a/b/file", "copy")
    os.replace("copy", "moved")
    return [os.path.getsize("moved"), sorted(os.listdir("a"))]
""",
        [],
        [10, ["b", "c"]],
    ),
    "a database in a file": (
        """
import sqlite3
def f(rows):
    db = sqlite3.connect("own.db")
    with db:
        db.execute("create table t (a)")
        db.executemany("insert into t values (?)", [[row] for row in rows])
    db.close()
    return sqlite3.connect("own.db").execute("select sum(a) from t").fetchone()[0]
""",
        [[1, 2, 3]],
        6,
    ),
}
"""Those that need a folder to write in."""
NUMPY = (
    """
import numpy as np
def f(x):
    return [float(np.linalg.norm(np.array(x))), np.arange(3).tolist()]
""",
    [[3, 4]],
    [5.0, [0, 1, 2]],
)
BESIDE = {"tools/beside.py": "def twice(x):\n    return x * 2\n"}
"""What lies beside each of them."""
