"""Functions on graphs of objects, each with a fault, called in a process of the user's own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

NODE: Final = """class Node:
    def __init__(self, value=None, successor=None, successors=[]):
        self.value = value
        self.successor = successor
        self.successors = successors
"""
REACHES: Final = """def reaches(start, goal):
    waiting, seen = [start], {start}
    while waiting:
        node = waiting.pop()
        if node is goal:
            return True
        for after in node.successors:
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return False
"""
REVERSED: Final = """def turned(node):
    before = None
    while node:
        after = node.successor
        node.successor = before
        before = node
        node = after
    return before
"""
CHEAPEST: Final = """def cheapest(price_by_edge, node):
    best = None
    for (start, end), price in price_by_edge.items():
        if start is node and (best is None or price < price_by_edge[best]):
            best = (start, end)
    return best
"""
FAULTS: Final = {
    "reaches": (REACHES, "if node is goal", "if node is not goal"),
    "turned": (REVERSED, "        before = node\n", "        before = after\n"),
    "cheapest": (CHEAPEST, "price < price_by_edge", "price > price_by_edge"),
}
_CALLS: Final = """import random
import sys

import mendloop
from tools.node import Node
from tools.{name} import {name}

called = mendloop.record(target="tool.function")({name})


def graph(chance):
    nodes = [Node(chr(97 + number)) for number in range(chance.randint(1, 5))]
    for node in nodes:
        node.successors = [other for other in nodes if chance.random() < 0.3]
    for one, other in zip(nodes, nodes[1:]):
        one.successor = other
    return nodes


for seed in range(int(sys.argv[1])):
    chance = random.Random(seed)
    nodes = graph(chance)
    if "{name}" == "reaches":
        called(chance.choice(nodes), chance.choice(nodes))
    elif "{name}" == "turned":
        called(nodes[0])
    else:
        prices = {{(a, b): chance.randint(1, 9) for a in nodes for b in a.successors}}
        called(prices, nodes[0])
"""


def lay_out(folder: Path, name: str, *, faulty: bool) -> Path:
    """A workspace with one function."""
    right, old, new = FAULTS[name]
    files = {
        "tools/__init__.py": "",
        "tools/node.py": NODE,
        f"tools/{name}.py": right.replace(old, new) if faulty else right,
        "calls.py": _CALLS.format(name=name),
        "mendloop.toml": f'[targets."tool.function"]\nsource = "tools/{name}.py:{name}"\n'
        "idempotent = true\n",
    }
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder


def call(workspace: Path, data: Path, times: int) -> None:
    """Make the calls in a process of their own, recorded as any program's are."""
    package = str(Path(__file__).resolve().parents[2] / "server")
    told = {**os.environ, "MENDLOOP_DATA_DIR": str(data), "PYTHONPATH": package}
    told.pop("MENDLOOP_RECORD", None)
    order = [sys.executable, "calls.py", str(times)]
    subprocess.run(order, cwd=workspace, env=told, check=True, timeout=60)
