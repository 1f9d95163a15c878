import pytest

from mendloop.core.validate.effects import deleted
from mendloop.core.validate.probes import edges
from mendloop.core.validate.surface import capabilities
from mendloop.core.validate.tree import module
from mendloop.model.report import Verdict
from tests.core.validate.lab import Trial
from tests.core.validate.test_gaming_hardening import CRASH, looked

OLD = """import log

def check(x):
    if x < 0:
        raise ValueError("x")

def quote(x):
    found = []
    check(x)
    found.append(x)
    log.info("asked")
    return found
"""


@pytest.mark.parametrize(
    ("gone", "names"),
    [
        ('    log.info("asked")\n', ("log.info",)),
        ("    check(x)\n", ("check",)),
        ("    found.append(x)\n", ()),
        ("    found = []\n", ()),
    ],
)
def test_a_call_for_its_effect_that_is_gone_is_named(gone: str, names: tuple[str, ...]) -> None:
    assert deleted(OLD, OLD.replace(gone, "")) == names


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("log.info", "log.debug"),
        OLD.replace("    check(x)\n", "    helper(x)\n") + "\ndef helper(x):\n    check(x)\n",
        OLD.replace("return found", "print(x)\n    return found"),
    ],
)
def test_one_that_was_moved_or_replaced_is_not(new: str) -> None:
    assert deleted(OLD, new) == ()


def test_the_call_at_which_it_failed_may_go() -> None:
    line = OLD.splitlines().index("    check(x)") + 1
    assert deleted(OLD, OLD.replace("    check(x)\n", ""), faulty={line}) == ()


def test_a_change_that_drops_a_log_entry_is_for_a_person_to_say() -> None:
    old = "def quote(x, y):\n    print('asked')\n    return x // y\n"
    new = "def quote(x, y):\n    return x // y if y else x\n"
    trial = Trial(old=old, new=new, passing=CRASH.passing, failing=CRASH.failing)
    assert looked(trial)["work"].verdict is Verdict.INCONCLUSIVE


def test_edges_are_empty_zero_and_negative_also_inside() -> None:
    trial = Trial(old=CRASH.old, new=CRASH.old, passing=[([n, {"a": "b"}], "t") for n in range(9)])
    made = {repr(one.case.args) for one in edges(trial.evidence().cases, seed=1, most=99)}
    assert any(one.startswith("([], ") for one in made)
    assert any(one.startswith("([-1, ") for one in made)
    assert any(one.endswith(", '')") for one in made)


def test_a_refusal_by_assert_is_none() -> None:
    old = "def quote(x, y):\n    if y < 0:\n        raise ValueError('y')\n    return x // y\n"
    new = "def quote(x, y):\n    assert y >= 0\n    return x // y if y else x\n"
    trial = Trial(old=old, new=new, passing=CRASH.passing, failing=CRASH.failing)
    check = looked(trial)["refusals"]
    assert check.verdict is Verdict.INCONCLUSIVE
    assert check.numbers["accepted_now"] > 0


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import logging\nlogging.FileHandler('a')", "use:logging.FileHandler"),
        ("from logging import FileHandler as F\nF('a')", "use:logging.FileHandler"),
        ("import logging.handlers as h\nh.HTTPHandler", "use:logging.handlers.HTTPHandler"),
        ("import gzip\ngzip.open('a', 'w')", "use:gzip.open"),
        ("import types\ntypes.FunctionType(c, {})", "use:types.FunctionType"),
        ("import timeit\ntimeit.timeit('1')", "use:timeit.timeit"),
        ("import zipfile", "import:zipfile"),
        ("import pdb", "import:pdb"),
    ],
)
def test_power_in_a_module_that_has_none_otherwise_is_named(source: str, name: str) -> None:
    assert name in capabilities(module(source))


@pytest.mark.parametrize(
    "source",
    [
        "import logging\nlog = logging.getLogger('a')\nlog.info('b')",
        "import types\ntypes.MappingProxyType({})",
        "import timeit\ntimeit.default_timer()",
        "import gzip\ngzip.compress(b'')",
        "import codecs\ncodecs.encode('a', 'rot13')",
        "from decimal import Decimal",
    ],
)
def test_the_rest_of_such_a_module_is_not(source: str) -> None:
    assert capabilities(module(source)) == {}
