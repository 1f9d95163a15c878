"""What a change newly reaches for is named, however the name is put together."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.folding import spelled
from mendloop.core.validate.review import Sizes, review
from mendloop.model.proposal import Flag
from tests.core.validate.lab import TARGET

OLD = "import os\nimport operator\n\n\ndef quote(x, y):\n    return os.path.join(x, y)\n"
NEW = "def quote(x, y):\n"
SPELLINGS = [
    '"system"', '"sys" + "tem"', '"metsys"[::-1]', '"".join(["sys", "tem"])', '"%stem" % "sys"',
    '"".join(map(chr, [115, 121, 115, 116, 101, 109]))', 'f"sys{\'tem\'}"', '"SYSTEM".lower()',
    "bytes([115, 121, 115, 116, 101, 109]).decode()", 'base64.b64decode("c3lzdGVt").decode()',
    'bytes.fromhex("73797374656d").decode()', 'codecs.decode("flfgrz", "rot13")',
    '"xsystem"[1:]', '"sy?tem".replace("?", "s")', 'chr(115) + "ystem"', '("sys" "tem")',
    'str("system")', '"".join(reversed("metsys"))', 'b"system".decode()', 'chr(100 + 15) + "ystem"',
]  # fmt: skip


def reaches(line: str, old: str = OLD) -> set[str]:
    """What the changed file is said to reach for anew."""
    found = review(
        TARGET, old, old.replace(NEW, f"{NEW}    {line}\n"), sizes=Sizes(changed_lines=40)
    )
    named = {
        one.message.removeprefix("It reaches for ").partition(",")[0]
        for one in found.findings
        if one.rule == "capability"
    }
    assert (Flag.NEW_CAPABILITY in found.flags) == bool(named)
    return named


@pytest.mark.promise("review/new-powers-are-named")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_put_together_from_pieces_is_the_name(spelling: str) -> None:
    assert spelled(ast.parse(spelling, mode="eval").body) == "system"
    assert "use:os.system" in reaches(f"getattr(os, {spelling})('true')")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("os.system('true')", "use:os.system"),
        ("os.remove(x)", "use:os.remove"),
        ("run = os.popen", "use:os.popen"),
        ("o = os; o.system('true')", "use:os.system"),
        ("__import__('sub' + 'process').run(x)", "import:subprocess"),
        ("__import__(x)", "getattr"),
        ("import importlib; importlib.import_module('ct' + 'ypes')", "import:ctypes"),
        ("from importlib import import_module as m; m('socket')", "import:socket"),
        ("import pickle; pickle.loads(x)", "use:pickle.loads"),
        ("from pickle import loads; loads(x)", "use:pickle.loads"),
        ("import ctypes.util", "import:ctypes"),
        ("import builtins; builtins.__dict__['eval'](x)", "call:eval"),
        ("import builtins; builtins.__dict__['ev' + 'al'](x)", "call:eval"),
        ("import builtins; getattr(builtins, 'ev' + 'al')(x)", "call:eval"),
        ("__builtins__['ex' + 'ec'](x)", "call:exec"),
        ("globals()['__builtins__']", "call:globals"),
        ("().__class__.__base__.__subclasses__()", "attribute:__subclasses__"),
        ("operator.attrgetter('__globals__')(x)", "attribute:__globals__"),
        ("operator.attrgetter('__glo' + 'bals__')(x)", "attribute:__globals__"),
        ("operator.methodcaller(y)(x)", "getattr"),
        ("getattr(x, y)", "getattr"),
        ("x.write_text(y)", "method:write_text"),
        ("x.unlink()", "method:unlink"),
        ("open(x, 'w').write(y)", "call:open"),
        ("import posix; posix.system('true')", "import:posix"),
        ("import dill", "import:dill"),
        ("import socket; socket.create_connection(x)", "use:socket.create_connection"),
        ("import urllib.request; urllib.request.urlopen(x)", "use:urllib.request"),
        ("import sys; sys.modules['os'].system('true')", "use:os.system"),
        ("eval(compile(x, y, 'eval'))", "call:compile"),
        ("os.environ['A']", "environment"),
    ],
)
def test_a_power_is_named(line: str, name: str) -> None:
    assert name in reaches(line)


@pytest.mark.parametrize(
    "line",
    [
        "os.path.exists(x)",
        "z = os.sep",
        "z = getattr(x, 'real')",
        "z = x['system']",
        "import math; math.floor(x)",
        "import json; json.dumps(x)",
        "z = 'os.' + 'system'",
        "z = x.replace('a', 'b')",
    ],
)
def test_what_has_no_power_is_not_named(line: str) -> None:
    assert reaches(line) == set()


def test_a_power_that_was_there_is_no_news() -> None:
    old = OLD.replace(NEW, f"{NEW}    os.system('true')\n")
    assert "use:os.system" not in reaches("os.system('false')", old)


@given(st.text(max_size=30), st.text(max_size=30))
def test_two_texts_added_spell_their_sum(one: str, other: str) -> None:
    assert spelled(ast.parse(f"{one!r} + {other!r}", mode="eval").body) == one + other


@pytest.mark.parametrize(
    "source", ["x + 'a'", "'a' * 10**9", "f(1)", "'a'[9]", "[1][0]", "1 / 0", "''.join(x)"]
)
def test_what_cannot_be_worked_out_is_not_guessed(source: str) -> None:
    assert spelled(ast.parse(source, mode="eval").body) is None
