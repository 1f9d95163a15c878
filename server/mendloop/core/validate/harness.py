"""A file that is put beside the project in the sandbox, to run its tests there.

What it tells comes out of the process in which the change runs. It is an observation like any
other: the server believes nothing of it but what speaks against the change.
"""

from collections.abc import Collection
from typing import Final

from mendloop.model.observation import Case

MOST_TESTS: Final = 500
"""Of one file."""
MOST_TEXT: Final = 300

SOURCE: Final = f'''\
import os
import sys

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import pytest

ROOT = os.path.dirname(os.path.abspath(__file__))


class Seen:
    """What became of each test; of several phases the first that did not pass."""

    def __init__(self):
        self.tests = {{}}

    def note(self, report, outcome):
        node = str(report.nodeid)[:{MOST_TEXT}]
        if self.tests.get(node, ["passed"])[0] == "passed" and len(self.tests) < {MOST_TESTS}:
            crash = getattr(report.longrepr, "reprcrash", None)
            said = str(getattr(crash, "message", "") or "") if outcome != "passed" else ""
            self.tests[node] = [outcome, said[:{MOST_TEXT}]]

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.note(report, "failed" if report.when == "call" else "error")
        elif report.skipped:
            self.note(report, "skipped")
        elif report.when == "call":
            self.note(report, "passed")

    def pytest_collectreport(self, report):
        if report.failed:
            self.note(report, "error")


def run(path, roots, modules):
    for root in reversed(roots):
        sys.path.insert(0, os.path.join(ROOT, root) if root else ROOT)
    os.chdir(ROOT)
    seen = Seen()
    status = pytest.main(
        [
            os.path.join(ROOT, path), "--rootdir=" + ROOT, "-q", "--tb=short", "--color=no",
            "--capture=sys", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-o", "addopts=",
            "--basetemp=" + os.path.join(os.environ["TMPDIR"], "tests"),
        ],
        plugins=[seen],
    )
    wanted = {{os.path.join(ROOT, module) for module in modules}}
    loaded = any(getattr(one, "__file__", None) in wanted for one in list(sys.modules.values()))
    tests = [[node, *told] for node, told in seen.tests.items()]
    return {{"status": int(status), "loaded": loaded, "tests": tests}}
'''


def free_name(taken: Collection[str]) -> str:
    """A path that no file of the project or of the change has."""
    name = "mendloop_unit_harness.py"
    while name in taken:
        name = f"_{name}"
    return name


def case_of(path: str, roots: tuple[str, ...], modules: tuple[str, ...]) -> Case:
    """One test file as one case: whatever it does to its process, it alone is blamed."""
    return Case(id=path, args=(path, list(roots), list(modules)))
